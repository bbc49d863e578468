import errno

import pytest
import torch

from engine.errors import WorkError
from engine.memory_shortage import is_shortage, shortage_named


@pytest.mark.parametrize(
    "problem",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
        RuntimeError("unable to mmap 17 bytes from file <a>: Cannot allocate memory (12)"),
        RuntimeError("std::bad_alloc"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_every_voice_of_want_of_memory_is_understood(problem: Exception) -> None:
    assert is_shortage(problem)
    with pytest.raises(WorkError, match="fewer takes or a shorter event") as told, shortage_named(takes=4):
        raise problem
    assert told.value.__cause__ is problem


@pytest.mark.parametrize(
    "problem", [RuntimeError("shapes cannot be multiplied"), OSError(errno.ENOSPC, "full"), KeyError("a")]
)
def test_other_errors_pass_as_they_are(problem: Exception) -> None:
    assert not is_shortage(problem)
    with pytest.raises(type(problem)), shortage_named(takes=4):
        raise problem


def test_one_take_cannot_be_fewer() -> None:
    words = "one take: close other programs, or ask for a shorter event"
    with pytest.raises(WorkError, match=words), shortage_named(takes=1):
        raise MemoryError


def test_the_allocator_itself_is_understood() -> None:
    with pytest.raises(WorkError, match="Memory ran out"), shortage_named(takes=2):
        torch.empty(2**60, dtype=torch.uint8)
