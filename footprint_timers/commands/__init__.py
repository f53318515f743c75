"""The commands of `footprint-timers`, one module each."""
