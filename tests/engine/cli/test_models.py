import shutil
from pathlib import Path

import pytest

from tests.engine.cli.program import assert_refused, assert_refused_in_json, engine
from tests.engine.small_networks import CLASSES
from tests.engine.test_adapter_cards import written


def test_document_holds_cards_licences_and_classes(models: Path) -> None:
    document = engine("models", "--models-folder", models, "--json").document
    (card,) = document["models"]
    assert (card["name"], card["family"], card["licence"]) == ("starter", "starter", "CC BY 4.0")
    assert card["classes"] == list(CLASSES)
    assert [part["name"] for part in card["parts"]] == ["sf_cavp", "codec", "generator"]
    assert (card["verified"], card["problem"]) == (None, None)


def test_whole_weights_are_verified(models: Path) -> None:
    outcome = engine("models", "--verify", "--models-folder", models, "--json")
    assert outcome.document["models"][0]["verified"] is True
    assert "all weights are whole" in engine("models", "--verify", "--models-folder", models).out


def test_damaged_weights_are_listed_and_fail_a_verification(models: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(models, tmp_path / "models"))
    path = own / "starter" / "codec.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    outcome = engine("models", "--verify", "--models-folder", own, "--json")
    assert_refused_in_json(outcome, 3, "CheckpointError", "codec.safetensors", "put back")
    (own / "starter" / "generator.safetensors").unlink()
    listed = engine("models", "--models-folder", own)
    assert listed.status == 0
    assert "PROBLEM: Weights" in listed.out


def test_folder_without_models_is_a_missing_component(tmp_path: Path) -> None:
    outcome = engine("models", "--models-folder", tmp_path)
    assert_refused(outcome, 3, f"There is no model in {tmp_path}", "reinstall")


def test_adapters_are_listed_with_what_is_wrong(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path))
    written(tmp_path, "soft steps")
    (tmp_path / "torn").mkdir()
    good, torn = engine("models", "--models-folder", models, "--json").document["adapters"]
    assert (good["name"], good["base_model"], good["pairs"], good["agreement"]) == (
        "soft steps",
        "starter",
        41,
        0.75,
    )
    assert (torn["name"], good["problem"]) == ("torn", None)
    assert "adapter.json cannot be read" in torn["problem"]
    said = engine("models", "--models-folder", models).out
    assert "adapter soft steps for starter, 41 pairs, agrees with 75% of pairs kept apart" in said
    assert "adapter torn  PROBLEM" in said


def test_without_adapters_the_list_is_empty(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path / "nowhere"))
    assert engine("models", "--models-folder", models, "--json").document["adapters"] == []
