"""Training of the codec's decoder."""
