"""Files appear under their final name whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import OutputLocationError, StudioError, WriteError

# Long names would exceed the file system's limit once the temporary mark is added.
_KEPT_STEM = 32

_PLACE_REASONS = {
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
    errno.EISDIR: "a folder has that name",
    errno.EACCES: "permission is missing there",
    errno.EPERM: "permission is missing there",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EINVAL: "the name is not allowed there",
    errno.ELOOP: "its links lead in a circle",
}
_DISK_REMEDIES = {
    errno.ENOSPC: "the disk is full: free some space, then try again",
    errno.EDQUOT: "your disk quota is used up: free some space, then try again",
    errno.EIO: "the disk has an error: check it, or choose another place",
    errno.EFBIG: "the file is larger than this disk or account allows: use another place or a shorter range",
}
# The disk itself refuses, whatever program or library was writing.
DISK_ERRNOS = frozenset(_DISK_REMEDIES)


@contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path`` to write into, and move it there at the end.

    The temporary file exists and is empty when the block begins; it keeps the suffix of
    ``path``. When the block ends it is flushed to the disk and renamed; when the block
    raises it is removed and what was at ``path`` before stays.

    Args:
        path: The final file; its folder must exist.

    Yields:
        The temporary file's path. Close your handles on it before the block ends.

    Raises:
        OutputLocationError: When nothing can be written at that place.
        WriteError: When the disk refuses during the writing.
    """
    temporary: Path | None = None
    try:
        temporary = _temporary_beside(path)
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        if temporary is None or _is_about(error, path, temporary):
            raise disk_error(path, errno=error.errno, words=str(error.strerror or error)) from error
        raise
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def half_made_files(folder: Path, *, pid: int) -> Iterator[Path]:
    """Temporary files in a folder that a process of ours is writing, or left when it was killed.

    Args:
        folder: The folder.
        pid: Number of the process.
    """
    return folder.glob(f".*-{pid}-????????.part*")


def disk_error(path: Path, *, errno: int | None, words: str) -> StudioError:
    """The error of our tree that says why ``path`` could not be written, and what to do.

    Args:
        path: The final file.
        errno: The system's number of the error.
        words: The system's words for it.
    """
    reason = _PLACE_REASONS.get(errno or 0)
    if reason is not None:
        return OutputLocationError(f"Cannot write {path}: {reason}. Choose another place.")
    cause = _DISK_REMEDIES.get(errno or 0, f"the disk reports '{words}': check it or choose another place")
    return WriteError(f"Writing {path} failed, {cause}. No partial file was left.")


def _temporary_beside(path: Path) -> Path:
    if path.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        # Renaming over a device node such as /dev/full would destroy it.
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    name = f".{path.stem[:_KEPT_STEM]}-{os.getpid()}-{secrets.token_hex(4)}.part{path.suffix}"
    temporary = path.with_name(name)
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return temporary


def _flush(file: Path) -> None:
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows opens no folders; the rename itself is all it offers
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_about(error: OSError, path: Path, temporary: Path) -> bool:
    """Whether an error met inside the block is about our file and not about one that was read."""
    if error.filename is None:
        return True
    named = os.fspath(error.filename)
    ours = {str(path), str(path.parent), str(temporary)}
    return (named if isinstance(named, str) else os.fsdecode(named)).removeprefix("file:") in ours
