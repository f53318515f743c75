"""Knows people and their exposure: who is watched, what was asked of whom, and what was found."""

__version__ = "0.1.0"
