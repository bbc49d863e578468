"""The parts of the window: they draw and ask."""
