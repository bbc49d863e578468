"""Qt item models: they announce what the project holds, and hold no truth of their own."""
