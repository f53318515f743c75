"""Knows operating systems and calendars; nothing of breaches."""
