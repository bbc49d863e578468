"""The flow-matching MM-DiT that makes sound."""
