"""Real video as training data: manifests, prepared features, shards, and batches drawn from them."""
