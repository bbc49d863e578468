"""Errors of the disk, told in terms of the file that could not be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.atomic_file import disk_error


@contextmanager
def refusals_named(path: Path) -> Iterator[None]:
    """Turn a refusal of the disk inside the block into one of our errors about a path.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    try:
        yield
    except OSError as error:
        raise disk_error(path, errno=error.errno, words=str(error.strerror or error)) from error
