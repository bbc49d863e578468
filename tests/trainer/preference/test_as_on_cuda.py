"""The stand-in for CUDA on the meta device: its kernels keep what they should, its casts are torch's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from engine.generator.mmdit import MMDiT, MMDiTLayout
from engine.nn import lora
from engine.nn.lora import LoraConfig
from tests.engine.generator.small_mmdit import small_config
from trainer.preference.as_on_cuda import AsOnCuda, attention_as_on_cuda
from trainer.preference.saved_activations import SavedBytes, counting_saved
from trainer.preference.tune import pair_errors
from trainer.preference.tuned_part import tuned_part
from trainer.preference.tuning_memory import TokenCounts, shapes_of_pairs

ATTENTION = functional.scaled_dot_product_attention
COUNTS = TokenCounts(latent=30, clip=12, sync=24, text=3)
HEADS, QUERIES, CHANNELS = 6, 40, 8  # of all samples together
NUMBERS = HEADS * QUERIES * CHANNELS
SEEDS = 64  # bytes at most that a kernel keeps for a dropout that is off


def heads(*, side_by_side: bool = True) -> Tensor:
    """(2, 3, QUERIES, CHANNELS), channels side by side in memory or not."""
    shape = (2, 3, QUERIES, CHANNELS) if side_by_side else (2, 3, CHANNELS, QUERIES)
    given = torch.empty(shape, device="meta", requires_grad=True)
    return given if side_by_side else given.transpose(2, 3)


def kept_by(call: Callable[[Tensor], Tensor], given: Tensor) -> int:
    with counting_saved(nn.Identity()) as saved:
        call(given)
    return saved.activations


@pytest.mark.parametrize(
    ("bfloat16", "size", "logarithms"),
    [(False, 4, 64), (True, 2, 40)],  # the memory-efficient kernel rounds queries up to a multiple of 32
)
def test_fused_attention_keeps_no_matrix_of_tokens_by_tokens(
    bfloat16: bool, size: int, logarithms: int
) -> None:
    with AsOnCuda(bfloat16=bfloat16):
        kept = kept_by(lambda x: ATTENTION(x, 2 * x, 3 * x), heads())
    wanted = 4 * size * NUMBERS + 4 * HEADS * logarithms  # queries, keys, values, result
    assert wanted <= kept <= wanted + SEEDS


def test_attention_on_channels_that_lie_apart_is_the_plain_one_as_on_a_gpu() -> None:
    with AsOnCuda(bfloat16=True):
        kept = kept_by(lambda x: ATTENTION(x, x, x), heads(side_by_side=False))
    assert kept > 4 * HEADS * QUERIES * QUERIES


def test_casts_are_off_without_bfloat16() -> None:
    layer = nn.Linear(4, 4, device="meta")
    copies: list[Tensor] = []
    for bfloat16, kind in ((False, torch.float32), (True, torch.bfloat16)):
        with AsOnCuda(bfloat16=bfloat16, copied=copies.append):
            assert layer(torch.empty(2, 4, device="meta")).dtype == kind
    assert [copy.shape for copy in copies] == [layer.weight.shape, layer.bias.shape]


class OurAttention(TorchFunctionMode):
    """Attention of the stand-in, and nothing else of it: torch's own asks for a GPU."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        return attention_as_on_cuda(*args) if func is ATTENTION else func(*args, **(kwargs or {}))


@contextmanager
def autocast_of_torch() -> Iterator[None]:
    """CUDA's autocast; torch.autocast itself stays off where there is no GPU."""
    torch.set_autocast_enabled("cuda", True)
    torch.set_autocast_dtype("cuda", torch.bfloat16)
    try:
        with OurAttention():
            yield
    finally:
        torch.clear_autocast_cache()
        torch.set_autocast_enabled("cuda", False)


def saved_of_step(layout: MMDiTLayout, method: str, device: str) -> SavedBytes:
    """What a step keeps: on the meta device with the stand-in, else with torch's own autocast."""
    config = small_config(layout)
    with torch.device(device):
        network = MMDiT(config)
    small = LoraConfig(rank=2)
    part = tuned_part(network, method=method, lora=small, reference="base", base_sha256="", seed=1)
    batch = shapes_of_pairs(config, COUNTS, 2, device=torch.device(device))
    with counting_saved(network) as saved:
        ours = device == "meta"
        with AsOnCuda(bfloat16=True, copied=saved.note_copy) if ours else autocast_of_torch():
            pair_errors(part, batch, chance=torch.Generator().manual_seed(1))
    return saved


@pytest.mark.filterwarnings("ignore:Accessing the data pointer of FakeTensor")  # by copy.deepcopy
@pytest.mark.parametrize("layout", list(MMDiTLayout))
@pytest.mark.parametrize("method", ["lora", "full"])
def test_casts_are_those_of_torch_for_cuda(
    layout: MMDiTLayout, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch's fake tensors pass for tensors on a GPU, with its autocast, and hold nothing."""
    # skip_init cannot be used on fake tensors; values do not matter here.
    monkeypatch.setattr(lora, "_unset_map", lambda i, o, w: nn.Linear(i, o, bias=False, device=w))
    ours = saved_of_step(layout, method, "meta")
    with FakeTensorMode(allow_non_fake_inputs=True):
        theirs = saved_of_step(layout, method, "cuda")
    assert ours.weight_copies > 0
    assert ours.activations + ours.weight_copies == theirs.activations
