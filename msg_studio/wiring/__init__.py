"""Who listens to whom: each file connects models, workers and views for one concern."""
