"""SF-CAVP training: batches, losses, the pretraining recipe and the calibration of its confidence."""
