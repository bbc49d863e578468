"""Films and sound files: probe, seek, decode, write, mux."""
