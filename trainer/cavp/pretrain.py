"""Recipe: SF-CAVP contrastive pretraining on procedural scenes.

Terms: lag softmax (when), frame contrast (when, inside a clip), pooled contrast (what), and
supervised heads that scenes make possible: contacts, activity, classes.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.model import SFCAVP, CavpConfig
from engine.checkpoint import save_checkpoint
from engine.progress import ProgressListener
from trainer.cavp.batches import CavpBatch, draw_batch
from trainer.cavp.confidence import calibrate
from trainer.cavp.losses import (
    frame_class_loss,
    frame_contrast_loss,
    lag_softmax_loss,
    onset_loss,
    pooled_contrast_loss,
)
from trainer.evaluation.alignment import evaluate_alignment
from trainer.loop import LoopConfig, fit
from trainer.optimization import OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.scenes.pool import load_pool
from trainer.scenes.truth import scene_truth

LAG_REACH = 32


@dataclass(frozen=True)
class TermWeights:
    """Share of every loss term."""

    lag: float = 1.0
    frame: float = 0.15
    pooled: float = 0.3
    classes: float = 2.0
    onsets: float = 1.5
    active: float = 0.5
    frame_classes: float = 0.3


@dataclass(frozen=True)
class PretrainConfig:
    """One SF-CAVP run.

    Attributes:
        pool: Folder of rendered scenes.
        run: Folder of the run.
        batch: Scenes a step.
        steps_per_crop: Frames of a crop.
        stem_share: How often the sound is one clean stem.
        threads: CPU threads.
    """

    pool: str
    run: str
    batch: int = 48
    steps_per_crop: int = 128
    stem_share: float = 0.35
    threads: int = 1
    weights: TermWeights = field(default_factory=TermWeights)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)


def batch_losses(network: SFCAVP, batch: CavpBatch, weights: TermWeights) -> dict[str, Tensor]:
    """Weighted terms of one batch."""
    video = network.embed_video(batch.grid)
    audio = network.embed_audio(batch.mel)
    bce = functional.binary_cross_entropy_with_logits
    aligned_video, aligned_audio = _aligned(video.fast, audio.fast, batch.lags)
    return {
        "lag": weights.lag
        * lag_softmax_loss(video.fast, audio.fast, batch.lags, network.lag_scale, reach=LAG_REACH),
        "frame": weights.frame * frame_contrast_loss(aligned_video, aligned_audio, network.lag_scale),
        "pooled": weights.pooled * pooled_contrast_loss(video.pooled, audio.pooled, network.slow_scale),
        "classes": weights.classes
        * (bce(video.class_logits, batch.seen) + bce(audio.class_logits, batch.heard)),
        "onsets": weights.onsets * onset_loss(video.onset_logits, batch.onsets),
        "active": weights.active * bce(video.active_logits, batch.active),
        "frame_classes": weights.frame_classes
        * frame_class_loss(video.frame_class_logits, batch.frame_class),
    }


def _aligned(video: Tensor, audio: Tensor, lags: Tensor) -> tuple[Tensor, Tensor]:
    """The common middle of both sides: picture step t with sound step t + lag, (B, T - 2R, E)."""
    steps = video.shape[1] - 2 * LAG_REACH
    ticks = torch.arange(steps) + LAG_REACH
    rows = torch.arange(len(lags))[:, None]
    return video[:, LAG_REACH : LAG_REACH + steps], audio[rows, ticks[None] + lags[:, None]]


def pretrain(config: PretrainConfig, *, listener: ProgressListener, config_file: Path | None = None) -> Path:
    """Train SF-CAVP; returns the finished checkpoint.

    Raises:
        InputError: When the pool is not there.
    """
    torch.set_num_threads(config.threads)
    pool = load_pool(Path(config.pool), "train")
    held_out = load_pool(Path(config.pool), "held_out", classes=pool.classes)
    truth = scene_truth(pool)
    torch.manual_seed(config.loop.seed)
    model_config = CavpConfig(classes=pool.classes)
    network = SFCAVP(model_config)
    run = RunDirectory(Path(config.run), config_file)

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        batch = draw_batch(
            pool,
            truth,
            size=config.batch,
            steps=config.steps_per_crop,
            chance=chance,
            stem_share=config.stem_share,
        )
        return batch_losses(network, batch, config.weights)

    average = fit(
        run,
        network,
        losses,
        optimizer_config=config.optimizer,
        loop_config=config.loop,
        evaluate=lambda: evaluate_alignment(network, held_out).numbers(),
        listener=listener,
    )
    average.swap(network)
    network.eval()
    calibrate(network, held_out)
    path = run.folder / "sf_cavp.safetensors"
    save_checkpoint(path, network, family="sf_cavp", config=model_config.to_json(), half=True)
    return path
