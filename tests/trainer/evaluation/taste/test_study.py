"""The whole study on tiny networks: what it counts, what it keeps, what it does again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import InputError
from engine.model_store import StarterModel, read_card
from engine.nn.lora import lora_layers
from engine.progress import Progress
from tests.trainer.preference.small_round import SmallRound, tune_config
from trainer.evaluation.taste.events import TakeSettings
from trainer.evaluation.taste.study import base_takes, study_tastes
from trainer.evaluation.taste.table import taste_rows, write_taste_report
from trainer.evaluation.taste.trial import TasteConfig, TasteResult, wins_of

CONFIG = TasteConfig(
    pairs=4,
    trials=3,
    takes=2,
    made=TakeSettings(tokens=32, steps=1),
    tune=replace(tune_config(steps=2, evaluate_every=0, rate=1e-2), keep="last"),
)


def result(**changes: object) -> TasteResult:
    plain = {
        "taste": "brighter",
        "pairs": 40,
        "votes_right": 0.9,
        "trials": 10,
        "wins": 8.0,
        "reward_base": 0.5,
        "reward_tuned": 0.49,
        "tuning_s": 100.0,
        "restored": True,
    }
    return TasteResult(**{**plain, **changes})


@pytest.fixture
def model(prepared: SmallRound) -> StarterModel:
    return StarterModel(read_card(prepared.model))


def test_finished_taste_is_not_tried_again_and_the_base_comes_back(
    prepared: SmallRound, model: StarterModel, tmp_path: Path
) -> None:
    before = {name: value.clone() for name, value in model.generator.state_dict().items()}
    first = study_tastes(["brighter"], model, prepared.pool, tmp_path, CONFIG)
    assert first[0].restored
    assert (first[0].trials, first[0].pairs) == (3, 4)
    assert not any(True for _ in lora_layers(model.generator))
    assert all(torch.equal(value, before[name]) for name, value in model.generator.state_dict().items())
    stages: list[str] = []
    both = study_tastes(
        ["brighter", "drier"],
        model,
        prepared.pool,
        tmp_path,
        CONFIG,
        listener=lambda told: stages.append(told.stage),
    )
    assert both[0] == first[0]
    assert [one.taste for one in both] == ["brighter", "drier"]
    assert "brighter" not in stages
    assert "takes to vote on" not in stages  # the base's takes were kept
    assert "drier" in stages


def test_other_settings_and_damaged_results_are_done_again(
    prepared: SmallRound, model: StarterModel, tmp_path: Path
) -> None:
    study_tastes(["brighter"], model, prepared.pool, tmp_path, CONFIG)
    stages: list[str] = []

    def note(told: Progress) -> None:
        stages.append(told.stage)

    (tmp_path / "brighter.json").write_text("{", encoding="utf-8")
    study_tastes(["brighter"], model, prepared.pool, tmp_path, CONFIG, listener=note)
    assert "brighter" in stages
    stages.clear()
    study_tastes(["brighter"], model, prepared.pool, tmp_path, replace(CONFIG, noise=0.0), listener=note)
    assert "brighter" in stages


def test_takes_that_the_base_does_not_make_any_more_are_made_anew(
    prepared: SmallRound, model: StarterModel, tmp_path: Path
) -> None:
    def made() -> torch.Tensor:
        return base_takes(model, prepared.pool, tmp_path, CONFIG, listener=lambda told: None).latents

    first = made()
    with torch.no_grad():
        model.generator.control_in.weight.add_(0.1)
    assert not torch.equal(made(), first)


def test_base_beats_itself_in_half_of_the_trials(
    prepared: SmallRound, model: StarterModel, tmp_path: Path
) -> None:
    base = base_takes(model, prepared.pool, tmp_path, CONFIG, listener=lambda told: None)
    assert wins_of(lambda mel, hits: float(mel.mean()), base.mels, base) == 1.5
    assert wins_of(lambda mel, hits: float(mel.mean()), base.mels + 1.0, base) == 3.0
    assert len(base.rewards) == 3


def test_unknown_taste_is_refused_before_any_work(
    prepared: SmallRound, model: StarterModel, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="No taste is called 'louder'"):
        study_tastes(["brighter", "louder"], model, prepared.pool, tmp_path / "none", CONFIG)
    assert not (tmp_path / "none").exists()


def test_reward_loss_is_a_share_of_the_base() -> None:
    assert result().reward_loss == pytest.approx(0.02)
    assert result(reward_tuned=0.6).reward_loss == pytest.approx(-0.2)


def test_rows_say_which_goals_were_met_and_the_last_one_is_of_all(tmp_path: Path) -> None:
    rows = taste_rows([result(), result(taste="drier", wins=5.0)])
    assert [row["taste"] for row in rows] == ["brighter", "drier", "all"]
    assert rows[0]["95 %"] == "0.490 to 0.943"
    assert [row["goals"].split(":")[0] for row in rows] == ["met", "missed", "missed"]  # mean 0.65
    assert rows[2]["win rate"] == 0.65
    path = write_taste_report([result()], tmp_path, about={"pool": "p"})
    report = json.loads(path.read_text())
    assert report["rows"][0]["reward loss %"] == 2.0
    assert report["about"] == {"pool": "p"}


@pytest.mark.parametrize("change", [{"restored": False}, {"reward_tuned": 0.4}, {"tuning_s": 1000.0}])
def test_goal_is_missed_by_reward_time_or_a_base_that_does_not_come_back(change: dict[str, object]) -> None:
    assert taste_rows([result(**change)])[0]["goals"].startswith("missed")
