"""A fictitious household, watched through the real code against stand-ins on this machine."""
