"""Memory that is not there, said in words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import WorkError

# PyTorch has no error of its own for the memory of the CPU, and its error for a GPU is a RuntimeError too.
_WORDS = (
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
    "out of memory",
    "bad_alloc",
)


@contextmanager
def shortage_named(*, takes: int) -> Iterator[None]:
    """Turn a shortage of memory while ``takes`` takes are made into a sentence with a remedy.

    Raises:
        WorkError: When memory ran out; any other error passes as it is.
    """
    try:
        yield
    except (MemoryError, RuntimeError, OSError) as problem:
        if not is_shortage(problem):
            raise
        asked = "one take" if takes == 1 else f"{takes} takes at once"
        remedy = "a shorter event" if takes == 1 else "fewer takes or a shorter event"
        raise WorkError(
            f"Memory ran out while making {asked}: close other programs, or ask for {remedy}."
        ) from problem


def is_shortage(problem: BaseException) -> bool:
    """Whether an error means that memory ran out."""
    if isinstance(problem, MemoryError):
        return True
    if isinstance(problem, OSError) and problem.errno == errno.ENOMEM:
        return True
    words = str(problem).lower()
    return isinstance(problem, RuntimeError) and any(sign in words for sign in _WORDS)
