"""The error for a project whose files are there but not whole; the window offers a rescue for it."""

from engine.errors import ProjectError


class DamagedProjectError(ProjectError):
    """A database or mirror that cannot be trusted any more."""
