"""What each term of SF-CAVP's loss is good for: short runs without it, side by side on held-out scenes."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from engine.errors import InputError
from engine.progress import ProgressListener
from trainer.cavp.pretrain import PretrainConfig, pretrain
from trainer.cavp.terms import TermWeights
from trainer.config import read_config
from trainer.evaluation.cavp import evaluate_cavp
from trainer.evaluation.judged_model import load_cavp
from trainer.scenes.pool import ScenePool, load_pool

CHECKPOINT = "sf_cavp.safetensors"
ALL_TERMS = "both streams, all terms"
SLOW_ONLY, FAST_ONLY = "slow only", "fast only"

Train = Callable[[PretrainConfig], Path]
Measure = Callable[[Path], dict[str, float]]


@dataclass(frozen=True)
class AblationConfig:
    """A row of short runs.

    Attributes:
        recipe: TOML file of the whole run, which the variants are made from.
        folder: Where their runs go, one folder each.
        steps: Steps of each run.
        batch: Rows a step; 0 for those of the recipe.
        slow_terms: Terms of the loss that belong to the slow streams; all others are the fast ones'.
    """

    recipe: str
    folder: str
    steps: int = 600
    batch: int = 0
    slow_terms: tuple[str, ...] = ("slow", "classes")


@dataclass(frozen=True)
class AblationRow:
    """One variant and its figures by name."""

    variant: str
    figures: dict[str, float]


def variants_of(weights: TermWeights, slow_terms: tuple[str, ...]) -> dict[str, TermWeights]:
    """Weights by the name of the variant: all, slow only, fast only, and each used term off once.

    Raises:
        InputError: When a slow term is none of the loss.
    """
    names = [field.name for field in fields(weights)]
    unknown = sorted(set(slow_terms) - set(names))
    if unknown:
        raise InputError(f"slow_terms: '{unknown[0]}' is no term of the loss; known are {', '.join(names)}.")
    used = [name for name in names if getattr(weights, name)]
    fast_terms = [name for name in names if name not in slow_terms]
    return {
        ALL_TERMS: weights,
        SLOW_ONLY: _without(weights, fast_terms),
        FAST_ONLY: _without(weights, slow_terms),
        **{f"without {name}": _without(weights, [name]) for name in used},
    }


def _without(weights: TermWeights, names: list[str] | tuple[str, ...]) -> TermWeights:
    return replace(weights, **dict.fromkeys(names, 0.0))


def ablation_runs(config: AblationConfig) -> dict[str, PretrainConfig]:
    """The run of every variant.

    Raises:
        InputError: When the recipe cannot be read.
    """
    whole = read_config(PretrainConfig, Path(config.recipe))
    return {
        name: replace(
            whole,
            run=str(Path(config.folder) / f"{name.replace(', ', '_').replace(' ', '_')}-{config.steps}"),
            weights=weights,
            batch=config.batch or whole.batch,
            optimizer=replace(whole.optimizer, steps=config.steps),
            loop=replace(whole.loop, evaluate_every=0),
        )
        for name, weights in variants_of(whole.weights, config.slow_terms).items()
    }


def ablate(runs: dict[str, PretrainConfig], *, train: Train, measure: Measure) -> list[AblationRow]:
    """Train what is not trained yet and measure all; a run that was cut off goes on where it stopped.

    Args:
        runs: From ``ablation_runs``.
        train: Trains one run and returns its checkpoint.
        measure: Figures of a checkpoint.
    """
    rows = []
    for name, run in runs.items():
        finished = Path(run.run) / CHECKPOINT
        rows.append(AblationRow(name, measure(finished if finished.is_file() else train(run))))
    return rows


def ablate_cavp(
    config: AblationConfig, *, listener: ProgressListener, config_file: Path | None = None
) -> list[AblationRow]:
    """The ablation table of a recipe on its own held-out scenes.

    Raises:
        InputError: When the recipe or the scenes are not there.
    """
    runs = ablation_runs(config)
    held_out: dict[tuple[str, ...], ScenePool] = {}

    def train(run: PretrainConfig) -> Path:
        return pretrain(run, listener=listener, config_file=config_file)

    def measure(checkpoint: Path) -> dict[str, float]:
        network = load_cavp(checkpoint.parent, checkpoint)
        classes = network.config.classes
        if classes not in held_out:
            held_out[classes] = load_pool(Path(runs[ALL_TERMS].pool), "held_out", classes=classes)
        found = evaluate_cavp(network, held_out[classes], ())
        return found.short_numbers()

    return ablate(runs, train=train, measure=measure)
