"""How much memory of a GPU a tuning takes at its peak, estimated without one.

Network and adapters are built on the meta device, and the loss of a step is computed there as in
trainer/preference/tune.py: shapes only, no memory, no arithmetic. Counted are

* weights, adapters and the copy to compare with, gradients, the two moments of AdamW and the running
  average, all float32 as the loop keeps them;
* what autograd keeps for the backward pass, with the kernels and casts of a CUDA GPU (as_on_cuda.py),
  and the bfloat16 copies of weights among it, which do not grow with the batch;
* working space for the backward pass of one block: as much again as the block that keeps most, as if
  each kept tensor had its gradient beside it for a moment.

Not counted: CUDA's own context and libraries (about half a GiB), workspaces of cuDNN, gaps of the
allocator, the batch itself (some MiB), and the temporaries of AdamW, which come when activations are gone
and are at most as large as what is trained.

Letters: B pairs.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from engine.errors import InputError
from engine.generator.conditioning import Features
from engine.generator.mmdit import PUBLISHED, MMDiT, MMDiTConfig
from engine.nn.lora import LoraConfig, lora_parameters
from trainer.optimization import AveragedWeights
from trainer.preference.as_on_cuda import AsOnCuda
from trainer.preference.given import mmdit_of
from trainer.preference.material import PairBatch
from trainer.preference.saved_activations import counting_saved
from trainer.preference.tune import TuneConfig, loss_terms, pair_errors
from trainer.preference.tuned_part import METHODS, TunedPart, tuned_part

GIB = 1 << 30
META = torch.device("meta")
_TOKENS_A_SECOND = {20: 16000 / 256 / 2, 40: 44100 / 512 / 2}  # by channels of a latent, which tell the codec
_CLIP_HZ, _SYNC_HZ = 8, 25
_SEGMENT_FRAMES, _SEGMENT_STEP, _SEGMENT_TOKENS = 16, 8, 8  # of the sync features


@dataclass(frozen=True)
class TokenCounts:
    """Lengths of the streams of one sample."""

    latent: int
    clip: int
    sync: int
    text: int


@dataclass(frozen=True)
class TuningSize:
    """What a tuning is made of.

    Attributes:
        variant: Name of a published network.
        batch: Pairs a step on one GPU.
        method: "lora" or "full".
        rank: Of the adapters.
        seconds: Length of the takes.
        bfloat16: Whether the loss is computed under autocast.

    Raises:
        InputError: When a value makes no sense.
    """

    variant: str = "large_44k_v2"
    batch: int = 8
    method: str = "lora"
    rank: int = 16
    seconds: float = 8.0
    bfloat16: bool = True

    def __post_init__(self) -> None:
        if self.variant not in PUBLISHED:
            raise InputError(f"Variant '{self.variant}' is not known: give one of {', '.join(PUBLISHED)}.")
        if self.method not in METHODS:
            raise InputError(f"Method '{self.method}' is not known: give {' or '.join(METHODS)}.")
        if self.batch < 1:
            raise InputError(f"A batch of {self.batch} pairs: give at least 1.")


@dataclass(frozen=True)
class TuningMemory:
    """Bytes at the peak of a step.

    Attributes:
        pairs: B.
        weights: Of the network.
        adapters: Beside them.
        reference: Copy of the start to compare with; 0 where the network without adapters is compared with.
        gradients: Of what is trained.
        optimizer: Moments of it.
        average: Running average of it.
        weight_copies: In bfloat16, kept for the backward pass.
        activations: Kept for the backward pass.
        working: Space for the backward pass of one block.
    """

    pairs: int
    weights: int
    adapters: int
    reference: int
    gradients: int
    optimizer: int
    average: int
    weight_copies: int
    activations: int
    working: int

    @property
    def total(self) -> int:
        """All of it."""
        return self._fixed + self.activations + self.working

    @property
    def _fixed(self) -> int:
        """What does not grow with the batch."""
        kept = self.weights + self.adapters + self.reference + self.weight_copies
        return kept + self.gradients + self.optimizer + self.average

    def most_pairs(self, limit: int) -> int:
        """How many pairs a step fit into so many bytes: activations and working space grow with B."""
        of_a_pair = (self.activations + self.working) / self.pairs
        return max(0, int((limit - self._fixed) / of_a_pair))

    def rows(self, goal_gib: float) -> list[dict[str, Any]]:
        """One row a part, then their sum and how it stands to a goal."""
        return [
            _row("weights", self.weights, "float32"),
            _row("adapters", self.adapters, "float32"),
            _row("copy of the start", self.reference, "to compare with; none with LoRA"),
            _row("gradients", self.gradients, "of what is trained, float32"),
            _row("optimizer state", self.optimizer, "AdamW, two moments, float32"),
            _row("average", self.average, "running average of what is trained"),
            _row("weights in bfloat16", self.weight_copies, "copies of autocast kept for the backward pass"),
            _row("saved activations", self.activations, f"of {self.pairs} pairs, counted on the meta device"),
            _row("working space", self.working, "as much again as the block that keeps most"),
            _row("total", self.total, "estimate, never run on a GPU"),
            _row("goal", round(goal_gib * GIB), self._verdict(goal_gib)),
        ]

    def _verdict(self, goal_gib: float) -> str:
        spare = goal_gib - self.total / GIB
        stands = f"kept, {spare:.1f} GiB to spare" if spare >= 0 else f"exceeded by {-spare:.1f} GiB"
        return f"{stands}; {self.most_pairs(round(goal_gib * GIB))} pairs a step fit"


def _row(part: str, size: int, remark: str) -> dict[str, Any]:
    return {"part": part, "bytes": size, "GiB": round(size / GIB, 3), "remark": remark}


def tuning_memory(size: TuningSize) -> TuningMemory:
    """Estimate the peak memory of tuning a published network.

    Raises:
        InputError: When takes are too short for a sync feature, or the rank is below 1.
    """
    config = PUBLISHED[size.variant]
    counts = token_counts(config, size.seconds)
    lora = LoraConfig(rank=size.rank)
    with META:
        network = MMDiT(config)
    part = tuned_part(network, method=size.method, lora=lora, reference="base", base_sha256="", seed=1)
    return memory_of_step(part, shapes_of_pairs(config, counts, size.batch), bfloat16=size.bfloat16)


def token_counts(config: MMDiTConfig, seconds: float) -> TokenCounts:
    """Lengths of the streams of a take, as the published features have them.

    Raises:
        InputError: When it is too short for a sync feature, or no number.
    """
    least = _SEGMENT_FRAMES / _SYNC_HZ
    if not least <= seconds < math.inf:
        raise InputError(f"Takes of {seconds} s have no sync feature: give a number from {least} on.")
    segments = math.floor((seconds * _SYNC_HZ - _SEGMENT_FRAMES) / _SEGMENT_STEP) + 1
    return TokenCounts(
        latent=math.ceil(seconds * _TOKENS_A_SECOND[config.latent_dim]),
        clip=int(seconds * _CLIP_HZ),
        sync=segments * _SEGMENT_TOKENS,
        text=config.text_tokens,
    )


def shapes_of_pairs(
    config: MMDiTConfig, counts: TokenCounts, pairs: int, *, device: torch.device = META
) -> PairBatch:
    """A batch of B pairs whose values are not set; on the meta device there are none."""
    with device:
        return PairBatch(
            torch.empty(pairs, counts.latent, config.latent_dim),
            torch.empty(pairs, counts.latent, config.latent_dim),
            Features(
                torch.empty(pairs, counts.clip, config.clip_dim),
                torch.empty(pairs, counts.sync, config.sync_dim),
                torch.empty(pairs, counts.text, config.text_dim),
            ),
        )


def memory_of_step(part: TunedPart, batch: PairBatch, *, bfloat16: bool) -> TuningMemory:
    """Estimate the peak memory of one step.

    Args:
        part: What is tuned, on the meta device.
        batch: B pairs, there as well.
        bfloat16: Whether the loss is computed under autocast.
    """
    network, settings, mmdit = part.network, TuneConfig(), mmdit_of(part.network)
    blocks = [*mmdit.joint_blocks, *mmdit.fused_blocks]
    with counting_saved(network, blocks) as saved, AsOnCuda(bfloat16=bfloat16, copied=saved.note_copy):
        errors = pair_errors(part, batch, chance=torch.Generator().manual_seed(1))
        loss_terms(errors, beta=settings.beta, fm_weight=settings.fm_weight)
    adapters = sum(weight.nbytes for weight in lora_parameters(network))
    trained = sum(weight.nbytes for weight in part.trained().parameters())
    return TuningMemory(
        pairs=len(batch.chosen),
        weights=_size_of(network) - adapters,
        adapters=adapters,
        reference=0 if part.start is None else _size_of(part.start),
        gradients=trained,
        optimizer=2 * trained,
        average=sum(value.nbytes for value in AveragedWeights(part.trained(), 0.0).values.values()),
        weight_copies=saved.weight_copies,
        activations=saved.activations,
        working=max(saved.of_blocks),
    )


def _size_of(network: nn.Module) -> int:
    return sum(value.nbytes for value in [*network.parameters(), *network.buffers()])
