"""The page of the blind comparison."""
