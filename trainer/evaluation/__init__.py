"""Measuring trained models on held-out scenes and real clips, simple rivals beside them."""
