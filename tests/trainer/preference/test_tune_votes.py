"""Cross-validation, the adapter, and what a stop leaves."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.adapter_cards import WEIGHTS_FILE, find_adapter
from engine.adapter_file import put_on, take_off
from engine.errors import InputError
from engine.model_store import StarterModel, read_card
from engine.nn.lora import lora_layers
from engine.progress import Progress
from engine.project.votes import SelfAgreement
from tests.engine.small_networks import write_small_model
from tests.trainer.preference.small_round import tune_config
from tests.trainer.preference.test_tune import pairs
from trainer.preference.project_votes import ProjectPairs, VotedPair
from trainer.preference.tune_votes import (
    VoteTuneConfig,
    few_pairs,
    folds_of,
    joined_pairs,
    tune_on_votes,
)
from trainer.preference.vote_sorting import SortedVotes
from trainer.stop_request import RunStopped

NAME = "my taste"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StarterModel:
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path / "adapters"))
    return StarterModel(read_card(write_small_model(tmp_path)))


def voted(count: int, *, events: int = 6) -> list[VotedPair]:
    return [
        VotedPair(pair, f"p/e{number % events}", (f"a{number}", f"b{number}"))
        for number, pair in enumerate(pairs(count))
    ]


def config(folder: Path, *, steps: int = 3) -> VoteTuneConfig:
    tune = replace(tune_config(steps=steps, evaluate_every=0, rate=3e-2), keep="last")
    rarely = replace(tune, loop=replace(tune.loop, save_every=100))  # a stop saves by itself
    return VoteTuneConfig(NAME, folder / "run", rarely, folds=5)


def project_of(found: list[VotedPair], folder: str = "Walk.msgproj") -> ProjectPairs:
    sorted_votes = SortedVotes((), len(found), 2, 0, SelfAgreement(4, 3), 0, 0)
    return ProjectPairs(Path(folder), sorted_votes, 1, (), 0, (), tuple(found))


def test_every_pair_is_held_out_once_and_events_stay_together() -> None:
    asked = voted(23, events=6)
    folds, apart_by = folds_of(asked, 5)
    assert apart_by == "events"
    assert sorted(number for fold in folds for number in fold) == list(range(23))
    homes = [{asked[number].event for number in fold} for fold in folds]
    assert sum(len(home) for home in homes) == 6
    assert all(homes)


def test_pairs_are_dealt_out_where_events_are_few() -> None:
    folds, apart_by = folds_of(voted(23, events=2), 5)
    assert apart_by == "pairs"
    assert sorted(len(fold) for fold in folds) == [4, 4, 5, 5, 5]


def test_too_few_pairs_are_refused_with_the_count_and_what_became_of_the_votes() -> None:
    with pytest.raises(InputError, match=r"starts from 20 pairs, these votes give 19.*\n.*2 ties, 4 hidden"):
        joined_pairs([project_of(voted(19))], least=20)
    assert len(joined_pairs([project_of(voted(20))], least=20)) == 20


def test_pairs_of_a_copied_project_count_once() -> None:
    own = voted(20)
    both = joined_pairs([project_of(own), project_of(voted(22), "Copy.msgproj")], least=20)
    assert len(both) == 22
    assert both[:20] == own


def test_adapter_learns_the_choices_and_its_card_says_how_well(model: StarterModel, tmp_path: Path) -> None:
    before = {name: value.clone() for name, value in model.generator.state_dict().items()}
    found = tune_on_votes(
        model, voted(20), config(tmp_path, steps=8), trained_with="20 pairs of votes in Walk.msgproj"
    )
    assert found.agreement.new.pairs == 20
    assert found.agreement.new.agreed >= 18  # better takes lie high, worse ones low
    agreed = found.agreement.new.agreed
    assert found.verdict().startswith(f"the new model agrees with you on {agreed:g} of 20")
    report = json.loads(next((tmp_path / "run").glob("*/votes.json")).read_text())
    assert (report["agreed"], report["apart_by"]) == (agreed, "events")
    assert report["interval_low"] < agreed / 20 <= report["interval_high"]
    card = find_adapter(NAME)
    assert (card.pairs, card.base_sha256) == (20, model.generator_sha256)
    assert card.agreement == pytest.approx(found.agreement.new.share)
    assert card.trained_with == "20 pairs of votes in Walk.msgproj"
    after = model.generator.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    put_on(model.generator, card, base_sha256=model.generator_sha256)
    assert any(bool(layer.lora_B.weight.any()) for _, layer in lora_layers(model.generator))
    take_off(model.generator)


def test_stronger_adapter_adds_more_of_the_same_and_is_not_trained_again(
    model: StarterModel, tmp_path: Path
) -> None:
    plain = tune_on_votes(model, voted(20), config(tmp_path), trained_with="votes").card
    learned = (plain.folder / WEIGHTS_FILE).read_bytes()
    stages: list[str] = []
    strong = tune_on_votes(
        model,
        voted(20),
        replace(config(tmp_path), strength=3.0),
        trained_with="votes",
        listener=lambda progress: stages.append(progress.stage),
    ).card
    assert not any(stage.startswith("tune, fold") for stage in stages)
    assert strong.alpha == pytest.approx(3 * plain.alpha)
    assert strong.sha256 != plain.sha256
    put_on(model.generator, strong, base_sha256=model.generator_sha256)
    scales = {layer.scale for _, layer in lora_layers(model.generator)}
    assert scales == {3 * plain.alpha / plain.rank}
    take_off(model.generator)
    assert (strong.folder / WEIGHTS_FILE).read_bytes() != learned


@pytest.mark.parametrize("strength", [0.0, -1.0, 9.0, float("nan")])
def test_strength_that_makes_no_sense_is_refused(tmp_path: Path, strength: float) -> None:
    with pytest.raises(InputError, match="give a number above 0, at most 8"):
        replace(config(tmp_path), strength=strength)


def test_stop_keeps_the_adapter_there_was_and_the_same_command_goes_on(
    model: StarterModel, tmp_path: Path
) -> None:
    wanted = config(tmp_path)
    first = tune_on_votes(model, voted(20), wanted, trained_with="first")
    seen: list[str] = []

    def stopping(progress: Progress) -> None:
        seen.append(progress.stage)
        if progress.stage == "tune, fold 3 of 5":
            os.kill(os.getpid(), signal.SIGINT)

    fresh = voted(22)
    with pytest.raises(RunStopped):
        tune_on_votes(model, fresh, wanted, trained_with="second", listener=stopping)
    assert find_adapter(NAME) == first.card
    assert not any(True for _ in lora_layers(model.generator))
    seen.clear()
    found = tune_on_votes(
        model, fresh, wanted, trained_with="second", listener=lambda p: seen.append(p.stage)
    )
    assert "tune, fold 1 of 5" not in seen  # finished before the stop
    assert "tune, fold 4 of 5" in seen
    assert find_adapter(NAME).trained_with == "second"
    assert found.agreement.new.pairs == 22


def test_stopped_run_ends_like_one_that_was_never_stopped(model: StarterModel, tmp_path: Path) -> None:
    whole = tune_on_votes(model, voted(20), config(tmp_path / "whole"), trained_with="")

    def stopping(progress: Progress) -> None:
        if progress.stage == "tune, all pairs" and progress.done == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    wanted = config(tmp_path / "stopped")
    with pytest.raises(RunStopped):
        tune_on_votes(model, voted(20), wanted, trained_with="", listener=stopping)
    resumed = tune_on_votes(model, voted(20), wanted, trained_with="")
    assert resumed.agreement == whole.agreement
    assert resumed.card.sha256 == whole.card.sha256


def test_name_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be called"):
        VoteTuneConfig("../taste", tmp_path)


def test_usual_settings_crop_and_save_often_enough_to_be_stopped() -> None:
    usual = few_pairs()
    assert usual.keep == "last"
    assert usual.loop.save_every < usual.optimizer.steps
    assert usual.crop_tokens == 64
