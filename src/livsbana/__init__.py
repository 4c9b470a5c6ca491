"""Whole lives with and without prevention: what is avoided, for whom and when."""

__version__ = "0.1.0"
