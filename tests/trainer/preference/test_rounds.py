"""Rounds: each starts from the last, all are kept, the held-out rule picks, a refused round ends them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.adapter_cards import find_adapter
from engine.adapter_file import read_adapter
from engine.errors import InputError, WorkError
from tests.trainer.preference.small_round import CANDIDATES, HELD_OUT, SmallRound, tune_config
from tests.trainer.preference.test_held_out import figures
from trainer.preference.candidates import read_candidates
from trainer.preference.held_out import HeldOutConfig
from trainer.preference.rank import RankConfig
from trainer.preference.ranking import Ranking
from trainer.preference.rounds import Model, RpoConfig, best_of, run_rounds
from trainer.preference.start import StartConfig


def run_config(prepared: SmallRound, folder: Path, **changed: object) -> RpoConfig:
    config = RpoConfig(
        run=str(folder / "run"),
        pool=str(prepared.pool),
        rounds=2,
        model=str(prepared.model),
        start=prepared.start,
        candidates=CANDIDATES,
        rank=RankConfig(winner="best-of-N"),
        held_out=HELD_OUT,
        tune=tune_config(steps=2, evaluate_every=2, keep="last"),
    )
    return replace(config, **changed)  # type: ignore[arg-type] # fields of the config


@pytest.fixture
def accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random networks prefer anything."""
    monkeypatch.setattr("trainer.preference.rank.check_reward", lambda found: None)


@pytest.mark.usefixtures("accepted")
def test_each_round_starts_from_the_last_and_all_are_kept(prepared: SmallRound, tmp_path: Path) -> None:
    found = run_rounds(run_config(prepared, tmp_path))
    assert len(found.models) == 3
    assert found.models[0].start == prepared.start
    adapters = [Path(model.start.adapter) for model in found.models[1:]]
    assert [path.parent.parent.name for path in adapters] == ["round-0", "round-1"]
    hashes = [read_adapter(path).sha256 for path in adapters]
    takes = [list(read_candidates(tmp_path / "run" / f"round-{n}" / "candidates")) for n in range(2)]
    assert {one.adapter_sha256 for one in takes[0]} == {""}
    assert {one.adapter_sha256 for one in takes[1]} == {hashes[0]}
    assert hashes[0] != hashes[1]
    report = json.loads((tmp_path / "run" / "rounds.json").read_text())
    assert [model["model"] for model in report["models"]] == ["M0", "M1", "M2"]
    assert report["ended"] == ""
    assert report["best"] == f"M{found.best}"
    assert "reward_real" in report["models"][1]
    assert "reward_real" not in report["models"][2]
    assert (tmp_path / "run" / "rounds.png").stat().st_size > 0


@pytest.mark.usefixtures("accepted")
def test_rounds_of_whole_generators(prepared: SmallRound, tmp_path: Path) -> None:
    whole = tune_config(steps=2, evaluate_every=2, keep="last", method="full")
    found = run_rounds(run_config(prepared, tmp_path, tune=whole))
    assert [Path(model.start.generator).name for model in found.models[1:]] == ["generator.safetensors"] * 2
    assert all(model.start.adapter == "" for model in found.models)


@pytest.mark.usefixtures("accepted")
def test_started_again_nothing_is_done_twice(prepared: SmallRound, tmp_path: Path) -> None:
    config = run_config(prepared, tmp_path, rounds=1)
    first = run_rounds(config)
    takes = sorted((tmp_path / "run" / "round-0" / "candidates").iterdir())
    before = [path.stat().st_mtime_ns for path in takes]
    assert run_rounds(config).table() == first.table()
    assert [path.stat().st_mtime_ns for path in takes] == before


def test_first_round_that_is_refused_is_an_error_with_the_figures(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ranking, "mean_real", -2.0)
    with pytest.raises(WorkError, match=r"-2\.000 for real sound"):
        run_rounds(run_config(prepared, tmp_path))


def test_later_round_that_is_refused_ends_them_and_keeps_what_there_is(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Ranking] = []

    def refuse_second(found: Ranking) -> None:
        asked.append(found)
        if len(asked) == 2:
            raise WorkError("The reward does not prefer real sound")

    monkeypatch.setattr("trainer.preference.rank.check_reward", refuse_second)
    found = run_rounds(run_config(prepared, tmp_path))
    assert len(found.models) == 2
    assert found.ended == "Round 1 was refused: The reward does not prefer real sound"


@pytest.mark.usefixtures("accepted")
def test_best_adapter_is_kept_under_its_name(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path / "adapters"))
    monkeypatch.setattr("trainer.preference.rounds.best_of", lambda models, held_out: 1)
    run_rounds(run_config(prepared, tmp_path, rounds=1, adapter="round one"))
    card = find_adapter("round one")
    assert card.trained_with.startswith("AVP-RPO, 1 rounds")
    assert card.pairs == 3


def model(f1: float, off: float = 0.1) -> Model:
    return Model(StartConfig(), figures(f1, off, off))


def test_best_model_is_picked_by_the_held_out_rule_and_may_be_the_first() -> None:
    config = HeldOutConfig(level_tolerance=0.02)
    assert best_of([model(0.3), model(0.4), model(0.35)], config) == 1
    assert best_of([model(0.3), model(0.2), model(0.1)], config) == 0
    assert best_of([model(0.3), model(0.4, off=0.2), model(0.35)], config) == 2
    assert best_of([model(0.3), model(0.4), model(0.5)], config) == 2


def test_settings_that_make_no_sense_are_refused(prepared: SmallRound, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="rounds = 0"):
        run_config(prepared, tmp_path, rounds=0)
    with pytest.raises(InputError, match="evaluate_every"):
        run_config(prepared, tmp_path, tune=tune_config(evaluate_every=0))
    with pytest.raises(InputError, match="give no adapter"):
        run_config(prepared, tmp_path, adapter="a", tune=tune_config(method="full"))
