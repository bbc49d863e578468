"""Sound to latent tokens and back."""
