"""Alerts: what is told on which channel, when, and that it is told once."""
