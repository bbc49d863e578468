"""Blind comparison of two takes: pairs, trials and levels, all without Qt."""
