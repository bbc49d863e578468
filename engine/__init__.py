"""The embedded engine: media, models, scoring, generation and the project format."""

__version__ = "0.1.0"
