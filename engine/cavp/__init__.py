"""SF-CAVP: slow and fast streams for picture and sound, aligned by contrast."""
