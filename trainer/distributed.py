"""Several processes, one run: who is who under torchrun, and what the processes tell each other.

    torchrun --nproc-per-node 2 -m trainer pretrain-cavp CONFIG

Every process draws the same global batch from the same source of chance, works on the rows that
`own_rows` gives it, and averages its gradients with the others before the same optimizer step.
So two processes train as one does with the whole batch.

The gradients are averaged here and not by DistributedDataParallel: that one prepares its
reduction in `forward`, and our recipes call several methods of a network in one loss
(`embed_video`, `embed_audio`), never `forward`. One reduction after `backward` asks nothing of
the recipe. Its price is that it does not overlap with the backward pass.

A recipe needs three things of this file: `own_rows` for its share of a batch,
`gather_with_gradient` where a loss compares rows of different processes, and `is_first` around
what only one process may write.

Letters: W processes, B rows of the global batch, b = B / W rows of this process, E size.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
import torch.distributed.nn  # keeps a connection that exists when it is first imported; see joined_ranks
from torch import Tensor, nn

from engine.errors import InputError

# The others wait this long while the first process evaluates.
PATIENCE = timedelta(hours=2)


def world_size() -> int:
    """Number of processes of this run, 1 without torchrun."""
    return int(os.environ["WORLD_SIZE"]) if _is_launched() else 1


def rank() -> int:
    """Number of this process, from 0."""
    return int(os.environ["RANK"]) if _is_launched() else 0


def is_first() -> bool:
    """Whether this process is the one that logs, evaluates and saves."""
    return rank() == 0


def _is_launched() -> bool:
    return all(name in os.environ for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR"))


@contextmanager
def joined_ranks(device: torch.device) -> Iterator[None]:
    """Connect the processes of the run for the length of the block; one process needs nothing.

    Gloo connects CPUs, NCCL connects GPUs. A block inside a block shares the connection; one after
    the other would find the addresses of the last one.

    `torch.distributed.nn` takes the connection of the moment as the default of its functions, and
    torch imports it with the first optimizer. A connection kept that way outlives this block, and
    its threads abort the process at its end; so this file imports it before there is one.

    Args:
        device: Where this process computes.
    """
    if world_size() == 1 or dist.is_initialized():
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    both = "cpu:gloo,cuda:nccl"  # what is counted on the CPU is told by Gloo
    dist.init_process_group(both if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


class _Gather(torch.autograd.Function):
    """Rows of all processes; backward, each row collects what every process asks of it."""

    @staticmethod
    def forward(_: Any, own: Tensor) -> Tensor:
        parts = [torch.empty_like(own) for _ in range(world_size())]
        dist.all_gather(parts, own)
        return torch.cat(parts)

    @staticmethod
    def backward(_: Any, slope: Tensor) -> Tensor:
        total = slope.contiguous().clone()
        dist.all_reduce(total)
        return total.chunk(world_size())[rank()]


def gather_with_gradient(own: Tensor) -> Tensor:
    """The rows of all processes, in their order; the gradient flows back to every process.

    With `average_gradients` behind it, a loss that is the mean over the rows of a process, each
    compared with all rows, has the gradient of the mean over the global batch.

    Args:
        own: (b, ...), of the same shape in all processes. Gather once for each loss (stack what
            belongs together): all processes must gather in the same order, backward as well.

    Returns:
        (B, ...); ``own`` itself when there is one process.
    """
    if world_size() == 1:
        return own
    gathered: Tensor = _Gather.apply(own.contiguous())  # type: ignore[no-untyped-call] # torch's own
    return gathered


def mean_over_ranks(own: Tensor) -> Tensor:
    """The mean of a floating-point tensor over the processes, of any shape, without gradient."""
    if world_size() == 1:
        return own.detach()
    total = own.detach().clone()
    dist.all_reduce(total)
    return total / world_size()


def highest_over_ranks(own: int, device: torch.device) -> int:
    """The highest of one number of each process."""
    if world_size() == 1:
        return own
    number = torch.tensor(own, device=device)
    dist.all_reduce(number, dist.ReduceOp.MAX)
    return int(number)


@torch.no_grad()
def share_weights(network: nn.Module) -> None:
    """Give all processes the weights and statistics of the first."""
    if world_size() > 1:
        for value in network.state_dict().values():
            dist.broadcast(value, 0)


@torch.no_grad()
def average_gradients(network: nn.Module) -> None:
    """Replace each gradient by its mean over the processes, in one reduction.

    A parameter that no process used keeps no gradient; one that some did not use counts there
    as zero, as in one process.
    """
    if world_size() == 1:
        return
    trained = [value for value in network.parameters() if value.requires_grad]
    parts = [(torch.zeros_like(v) if v.grad is None else v.grad).flatten().float() for v in trained]
    used = torch.tensor([float(v.grad is not None) for v in trained], device=parts[0].device)
    flat = torch.cat([*parts, used])
    dist.all_reduce(flat)
    flat /= world_size()
    *means, used = flat.split([*(len(part) for part in parts), len(used)])
    for value, mean, share in zip(trained, means, used.tolist(), strict=True):
        value.grad = mean.view_as(value).to(value.dtype) if share else None


def own_rows(films: Tensor) -> slice:
    """The rows of the global batch that are this process's work: one block of whole films.

    Args:
        films: (B,) number of the film of each row; rows of a film stand together.

    Raises:
        InputError: When the batch cannot be cut into equal shares without cutting a film.
    """
    world = world_size()
    if world == 1:
        return slice(0, len(films))
    rows, rest = divmod(len(films), world)
    cuts = range(rows, len(films) - rest, rows) if rows else ()
    if rest or not rows or any(bool(films[cut - 1] == films[cut]) for cut in cuts):
        raise InputError(
            f"A batch of {len(films)} rows cannot be shared by {world} processes without cutting a film: "
            "choose a batch that gives each process the same number of whole films."
        )
    return slice(rank() * rows, (rank() + 1) * rows)
