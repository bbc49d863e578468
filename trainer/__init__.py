"""Headless training: SF-CAVP, codec, flow, evaluation."""
