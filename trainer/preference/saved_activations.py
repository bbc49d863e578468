"""Bytes that a forward pass keeps for its backward pass, counted where autograd hands them over."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

_Storages = dict[int, torch.UntypedStorage]  # by address; held, so that none is given to another tensor


class SavedBytes:
    """Storages that were kept; views of one storage count once, and whole.

    Args:
        apart: Tensors that are there anyway, the weights: what lies in their storage does not count.

    Attributes:
        of_blocks: Bytes of activations that each watched block kept, pass by pass.
    """

    def __init__(self, apart: Iterable[Tensor]) -> None:
        self.of_blocks: list[int] = []
        self._apart = {_address(value) for value in apart}
        self._copies: _Storages = {}
        self._kept: _Storages = {}

    @property
    def activations(self) -> int:
        """Bytes kept, without copies of weights."""
        return sum(kept.nbytes() for address, kept in self._kept.items() if address not in self._copies)

    @property
    def weight_copies(self) -> int:
        """Bytes kept of what was told to be copies of weights."""
        return sum(kept.nbytes() for address, kept in self._kept.items() if address in self._copies)

    def note(self, value: Tensor) -> Tensor:
        """Count a tensor that is kept, and hand it on."""
        if _address(value) not in self._apart:
            self._kept.setdefault(_address(value), value.untyped_storage())
        return value

    def note_copy(self, value: Tensor) -> None:
        """Remember that a tensor is the copy of a weight; it counts only where it is kept."""
        self._copies[_address(value)] = value.untyped_storage()

    def watch(self, block: nn.Module, until: ExitStack) -> None:
        """Note a block's own share whenever it runs, until the stack is unwound."""
        before: list[int] = []

        def begin(*_: object) -> None:
            before.append(self.activations)

        def end(*_: object) -> None:
            self.of_blocks.append(self.activations - before.pop())

        until.callback(block.register_forward_pre_hook(begin).remove)
        until.callback(block.register_forward_hook(end).remove)


def _address(value: Tensor) -> int:
    """The storage of a tensor as a number; also on the meta device, where no memory lies behind it."""
    address: int = value.untyped_storage()._cdata
    return address


@contextmanager
def counting_saved(network: nn.Module, blocks: Iterable[nn.Module] = ()) -> Iterator[SavedBytes]:
    """A block of code in which all that passes keep is counted, on any device.

    Args:
        network: Its weights and buffers do not count.
        blocks: Modules whose own share is noted.
    """
    saved = SavedBytes([*network.parameters(), *network.buffers()])
    with ExitStack() as stack:
        for block in blocks:
            saved.watch(block, stack)
        stack.enter_context(torch.autograd.graph.saved_tensors_hooks(saved.note, lambda value: value))
        yield saved
