"""Recipe: the judge, on scenes of its own that no other recipe reads.

Terms: lag softmax (when), slow InfoNCE (what), and contacts and classes of both sides.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from engine.checkpoint import save_checkpoint
from engine.errors import InputError
from engine.progress import ProgressListener
from trainer.cavp.losses import class_set_loss, lag_softmax_loss, onset_loss, pooled_contrast_loss
from trainer.device import chosen_device
from trainer.distributed import world_size
from trainer.judge.crops import LAG_REACH, JudgeBatch, JudgeSource
from trainer.judge.figures import HeldOutFigures, measure_judge
from trainer.judge.judging import JUDGE_FAMILY
from trainer.judge.network import JudgeConfig, JudgeNetwork
from trainer.loop import LoopConfig, fit
from trainer.optimization import OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.scenes.pool import load_pool


@dataclass(frozen=True)
class JudgeTerms:
    """Share of every term.

    Attributes:
        lag: Softmax over lags of the fast embeddings.
        slow: InfoNCE of the slow embeddings.
        onsets: Contacts, both sides.
        classes: Which classes are in the clip, both sides.
    """

    lag: float = 1.0
    slow: float = 0.5
    onsets: float = 1.0
    classes: float = 0.3


@dataclass(frozen=True)
class JudgeRunConfig:
    """One run of the judge.

    Attributes:
        pool: Folder of its own scenes.
        run: Folder of the run.
        batch: Rows a step.
        steps_per_crop: T, a multiple of 4.
        clean_share: How often the sound is what is seen alone, without background.
        threads: CPU threads.
        terms: Share of every term.
    """

    pool: str
    run: str
    batch: int = 48
    steps_per_crop: int = 128
    clean_share: float = 0.35
    threads: int = 1
    terms: JudgeTerms = field(default_factory=JudgeTerms)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)


@dataclass(frozen=True)
class TrainedJudge:
    """What a run leaves.

    Attributes:
        checkpoint: The averaged weights.
        figures: Of these weights on the held-out scenes.
    """

    checkpoint: Path
    figures: HeldOutFigures


def pretrain_judge(
    config: JudgeRunConfig, *, listener: ProgressListener, config_file: Path | None = None
) -> TrainedJudge:
    """Train the judge; started again, an interrupted run goes on.

    Raises:
        InputError: When the pool is not there, or its scenes are too short or hold no pictures, or
            under torchrun.
    """
    if world_size() > 1:
        raise InputError(
            f"The judge trains in one process and was started in {world_size()}: start it without torchrun."
        )
    torch.set_num_threads(config.threads)
    pool = load_pool(Path(config.pool), "train")
    held_out = load_pool(Path(config.pool), "held_out", classes=pool.classes)
    source = JudgeSource(pool, steps=config.steps_per_crop, clean_share=config.clean_share)
    device = chosen_device(config.loop.device)
    torch.manual_seed(config.loop.seed)
    network = JudgeNetwork(JudgeConfig(pool.classes))
    run = RunDirectory(Path(config.run), config_file)

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        return judge_losses(network, source.draw(config.batch, chance).to(device), config.terms)

    average = fit(
        run,
        network,
        losses,
        optimizer_config=config.optimizer,
        loop_config=config.loop,
        evaluate=lambda: measure_judge(network, held_out).numbers(),
        listener=listener,
    )
    average.swap(network)
    network.eval()
    path = run.folder / "judge.safetensors"
    save_checkpoint(path, network, family=JUDGE_FAMILY, config=network.config.to_json(), half=True)
    return TrainedJudge(path, measure_judge(network, held_out))


def judge_losses(network: JudgeNetwork, batch: JudgeBatch, terms: JudgeTerms) -> dict[str, Tensor]:
    """Weighted terms of one batch, by the names of ``JudgeTerms``."""
    seen, heard = network.see(batch.picture), network.hear(batch.mel)
    values = {
        "lag": lag_softmax_loss(seen.fast, heard.fast, batch.lags, network.lag_scale, reach=LAG_REACH),
        "slow": pooled_contrast_loss(seen.slow, heard.slow, network.slow_scale),
        "onsets": onset_loss(seen.onset_logits, batch.onsets)
        + onset_loss(heard.onset_logits, batch.heard_onsets),
        "classes": class_set_loss(seen.class_logits, batch.seen)
        + class_set_loss(heard.class_logits, batch.heard),
    }
    return {name: getattr(terms, name) * value for name, value in values.items()}
