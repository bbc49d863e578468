"""msg-engine: one file per verb."""
