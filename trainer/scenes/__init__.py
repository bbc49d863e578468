"""Procedural audio-visual scenes with exact truth, in batched torch."""
