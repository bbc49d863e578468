"""Threads and child processes of the window: what must not block it."""
