"""The project and its film on the disk: opening, saving, finding again."""
