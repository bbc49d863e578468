"""Recipe: SF-CAVP contrastive pretraining, on procedural scenes or on real video.

Terms (`trainer.cavp.terms`): slow InfoNCE (what), lag softmax, frame contrast and film blocks
(when), and supervised heads that scenes make possible: contacts, activity, classes.

One process or many (torchrun): every process draws the same global batch and takes whole films
of it. Losses and gradients are those of the global batch; batch norms count each process's own
rows, so that several processes train nearly, and not exactly, as one does.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from engine.cavp.model import SFCAVP, CavpConfig
from engine.cavp.norm_statistics import settle_norms
from engine.checkpoint import save_checkpoint
from engine.errors import InputError
from engine.progress import ProgressListener
from engine.ucs import load_classes
from trainer.cavp.batches import BatchSource
from trainer.cavp.confidence import calibrate
from trainer.cavp.scene_source import CropConfig, SceneSource
from trainer.cavp.terms import TermWeights, batch_losses
from trainer.data.video_config import VideoSourceConfig
from trainer.data.video_source import open_video_source
from trainer.device import chosen_device
from trainer.distributed import is_first, joined_ranks, rank, world_size
from trainer.evaluation.alignment import evaluate_alignment
from trainer.loop import LoopConfig, fit, step_generator
from trainer.optimization import OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.scenes.pool import ScenePool, load_pool

CHECKPOINT = "sf_cavp.safetensors"


@dataclass(frozen=True)
class PretrainConfig:
    """One SF-CAVP run.

    Attributes:
        run: Folder of the run.
        source: Where batches come from: "scenes" (``pool``, ``crop``) or "video" (``video``).
        pool: Folder of rendered scenes; a run on video measures itself on its held-out scenes, if given.
        size: "starter" or "base".
        batch: Rows a step, over all processes.
        threads: CPU threads.
        norm_batches: Batches that the batch norms count on before the weights are saved.
        crop: How scenes are cropped.
        video: Which films, and how they are cropped.
        weights: Share of every term.
    """

    run: str
    source: Literal["scenes", "video"] = "scenes"
    pool: str = ""
    size: str = "starter"
    batch: int = 48
    threads: int = 1
    norm_batches: int = 20
    crop: CropConfig = field(default_factory=CropConfig)
    video: VideoSourceConfig | None = None
    weights: TermWeights = field(default_factory=TermWeights)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)


@dataclass(frozen=True)
class Material:
    """What a run trains on and measures itself by.

    Attributes:
        source: Batches.
        classes: Names behind the class numbers.
        held_out: Scenes to measure by and to calibrate on, None without a pool.
    """

    source: BatchSource
    classes: tuple[str, ...]
    held_out: ScenePool | None


def open_material(config: PretrainConfig, *, listener: ProgressListener) -> Material:
    """Open scenes or video, and the held-out scenes.

    Raises:
        InputError: When the source is unknown, or the pool or the films are not there.
    """
    if config.source == "scenes":
        pool = load_pool(Path(config.pool), "train")
        scenes = load_pool(Path(config.pool), "held_out", classes=pool.classes)
        return Material(SceneSource(pool, config.crop), pool.classes, scenes)
    if config.source != "video":
        raise InputError(f"source = '{config.source}': give 'scenes' or 'video'.")
    if config.video is None:
        raise InputError("source = 'video' needs a [video] table that says which films.")
    classes = tuple(known.name for known in load_classes())
    films = open_video_source(
        config.video, Path(config.run), rank=rank(), world=world_size(), listener=listener
    )
    held_out = load_pool(Path(config.pool), "held_out", classes=classes) if config.pool else None
    return Material(films, classes, held_out)


def pretrain(config: PretrainConfig, *, listener: ProgressListener, config_file: Path | None = None) -> Path:
    """Train SF-CAVP; returns the finished checkpoint.

    Raises:
        InputError: When the source, the size or the data are not there.
        DeviceError: When the device is not there.
        RunStopped: When it was asked to stop; the run goes on from its last state when started again.
    """
    torch.set_num_threads(config.threads)
    device = chosen_device(config.loop.device)
    with joined_ranks(device):
        return _pretrain(config, device, listener=listener, config_file=config_file)


def _pretrain(
    config: PretrainConfig, device: torch.device, *, listener: ProgressListener, config_file: Path | None
) -> Path:
    material = open_material(config, listener=listener)
    torch.manual_seed(config.loop.seed)
    model_config = CavpConfig.of_size(config.size, material.classes)
    network = SFCAVP(model_config)
    run = RunDirectory(Path(config.run), config_file)

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        batch = material.source.draw(config.batch, chance).to(device)
        return batch_losses(network, batch, config.weights)

    average = fit(
        run,
        network,
        losses,
        optimizer_config=config.optimizer,
        loop_config=config.loop,
        evaluate=lambda: _figures(network, material.held_out),
        listener=listener,
    )
    path = run.folder / CHECKPOINT
    if not is_first():
        return path
    average.swap(network)
    _settle(network, material.source, config, device)
    network.cpu()
    if material.held_out is not None:
        calibrate(network, material.held_out)
    save_checkpoint(path, network, family="sf_cavp", config=model_config.to_json(), half=True)
    return path


def _figures(network: SFCAVP, held_out: ScenePool | None) -> dict[str, float]:
    return {} if held_out is None else evaluate_alignment(network, held_out).numbers()


def _settle(network: SFCAVP, source: BatchSource, config: PretrainConfig, device: torch.device) -> None:
    """Count the batch norms' statistics anew for the averaged weights."""

    def see_batches() -> None:
        for number in range(config.norm_batches):
            chance = step_generator(config.loop.seed, config.optimizer.steps + number)
            batch = source.draw(config.batch, chance).to(device)
            network.embed_video(batch.picture)
            network.embed_audio(batch.mel)

    settle_norms(network, see_batches)
