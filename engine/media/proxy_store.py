"""Where proxies lie, and which are deleted when they take too much room."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from engine.errors import InputError

PROXY_LIMIT_BYTES = 20 * 10**9
_SUFFIX = ".mov"
_NAME = re.compile(r"[0-9A-Za-z_-]{1,128}")
_LEFT_OVER_S = 24 * 3600  # a proxy still being written is younger than this


def proxy_path(folder: Path, fingerprint: str) -> Path:
    """The file of a film's proxy.

    Args:
        folder: Folder of the proxies.
        fingerprint: The film's fingerprint.

    Raises:
        InputError: When the fingerprint is none.
    """
    if not _NAME.fullmatch(fingerprint):
        raise InputError(f"{fingerprint!r} is not the fingerprint of a film: open the film again.")
    return folder / f"{fingerprint}{_SUFFIX}"


def prune_proxies(folder: Path, *, limit_bytes: int = PROXY_LIMIT_BYTES) -> tuple[Path, ...]:
    """Delete the proxies not used for longest until the rest fits; also what broken builds left.

    A proxy that cannot be deleted (in use on Windows) stays. Other files are not touched.

    Args:
        folder: Folder of the proxies; it need not exist.
        limit_bytes: Room all proxies together may take.

    Returns:
        The proxies deleted.
    """
    if not folder.is_dir():
        return ()
    _delete_left_over(folder)
    states = sorted(_proxies(folder), key=lambda pair: pair[1].st_mtime_ns)
    total = sum(state.st_size for _, state in states)
    deleted = []
    for path, state in states:
        if total <= limit_bytes:
            break
        if _delete(path):
            total -= state.st_size
            deleted.append(path)
    return tuple(deleted)


def _proxies(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.glob(f"*{_SUFFIX}"):
        if _NAME.fullmatch(path.stem):
            with suppress(FileNotFoundError):  # another window pruned it meanwhile
                yield path, path.stat()


def _delete_left_over(folder: Path) -> None:
    """Temporary files of builds that were killed."""
    oldest = time.time() - _LEFT_OVER_S
    for path in folder.glob(f".*.part{_SUFFIX}"):
        with suppress(FileNotFoundError):  # its build ended meanwhile
            if path.stat().st_mtime < oldest:
                _delete(path)


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return True  # somebody else deleted it
    except OSError:
        return False
    return True
