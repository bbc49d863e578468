"""Memory of a tuning: what the meta device counts is what a real run keeps, and the sums are right."""

import json
import sys
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.errors import InputError
from engine.generator.conditioning import Features
from engine.generator.mmdit import PUBLISHED, MMDiT, MMDiTConfig, MMDiTLayout
from engine.nn import attention
from engine.nn.lora import LoraConfig
from tests.engine.generator.small_mmdit import filled_network, small_config
from trainer.__main__ import main
from trainer.preference.material import PairBatch
from trainer.preference.saved_activations import counting_saved
from trainer.preference.tune import loss_terms, pair_errors
from trainer.preference.tuned_part import TunedPart, tuned_part
from trainer.preference.tuning_memory import (
    GIB,
    TokenCounts,
    TuningMemory,
    TuningSize,
    memory_of_step,
    shapes_of_pairs,
    token_counts,
)

# Multiples of 32 queries, alone and together: the GPU's kernel rounds up to them, the CPU's does not.
COUNTS = TokenCounts(latent=32, clip=16, sync=24, text=16)
SEED_BYTES = 16  # the GPU's kernel keeps the seed and place of a dropout that is off
JOINT = replace(small_config(), fused_depth=0)


def part_of(network: MMDiT, method: str = "lora") -> TunedPart:
    small = LoraConfig(rank=2)
    return tuned_part(network, method=method, lora=small, reference="base", base_sha256="", seed=1)


def estimate(
    config: MMDiTConfig = JOINT, *, method: str = "lora", pairs: int = 2, bfloat16: bool = False
) -> TuningMemory:
    with torch.device("meta"):
        part = part_of(MMDiT(config), method)
    return memory_of_step(part, shapes_of_pairs(config, COUNTS, pairs), bfloat16=bfloat16)


def kept_on_cpu(config: MMDiTConfig, method: str, pairs: int = 2) -> int:
    """Bytes that a real step keeps."""
    part = part_of(filled_network(config), method)
    shapes = shapes_of_pairs(config, COUNTS, pairs)
    chosen, rejected = (torch.rand(value.shape) for value in (shapes.chosen, shapes.rejected))
    assert isinstance(shapes.given, Features)
    batch = PairBatch(chosen, rejected, Features(*(torch.rand(value.shape) for value in shapes.given)))
    with counting_saved(part.network) as saved:
        terms = loss_terms(
            pair_errors(part, batch, chance=torch.Generator().manual_seed(1)), beta=200.0, fm_weight=1.0
        )
    assert bool(torch.isfinite(terms["dpo"]))
    return saved.activations


@pytest.mark.parametrize("layout", list(MMDiTLayout))
@pytest.mark.parametrize("method", ["lora", "full"])
def test_meta_counts_what_a_real_step_keeps(layout: MMDiTLayout, method: str) -> None:
    config = replace(JOINT, layout=layout)
    counted = estimate(config, method=method).activations
    assert counted == kept_on_cpu(config, method) + SEED_BYTES * config.depth


@pytest.mark.parametrize("method", ["lora", "full"])
def test_fused_blocks_keep_the_same_once_values_lie_side_by_side(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the CPU they are laid so before the attention; on a GPU as they come."""
    config = replace(small_config(), depth=4, fused_depth=3)
    mix = attention._mix

    def laid_out(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return mix(query, key, value.contiguous())

    monkeypatch.setattr(attention, "_mix", laid_out)
    counted = estimate(config, method=method).activations
    assert counted == kept_on_cpu(config, method) + SEED_BYTES * config.depth


@pytest.mark.parametrize("bfloat16", [False, True])
def test_activations_grow_in_a_straight_line_with_the_batch(bfloat16: bool) -> None:
    one, two, four = (estimate(pairs=pairs, bfloat16=bfloat16) for pairs in (1, 2, 4))
    assert four.activations - two.activations == 2 * (two.activations - one.activations)
    assert two.activations == pytest.approx(2 * one.activations, rel=0.01)  # all but tables of positions
    assert one.weight_copies == two.weight_copies
    assert two.working == pytest.approx(2 * one.working, rel=0.01)


def test_what_is_trained_is_counted_to_the_byte() -> None:
    lora, full = estimate(), estimate(method="full")
    with torch.device("meta"):
        network = MMDiT(JOINT)
        weights = sum(value.numel() for value in network.parameters())
        adapters = sum(value.numel() for value in part_of(network).trained().parameters())
    buffers = sum(value.numel() for value in network.buffers())
    assert (lora.weights, full.weights) == (4 * (weights + buffers),) * 2
    assert (lora.adapters, lora.gradients, lora.optimizer) == (4 * adapters, 4 * adapters, 8 * adapters)
    assert (full.adapters, full.gradients, full.optimizer) == (0, 4 * weights, 8 * weights)
    assert (lora.average, full.average) == (4 * adapters, 4 * (weights + buffers))
    assert (lora.reference, full.reference) == (0, 4 * (weights + buffers))


@pytest.mark.parametrize("bfloat16", [False, True])
def test_adapters_need_less_than_all_weights(bfloat16: bool) -> None:
    lora, full = estimate(bfloat16=bfloat16), estimate(method="full", bfloat16=bfloat16)
    assert lora.total < full.total
    assert lora.activations < full.activations


def test_bfloat16_keeps_less_of_activations_and_copies_of_weights() -> None:
    wide, narrow = estimate(bfloat16=False), estimate(bfloat16=True)
    assert narrow.activations < 0.8 * wide.activations
    assert wide.weight_copies == 0
    assert 0 < narrow.weight_copies <= wide.weights / 2


def test_sums_and_verdict_by_hand() -> None:
    sizes = (8, 1, 0, 1, 2, 1, 1, 6, 2)  # GiB
    found = TuningMemory(4, *(size * GIB for size in sizes))
    assert found.total == 22 * GIB
    assert found.most_pairs(24 * GIB) == 5  # 14 do not grow, a pair takes 2
    assert found.most_pairs(13 * GIB) == 0
    *_, total, goal = found.rows(24.0)
    assert (total["GiB"], total["remark"]) == (22.0, "estimate, never run on a GPU")
    assert (goal["bytes"], goal["remark"]) == (24 * GIB, "kept, 2.0 GiB to spare; 5 pairs a step fit")
    assert found.rows(20.5)[-1]["remark"] == "exceeded by 1.5 GiB; 3 pairs a step fit"


@pytest.mark.parametrize(
    ("variant", "seconds", "latent", "clip", "sync"),
    [("small_16k", 8.0, 250, 64, 192), ("large_44k_v2", 8.0, 345, 64, 192), ("small_16k", 4.0, 125, 32, 88)],
)
def test_lengths_are_those_of_the_published_features(
    variant: str, seconds: float, latent: int, clip: int, sync: int
) -> None:
    assert token_counts(PUBLISHED[variant], seconds) == TokenCounts(latent, clip, sync, 77)


def test_takes_too_short_for_a_sync_feature_are_refused() -> None:
    assert token_counts(PUBLISHED["small_16k"], 0.64).sync == 8
    for seconds in (0.6, 0.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match=f"Takes of {seconds} s .* give a number from 0.64"):
            token_counts(PUBLISHED["small_16k"], seconds)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"variant": "huge"}, "'huge' is not known: give one of small_16k, .*large_44k_v2"),
        ({"method": "merge"}, "'merge' is not known: give lora or full"),
        ({"batch": 0}, "0 pairs: give at least 1"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        TuningSize(**wrong)  # type: ignore[arg-type] # on purpose


def told(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The command on the smallest published network."""
    monkeypatch.setattr(sys, "argv", ["msg-train", "describe", "tuning", "--variant", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_command_shows_the_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(monkeypatch, "small_16k", "--batch", "1", "--goal-gib", "0.5") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["part", "bytes", "GiB", "remark"]
    assert lines[1].split()[:2] == ["weights", str(4 * 157_283_644)]  # 157 283 644 parameters and buffers
    assert lines[-2].endswith("estimate, never run on a GPU")
    assert "exceeded by" in lines[-1]


def test_command_gives_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(monkeypatch, "small_16k", "--batch", "1", "--method", "full", "--json") == 0
    rows = {row["part"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["total"]["bytes"] == sum(
        row["bytes"] for part, row in rows.items() if part not in ("total", "goal")
    )
    assert rows["copy of the start"]["bytes"] == rows["weights"]["bytes"]


def test_command_refuses_an_unknown_variant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(monkeypatch, "huge") == 2
    assert "give one of small_16k, small_44k" in capsys.readouterr().err
