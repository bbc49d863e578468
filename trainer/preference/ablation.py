"""What beta and the number of rounds are good for: runs that differ in one of them, side by side.

All start from the same model and share the takes and pairs of the first round.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import InputError
from engine.progress import ProgressListener
from trainer.cavp.ablation import AblationRow
from trainer.config import read_config
from trainer.preference.rounds import Rounds, RpoConfig, run_rounds

Run = Callable[[RpoConfig], Rounds]


@dataclass(frozen=True)
class RpoAblationConfig:
    """A row of runs.

    Attributes:
        recipe: TOML file of the whole run, which the variants are made from.
        folder: Where their runs go, one folder each, beside the first round that they share.
        betas: Strengths of the preference.
        rounds: K of each run; every model between is a row.
        steps: Steps of each tuning; 0 for those of the recipe.

    Raises:
        InputError: When there is no beta, or one is not above 0.
    """

    recipe: str
    folder: str
    betas: tuple[float, ...] = (50.0, 200.0, 800.0)
    rounds: int = 3
    steps: int = 0

    def __post_init__(self) -> None:
        if not self.betas or not all(beta > 0 for beta in self.betas):
            raise InputError(f"betas = {list(self.betas)}: give numbers above 0.")


def ablation_runs(config: RpoAblationConfig) -> dict[float, RpoConfig]:
    """The run of every beta.

    Raises:
        InputError: When the recipe cannot be read.
    """
    whole = read_config(RpoConfig, Path(config.recipe))
    folder = Path(config.folder)
    optimizer = whole.tune.optimizer
    if config.steps:
        optimizer = replace(optimizer, steps=config.steps)
    return {
        beta: replace(
            whole,
            run=str(folder / f"beta-{beta:g}"),
            rounds=config.rounds,
            first_round=str(folder / "first_round"),
            adapter="",
            tune=replace(whole.tune, beta=beta, beta_end=0.0, optimizer=optimizer),
        )
        for beta in config.betas
    }


def ablate_rpo(
    config: RpoAblationConfig, *, listener: ProgressListener, config_file: Path | None = None
) -> list[AblationRow]:
    """The table of a recipe: every model of every run with its held-out figures.

    Raises:
        InputError: When the recipe or the scenes are not there.
        WorkError: When the first round is refused.
    """

    def run(variant: RpoConfig) -> Rounds:
        return run_rounds(variant, listener=listener, config_file=config_file)

    return ablation_table(ablation_runs(config), run)


def ablation_table(runs: dict[float, RpoConfig], run: Run) -> list[AblationRow]:
    """One row a model: M0 once, then those of each beta, each with its held-out figures."""
    rows: list[AblationRow] = []
    for beta, variant in runs.items():
        found = run(variant)
        if not rows:
            rows.append(AblationRow("M0", found.models[0].held_out))
        for number, model in enumerate(found.models[1:], start=1):
            mark = ", best" if number == found.best else ""
            rows.append(AblationRow(f"beta {beta:g}, M{number}{mark}", model.held_out))
    return rows
