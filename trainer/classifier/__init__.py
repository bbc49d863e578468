"""The sound classifier: an independent ear for evaluations; it drives nothing and is never bundled."""
