"""Recipe: flow-matching training of the starter generator on scene stems."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.checkpoint import load_checkpoint, load_into, save_checkpoint
from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.generator.flow import flow_matching_loss
from engine.generator.starter import StarterConfig, StarterGenerator
from engine.progress import ProgressListener
from trainer.flow.batches import DropRates, class_balanced_weights, draw_flow_batch
from trainer.loop import LoopConfig, fit
from trainer.optimization import OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.scenes.pool import load_pool


@dataclass(frozen=True)
class FlowRunConfig:
    """One flow run.

    Attributes:
        pool: Folder of rendered scenes.
        codec: Codec checkpoint.
        run: Folder of the run.
        batch: Stems a step.
        crop_tokens: Crop lengths; each step draws one.
        bfloat16: Compute in bfloat16 where the CPU or GPU can.
        threads: CPU threads.
        sizes: Overrides of the generator's sizes.
        drop: Condition dropout.
    """

    pool: str
    codec: str
    run: str
    batch: int = 32
    crop_tokens: tuple[int, ...] = (64, 96, 128)
    bfloat16: bool = True
    threads: int = 1
    sizes: dict[str, Any] = field(default_factory=dict)
    drop: DropRates = field(default_factory=DropRates)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)


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
    """Train the generator; returns the checkpoint of the averaged weights."""
    torch.set_num_threads(config.threads)
    pool = load_pool(Path(config.pool), "train")
    codec = load_codec(Path(config.codec))
    torch.manual_seed(config.loop.seed)
    model_config = StarterConfig(
        classes=pool.classes, latent_channels=codec.config.latent_channels, **config.sizes
    )
    network = StarterGenerator(model_config)
    run = RunDirectory(Path(config.run), config_file)
    weights = class_balanced_weights(pool)

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        choice = int(torch.randint(len(config.crop_tokens), (1,), generator=chance))
        batch = draw_flow_batch(
            pool,
            codec,
            weights,
            size=config.batch,
            tokens=config.crop_tokens[choice],
            chance=chance,
            drop=config.drop,
        )
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            conditions = network.conditions(batch.inputs)
            field_of_batch = network.velocity_under(conditions)
            return {"flow": flow_matching_loss(field_of_batch, batch.latents, chance=chance)}

    average = fit(
        run, network, losses, optimizer_config=config.optimizer, loop_config=config.loop, listener=listener
    )
    average.swap(network)
    path = run.folder / "generator.safetensors"
    save_checkpoint(path, network, family="starter_flow", config=model_config.to_json(), half=True)
    return path
