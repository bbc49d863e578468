"""Recipe: the sound classifier, on the training recordings of the sound bank and on nothing else."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.checkpoint import save_checkpoint
from engine.errors import InputError
from engine.progress import ProgressListener
from trainer.classifier.accuracy import ClassAccuracy, measure_accuracy
from trainer.classifier.network import (
    CLASSIFIER_FAMILY,
    SoundClassifier,
    SoundClassifierConfig,
)
from trainer.classifier.segments import VariedSegments, plain_segments
from trainer.classifier.selection import ClassSources, known_classes, sources_of
from trainer.device import chosen_device
from trainer.distributed import world_size
from trainer.loop import LoopConfig, fit
from trainer.optimization import OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.scenes.bank import load_bank

CLASSIFIER_FILE = "classifier.safetensors"


@dataclass(frozen=True)
class ClassifierRunConfig:
    """One run of the sound classifier.

    Attributes:
        run: Folder of the run.
        least_train_groups: Classes with fewer training groups, or with fewer than 3 groups on both
            sides together, or without a held-out one, are not among those it knows.
        performed: Segments of each class that are performed before the first step.
        batch: Segments a step.
        width: Channels of the first layer.
        smoothing: Share of the target that goes to all classes alike.
        threads: CPU threads.
    """

    run: str
    least_train_groups: int = 8
    performed: int = 300
    batch: int = 48
    width: int = 16
    smoothing: float = 0.05
    threads: int = 1
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)


@dataclass(frozen=True)
class TrainedClassifier:
    """What a run leaves.

    Attributes:
        checkpoint: The averaged weights.
        known: The classes it knows, with their sources.
        accuracy: Of these weights on the held-out recordings.
    """

    checkpoint: Path
    known: tuple[ClassSources, ...]
    accuracy: ClassAccuracy

    def rows(self) -> list[dict[str, object]]:
        """One row a class, and one for all."""
        rows: list[dict[str, object]] = [
            {
                "class": source.name,
                "train groups": source.train,
                "held-out groups": source.held_out,
                "held-out accuracy": round(float(share), 3),
            }
            for source, share in zip(self.known, self.accuracy.of_class, strict=True)
        ]
        together = {
            "class": f"all {len(self.known)}",
            "train groups": sum(source.train for source in self.known),
            "held-out groups": sum(source.held_out for source in self.known),
            "held-out accuracy": round(self.accuracy.mean, 3),
        }
        return [*rows, together]


def train_classifier(
    config: ClassifierRunConfig, *, listener: ProgressListener, config_file: Path | None = None
) -> TrainedClassifier:
    """Train the classifier; started again, an interrupted run goes on.

    Raises:
        InputError: When there is no sound bank, it is too small, or under torchrun.
    """
    if world_size() > 1:
        raise InputError(
            f"The classifier trains in one process and was started in {world_size()}: "
            "start it without torchrun."
        )
    torch.set_num_threads(config.threads)
    bank, held_out = load_bank("train"), load_bank("held_out")
    sources = sources_of(bank, held_out)
    classes = known_classes(sources, least_train_groups=config.least_train_groups)
    tested = plain_segments(held_out, classes)
    rng = np.random.default_rng(config.loop.seed)
    varied = VariedSegments(bank, classes, each=config.performed, rng=rng)
    device = chosen_device(config.loop.device)
    torch.manual_seed(config.loop.seed)
    network = SoundClassifier(SoundClassifierConfig(classes, width=config.width))
    run = RunDirectory(Path(config.run), config_file)

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        seed = int(torch.randint(2**62, (1,), generator=chance))
        mel, labels = varied.draw(config.batch, np.random.default_rng(seed))
        logits = network(mel.to(device)).logits
        return classifier_losses(logits, labels.to(device), smoothing=config.smoothing)

    average = fit(
        run,
        network,
        losses,
        optimizer_config=config.optimizer,
        loop_config=config.loop,
        evaluate=lambda: {"held_out_accuracy": measure_accuracy(network, tested).mean},
        listener=listener,
    )
    average.swap(network)
    network.eval()
    path = run.folder / CLASSIFIER_FILE
    save_checkpoint(path, network, family=CLASSIFIER_FAMILY, config=network.config.to_json())
    known = tuple(source for source in sources if source.name in classes)
    return TrainedClassifier(path, known, measure_accuracy(network, tested))


def classifier_losses(logits: Tensor, labels: Tensor, *, smoothing: float) -> dict[str, Tensor]:
    """Cross-entropy of logits (B, K) against labels (B,), and the share right to follow."""
    right = (logits.argmax(1) == labels).float().mean()
    loss = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    return {"class": loss, "_right": right.detach()}
