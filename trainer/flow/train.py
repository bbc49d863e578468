"""Recipe: flow-matching training of the starter generator (Lipman et al. 2023).

It learns from the stems of scenes or from real video.

One process or many (torchrun): every process draws the same global batch and takes its own rows.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from engine.checkpoint import load_checkpoint, load_into, save_checkpoint
from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.errors import CheckpointError, InputError
from engine.generator.flow import flow_matching_loss
from engine.generator.starter import StarterConfig, StarterGenerator
from engine.progress import ProgressListener
from engine.ucs import load_classes
from trainer.data.video_config import VideoSourceConfig
from trainer.device import chosen_device
from trainer.distributed import is_first, joined_ranks, rank
from trainer.flow.batches import DropRates, FlowBatch, FlowSource
from trainer.flow.contacts import contact_loss
from trainer.flow.progress_figures import ProgressFigures
from trainer.flow.scene_source import SceneStems
from trainer.flow.video_source import open_film_sounds
from trainer.loop import LoopConfig, fit
from trainer.optimization import OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.scenes.pool import ScenePool, load_pool

CHECKPOINT = "generator.safetensors"
SEEDS_APART = 104_729  # noise and times of one process are not those of another


@dataclass(frozen=True)
class FlowTerms:
    """What counts in the loss of a step.

    Attributes:
        flow: Weight of flow matching; 0 trains the eyes for contacts alone.
        contacts: Weight of what the eyes say of contacts; the flow term never reaches the eyes.

    Raises:
        InputError: When a weight is below 0, or both are 0.
    """

    flow: float = 1.0
    contacts: float = 0.0

    def __post_init__(self) -> None:
        if min(self.flow, self.contacts) < 0 or self.flow == self.contacts == 0:
            raise InputError(
                f"[terms] flow = {self.flow}, contacts = {self.contacts}: give 0 or more, not both 0."
            )


@dataclass(frozen=True)
class FlowRunConfig:
    """One flow run.

    Attributes:
        run: Folder of the run.
        codec: Codec checkpoint.
        source: Where batches come from: "scenes" (``pool``) or "video" (``video``).
        pool: Folder of rendered scenes; a run on video measures itself on its held-out scenes.
        start: Generator checkpoint to go on from; empty to start from chance. Parts that it lacks
            (the level) start at no effect.
        batch: Stems or films a step, over all processes.
        crop_tokens: Crop lengths; each step draws one.
        threads: CPU threads.
        sizes: Overrides of the generator's sizes.
        drop: Condition dropout.
        terms: What counts in the loss.
        video: Which films.

    Raises:
        InputError: When there is no crop length, or one below 1; or contacts are to be learned without
            scenes or without eyes.
    """

    run: str
    codec: str
    source: Literal["scenes", "video"] = "scenes"
    pool: str = ""
    start: str = ""
    batch: int = 32
    crop_tokens: tuple[int, ...] = (64, 96, 128)
    threads: int = 1
    sizes: dict[str, Any] = field(default_factory=dict)
    drop: DropRates = field(default_factory=DropRates)
    terms: FlowTerms = field(default_factory=FlowTerms)
    video: VideoSourceConfig | None = None
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)

    def __post_init__(self) -> None:
        if min(self.crop_tokens, default=0) < 1:
            raise InputError(f"crop_tokens = {list(self.crop_tokens)}: give lengths of at least 1 token.")
        if self.terms.contacts and (self.source != "scenes" or not self.sizes.get("eyes_width")):
            raise InputError(
                f"[terms] contacts = {self.terms.contacts}: contacts are known of scenes alone, and learned "
                "by eyes. Give source = 'scenes' and [sizes] eyes_width, or contacts = 0."
            )


@dataclass(frozen=True)
class Material:
    """What a run trains on and measures itself by.

    Attributes:
        source: Batches.
        classes: Names behind the class numbers.
        held_out: Scenes to measure by, None where nothing is measured.
    """

    source: FlowSource
    classes: tuple[str, ...]
    held_out: ScenePool | None


def open_material(config: FlowRunConfig, *, listener: ProgressListener) -> Material:
    """Open scenes or video, and the held-out scenes where the run measures itself.

    Raises:
        InputError: When the source is unknown, or the pool, the films or held-out scenes are not there.
        CheckpointError: When the generator to go on from cannot be read.
    """
    if config.source not in ("scenes", "video"):
        raise InputError(f"source = '{config.source}': give 'scenes' or 'video'.")
    if not config.pool and (config.source == "scenes" or config.loop.evaluate_every):
        wanted = "source = 'scenes'" if config.source == "scenes" else "[loop] evaluate_every"
        raise InputError(f"{wanted} needs rendered scenes: give pool = 'FOLDER'.")
    source, classes = _scenes(config) if config.source == "scenes" else _films(config, listener)
    held_out = None
    if config.loop.evaluate_every:
        held_out = load_pool(Path(config.pool), "held_out", classes=classes)
    return Material(source, classes, held_out)


def _scenes(config: FlowRunConfig) -> tuple[FlowSource, tuple[str, ...]]:
    pool = load_pool(Path(config.pool), "train")
    if max(config.crop_tokens) > pool.steps:
        raise InputError(
            f"crop_tokens goes up to {max(config.crop_tokens)}, the scenes in {config.pool} have "
            f"{pool.steps} tokens: take shorter crops, or render longer scenes."
        )
    return SceneStems(pool, config.drop), pool.classes


def _films(config: FlowRunConfig, listener: ProgressListener) -> tuple[FlowSource, tuple[str, ...]]:
    if config.video is None:
        raise InputError("source = 'video' needs a [video] table that says which films.")
    classes = tuple(known.name for known in load_classes())
    if config.start:
        stored = load_checkpoint(Path(config.start), family="starter_flow")
        classes = StarterConfig.from_json(stored.config).classes
    films = open_film_sounds(
        config.video,
        Path(config.run),
        classes=classes,
        longest_crop=max(config.crop_tokens),
        drop=config.drop,
        listener=listener,
    )
    return films, classes


def load_codec(path: Path) -> MelCodec:
    """The codec of a checkpoint.

    Raises:
        CheckpointError: When the file is absent, damaged or of another family.
    """
    checkpoint = load_checkpoint(path, family="codec")
    codec = MelCodec(CodecConfig(**checkpoint.config))
    load_into(codec, checkpoint)
    return codec


def train_flow(config: FlowRunConfig, *, listener: ProgressListener, config_file: Path | None = None) -> Path:
    """Train the generator; returns the checkpoint of the averaged weights.

    Raises:
        InputError: When the source is unknown, or scenes or films are not there or not as they must be.
        CheckpointError: When codec or start cannot be used.
        DeviceError: When the device is not there.
        RunStopped: When it was asked to stop; the run goes on from its last state when started again.
    """
    torch.set_num_threads(config.threads)
    device = chosen_device(config.loop.device)
    with joined_ranks(device):
        return _train(config, device, listener=listener, config_file=config_file)


def _train(
    config: FlowRunConfig, device: torch.device, *, listener: ProgressListener, config_file: Path | None
) -> Path:
    material = open_material(config, listener=listener)
    codec = load_codec(Path(config.codec))
    torch.manual_seed(config.loop.seed)
    network = StarterGenerator(_sizes(config, material.classes, codec))
    if config.start:
        start_from(network, Path(config.start))
    figures = None if material.held_out is None else ProgressFigures(material.held_out, codec)
    codec.to(device)

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        choice = int(torch.randint(len(config.crop_tokens), (1,), generator=chance))
        batch = material.source.draw(config.batch, config.crop_tokens[choice], chance).to(device)
        own = torch.Generator().manual_seed(chance.initial_seed() + SEEDS_APART * rank())
        return loss_terms(network, codec, batch, config.terms, chance=own)

    run = RunDirectory(Path(config.run), config_file)
    average = fit(
        run,
        network,
        losses,
        optimizer_config=config.optimizer,
        loop_config=config.loop,
        evaluate=None if figures is None else lambda: figures.of(network),
        listener=listener,
    )
    path = run.folder / CHECKPOINT
    if is_first():
        average.swap(network)
        save_checkpoint(
            path, network.cpu(), family="starter_flow", config=network.config.to_json(), half=True
        )
    return path


def loss_terms(
    network: StarterGenerator, codec: MelCodec, batch: FlowBatch, terms: FlowTerms, *, chance: torch.Generator
) -> dict[str, Tensor]:
    """The weighted terms of a step; a term of weight 0 is not computed.

    Args:
        network: What is trained.
        codec: Takes target sounds to latents.
        batch: Of this process.
        terms: Weights.
        chance: Times and noise are drawn from it.
    """
    found: dict[str, Tensor] = {}
    if terms.flow:
        field_of_batch = network.velocity_under(network.conditions(batch.inputs))
        error = flow_matching_loss(field_of_batch, codec.encode(batch.mel), chance=chance)
        found["flow"] = terms.flow * error
    if terms.contacts and batch.shown is not None:
        found["contacts"] = terms.contacts * contact_loss(network.see(batch.inputs), batch.shown)
    return found


def _sizes(config: FlowRunConfig, classes: tuple[str, ...], codec: MelCodec) -> StarterConfig:
    latent = codec.config.latent_channels
    return StarterConfig(classes=classes, latent_channels=latent, knows_level=True, **config.sizes)


def start_from(network: StarterGenerator, path: Path) -> None:
    """Fill a network with the weights of an earlier one of the same sizes.

    What it was not made with, the level or eyes for contacts, stays as it is.

    Raises:
        CheckpointError: When other sizes or the classes differ.
    """
    checkpoint = load_checkpoint(path, family="starter_flow")
    own, theirs = network.config.to_json(), StarterConfig.from_json(checkpoint.config).to_json()
    may_lack = {"knows_level", "louder_db"}
    if not theirs["eyes_width"]:
        may_lack |= {"eyes_width", "eyes_cell_width"}
    unlike = [name for name in own if name not in may_lack and own[name] != theirs[name]]
    if unlike:
        raise CheckpointError(f"{path} cannot be the start of this run: {', '.join(unlike)} differ.")
    network.load_state_dict({**network.state_dict(), **checkpoint.state})
