"""A tuned generator beside the one it was tuned from: better, worse, or no telling."""
