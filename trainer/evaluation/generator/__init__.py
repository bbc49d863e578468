"""What the generator makes, measured against true sound, its ceilings and its floors."""
