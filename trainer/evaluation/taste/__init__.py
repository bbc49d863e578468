"""Does tuning on a few dozen votes learn a taste: synthetic artists, held-out events, the same noise."""
