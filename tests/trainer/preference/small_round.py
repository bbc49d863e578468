"""All that a round needs, tiny: scenes on the disk, and a model folder with random weights."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from engine.generator.control import ACTIVITY_CHANNEL
from engine.nn.lora import LoraConfig
from tests.engine.small_networks import write_small_model
from tests.trainer.small_pool import CLASSES, pool_of
from trainer.loop import LoopConfig
from trainer.optimization import OptimizerConfig
from trainer.preference.candidates import CandidateConfig
from trainer.preference.held_out import HeldOutConfig
from trainer.preference.start import StartConfig
from trainer.preference.tune import TuneConfig

STEPS = 64
HITS = (40, 130)
QUIET, LOUD = -8.0, -1.0


@dataclass(frozen=True)
class SmallRound:
    """Places of a small round.

    Attributes:
        pool: Scenes: 4 for training, 3 held out; each with one stem of contacts, one that runs.
        model: Model folder.
        folder: Where runs may go.
    """

    pool: Path
    model: Path
    folder: Path

    @property
    def start(self) -> StartConfig:
        """M_0."""
        return StartConfig(str(self.model / "generator.safetensors"), str(self.model / "codec.safetensors"))


def small_round(folder: Path) -> SmallRound:
    """Write scenes and model."""
    pool = folder / "pool"
    pool.mkdir()
    write_shard(pool / "train-00000.safetensors", scenes=3)
    write_shard(pool / "train-00002.safetensors", scenes=1)
    write_shard(pool / "held_out-00000.safetensors", scenes=4)
    return SmallRound(pool, write_small_model(folder), folder)


def write_shard(path: Path, *, scenes: int) -> None:
    """Scenes with a stem of contacts at HITS (class 0 or 1 in turn) and one of a jet that runs."""
    stems = [stem for scene in range(scenes) for stem in ((scene, scene % 2, True), (scene, 2, True))]
    pool = pool_of(
        stems, scenes=scenes, steps=STEPS, hits={2 * s: dict.fromkeys(HITS, 1.0) for s in range(scenes)}
    )
    pool.stem_control[1::2, 10:50, ACTIVITY_CHANNEL] = 1.0
    pool.grid = 0.05 * torch.rand(pool.grid.shape, generator=torch.Generator().manual_seed(1))
    pool.stem_mel = torch.full(pool.stem_mel.shape, QUIET)
    fall = torch.linspace(LOUD, QUIET, 30)[:, None]
    for hit in HITS:
        pool.stem_mel[0::2, hit : hit + 30] = fall
        pool.grid[:, hit // 4, 0] = 0.8
    pool.stem_mel[1::2, 40:200] = -3.0
    tensors = {
        "grid": pool.grid.half(),
        "mix_mel": pool.stem_mel[0::2].half(),
        "stem_mel": pool.stem_mel.half(),
        "stem_scene": pool.stem_scene,
        "stem_class": pool.stem_class,
        "stem_seen": pool.stem_seen,
        "stem_control": pool.stem_control.half(),
        "stem_place": pool.stem_place,
        "silent_onsets": pool.silent_onsets.half(),
        "cut_frame": torch.full((scenes,), -1),
    }
    save_file(
        {name: value.contiguous() for name, value in tensors.items()},
        path,
        metadata={"classes": json.dumps(CLASSES)},
    )


CANDIDATES = CandidateConfig(stems=3, takes=3, steps=2, kinds=("contacts",), seed=4)
HELD_OUT = HeldOutConfig(stems=2, steps=2)


def tune_config(
    *, steps: int = 4, evaluate_every: int = 2, rate: float = 1e-3, **others: object
) -> TuneConfig:
    """A tuning of a few steps."""
    return TuneConfig(
        lora=LoraConfig(rank=2, alpha=4.0),
        batch=2,
        crop_tokens=32,
        optimizer=OptimizerConfig(
            learning_rate=rate, steps=steps, warmup_steps=1, weight_decay=0.0, ema_decay=0.5
        ),
        loop=LoopConfig(seed=3, log_every=1, save_every=2, evaluate_every=evaluate_every, tensorboard=False),
        **others,  # type: ignore[arg-type] # fields of TuneConfig
    )
