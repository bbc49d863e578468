"""Measurements of the window, each a command that prints a table."""
