"""User folders of our own for a self-test or a measurement, so that the user's stay untouched."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KINDS = ("DATA", "CONFIG", "STATE", "CACHE")


@contextmanager
def private_user_folders() -> Iterator[Path]:
    """Point this process and its children to empty user folders, which vanish at the end.

    Where the system keeps user folders elsewhere than Linux does, only the home folder moves.
    """
    names = [*(f"XDG_{kind}_HOME" for kind in KINDS), "HOME"]
    before = {name: os.environ.get(name) for name in names}
    with tempfile.TemporaryDirectory(prefix="msg-studio-", ignore_cleanup_errors=True) as folder:
        for name in names:
            os.environ[name] = str(Path(folder) / name.lower())
            Path(os.environ[name]).mkdir()
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
