"""Play, position, level."""
