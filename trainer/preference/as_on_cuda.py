"""A pass on the meta device done as on a CUDA GPU: its attention kernels, and the casts of its autocast.

The meta device knows neither: its attention is always the plain one, which keeps N x N matrices that a
GPU's fused kernels do not keep, and torch refuses autocast on it. So both are said here, for the functions
that the MM-DiT calls; a test holds the casts against torch's own for CUDA.

Letters: B batch, N tokens, h heads, d channels of a head.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

# The part of autocast's lists for CUDA that the MM-DiT calls.
_IN_BFLOAT16 = {functional.linear, functional.conv1d, functional.scaled_dot_product_attention}
_IN_FLOAT32 = {functional.layer_norm, torch.rsqrt}
_IN_WIDEST = {torch.addcmul}


class AsOnCuda(TorchFunctionMode):
    """A block in which tensors on the meta device are computed with as a GPU would.

    Args:
        bfloat16: Whether autocast is on.
        copied: Told of each copy of a weight that autocast makes.
    """

    def __init__(self, *, bfloat16: bool, copied: Callable[[Tensor], None] = lambda copy: None) -> None:
        super().__init__()
        self.bfloat16 = bfloat16
        self.copied = copied

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """The function, after the casts of autocast, with a GPU's kernel where it is attention."""
        if self.bfloat16:
            args = self._cast(func, args)
        if func is functional.scaled_dot_product_attention:
            return attention_as_on_cuda(*args)
        return func(*args, **(kwargs or {}))

    def _cast(self, func: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
        if func in _IN_BFLOAT16:
            return tuple(self._as(value, torch.bfloat16) for value in args)
        if func in _IN_FLOAT32 or (func in _IN_WIDEST and torch.float32 in _kinds(args)):
            return tuple(self._as(value, torch.float32) for value in args)
        return args

    def _as(self, value: Any, kind: torch.dtype) -> Any:
        if not isinstance(value, Tensor) or not value.is_floating_point() or value.dtype == kind:
            return value
        cast = value.to(kind)
        if isinstance(value, nn.Parameter):
            self.copied(cast)
        return cast


def _kinds(args: tuple[Any, ...]) -> set[torch.dtype]:
    return {value.dtype for value in args if isinstance(value, Tensor)}


def attention_as_on_cuda(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention on the meta device by the operator that a CUDA GPU would choose.

    In bfloat16 that is flash attention, in float32 the memory-efficient one; both keep queries, keys,
    values, the result and a logarithm for each query. Both want the channels of a head side by side in
    memory (`check_last_dim_stride_equals_1_dense` of torch): where they are not, a GPU takes the plain
    one, which keeps (B, h, N, N), and so it is taken here.

    Args:
        query: (B, h, N, d).
        key: (B, h, N, d).
        value: (B, h, N, d).

    Returns:
        (B, h, N, d).
    """
    if any(part.stride(-1) != 1 for part in (query, key, value)):
        return functional.scaled_dot_product_attention(query, key, value)
    if query.dtype == torch.float32:
        efficient = torch.ops.aten._scaled_dot_product_efficient_attention
        mixed: Tensor = efficient(query, key, value, None, True)[0]
    else:
        mixed = torch.ops.aten._scaled_dot_product_flash_attention(query, key, value)[0]
    return mixed
