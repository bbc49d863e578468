"""Runs that differ in beta, side by side: one first round for all, every model a row."""

from pathlib import Path

import pytest

from engine.errors import InputError
from tests.trainer.preference.test_held_out import figures
from trainer.preference.ablation import RpoAblationConfig, ablation_runs, ablation_table
from trainer.preference.rounds import Model, Rounds, RpoConfig
from trainer.preference.start import StartConfig


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "rpo.toml"
    path.write_text(
        'run = "x"\npool = "p"\nadapter = "a"\n[tune]\nbeta = 3\nbeta_end = 4\n'
        "[tune.loop]\nevaluate_every = 5\n"
    )
    return path


def test_runs_share_the_first_round_and_differ_in_beta(recipe: Path) -> None:
    config = RpoAblationConfig(str(recipe), "out", betas=(50.0, 800.0), rounds=3, steps=7)
    runs = ablation_runs(config)
    assert [run.tune.beta_at(0.5) for run in runs.values()] == [50.0, 800.0]
    assert [run.run for run in runs.values()] == ["out/beta-50", "out/beta-800"]
    assert {run.made_in(0) for run in runs.values()} == {Path("out/first_round")}
    assert [run.made_in(1) for run in runs.values()] == [
        Path("out/beta-50/round-1"),
        Path("out/beta-800/round-1"),
    ]
    assert {(run.rounds, run.tune.optimizer.steps, run.adapter) for run in runs.values()} == {(3, 7, "")}


def test_table_has_the_start_once_and_every_model_after_it(recipe: Path) -> None:
    def run(config: RpoConfig) -> Rounds:
        gains = [0.1, 0.2] if config.tune.beta == 50.0 else [-0.1, -0.2]
        models = [Model(StartConfig(), figures(0.3 + gain)) for gain in (0.0, *gains)]
        return Rounds(tuple(models), (), 2 if config.tune.beta == 50.0 else 0, "")

    rows = ablation_table(ablation_runs(RpoAblationConfig(str(recipe), "out", betas=(50.0, 800.0))), run)
    names = [row.variant for row in rows]
    assert names == ["M0", "beta 50, M1", "beta 50, M2, best", "beta 800, M1", "beta 800, M2"]
    assert [round(row.figures["held_out_onset_f1"], 2) for row in rows] == [0.3, 0.4, 0.5, 0.2, 0.1]


@pytest.mark.parametrize("betas", [(), (0.0,), (-1.0, 2.0)])
def test_betas_must_be_above_zero(recipe: Path, betas: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="betas"):
        RpoAblationConfig(str(recipe), "out", betas=betas)
