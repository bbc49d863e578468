"""The project on disk and in memory: no torch, no Qt."""
