"""The rolling log of what the engine process prints: a few files of 1 MB, the oldest goes."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path

FILE_NAME = "engine.log"
LARGEST_BYTES = 1 << 20
KEPT_FILES = 3


def default_log_folder() -> Path:
    """The user's log folder for this program."""
    return user_log_path("MultiSoundGen Studio", appauthor=False)


class EngineLog:
    """Adds text to the log; a disk that refuses costs the log only.

    Args:
        folder: Where to keep it; made where it is missing. The user's log folder when None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or default_log_folder()) / FILE_NAME
        self._handler: RotatingFileHandler | None = None

    def write(self, text: str) -> None:
        """Add text, which may be part of a line or many lines."""
        if self._handler is None:
            self._handler = self._opened()
        if self._handler is not None:
            self._handler.emit(logging.LogRecord("engine", logging.INFO, "", 0, text, None, None))

    def close(self) -> None:
        """Close the file; the next text opens it again."""
        if self._handler is not None:
            self._handler.close()
            self._handler = None

    def _opened(self) -> RotatingFileHandler | None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handler = _Handler(self.path, maxBytes=LARGEST_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
        except OSError:
            return None  # no log on this disk; the window goes on
        handler.terminator = ""
        return handler


class _Handler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """Stay silent: the standard way prints to a terminal that a window may not have."""
