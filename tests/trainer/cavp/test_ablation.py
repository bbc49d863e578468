from dataclasses import fields
from pathlib import Path

import pytest

from engine.errors import InputError
from trainer.cavp.ablation import (
    ALL_TERMS,
    CHECKPOINT,
    FAST_ONLY,
    SLOW_ONLY,
    AblationConfig,
    ablate,
    ablation_runs,
    variants_of,
)
from trainer.cavp.pretrain import PretrainConfig
from trainer.cavp.terms import TermWeights
from trainer.config import read_config

RECIPE = 'pool = "a/pool"\nrun = "a/run"\nbatch = 7\n[optimizer]\nsteps = 9000\n[loop]\nevaluate_every = 5\n'


def test_each_term_in_use_is_off_once() -> None:
    weights = TermWeights(blocks=0.0)
    variants = variants_of(weights, ("slow", "classes"))
    assert variants[ALL_TERMS] == weights
    single = [name for name in variants if name.startswith("without ")]
    assert len(single) == len(fields(TermWeights)) - 1  # blocks is off anyhow
    for name in single:
        changed = [
            f.name for f in fields(weights) if getattr(variants[name], f.name) != getattr(weights, f.name)
        ]
        assert changed == [name.removeprefix("without ")]
        assert getattr(variants[name], changed[0]) == 0.0


def test_slow_and_fast_share_the_terms_between_them() -> None:
    weights = TermWeights()
    variants = variants_of(weights, ("slow", "classes"))
    for field in fields(weights):
        parts = [getattr(variants[name], field.name) for name in (SLOW_ONLY, FAST_ONLY)]
        assert sum(parts) == getattr(weights, field.name)
    assert variants[SLOW_ONLY].slow > 0
    assert variants[FAST_ONLY].slow == 0


def test_unknown_slow_term_is_refused() -> None:
    with pytest.raises(InputError, match="'slwo' is no term"):
        variants_of(TermWeights(), ("slwo",))


def runs_in(folder: Path) -> dict[str, PretrainConfig]:
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return ablation_runs(AblationConfig(str(folder / "recipe.toml"), str(folder / "runs"), steps=40))


def test_runs_are_short_and_each_has_a_folder_of_its_own(tmp_path: Path) -> None:
    runs = runs_in(tmp_path)
    assert {run.optimizer.steps for run in runs.values()} == {40}
    assert {run.batch for run in runs.values()} == {7}
    assert len({run.run for run in runs.values()}) == len(runs)
    assert runs["without lag"].run == str(tmp_path / "runs" / "without_lag-40")
    assert runs["without lag"].weights.lag == 0.0


def test_finished_runs_are_measured_and_not_trained_again(tmp_path: Path) -> None:
    runs = runs_in(tmp_path)
    done = Path(runs[SLOW_ONLY].run) / CHECKPOINT
    done.parent.mkdir(parents=True)
    done.touch()
    trained: list[str] = []

    def train(run: PretrainConfig) -> Path:
        trained.append(run.run)
        return Path(run.run) / CHECKPOINT

    rows = ablate(runs, train=train, measure=lambda path: {"steps in name": float(path.parent.name[-2:])})
    assert runs[SLOW_ONLY].run not in trained
    assert len(trained) == len(runs) - 1
    assert [row.variant for row in rows] == list(runs)
    assert rows[0].figures == {"steps in name": 40.0}


def test_shipped_config_fits() -> None:
    folder = Path(__file__).parents[3] / "trainer" / "configs"
    config = read_config(AblationConfig, folder / "ablation_cavp.toml")
    assert variants_of(TermWeights(), config.slow_terms)
