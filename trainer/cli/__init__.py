"""msg-train, the headless program: one file for each group of its commands."""
