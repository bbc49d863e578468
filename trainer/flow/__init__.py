"""Training of the generator: batches and the flow-matching recipe."""
