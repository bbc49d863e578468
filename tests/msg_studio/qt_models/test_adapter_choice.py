from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from engine.adapter_cards import write_adapter_card
from msg_studio.qt_models.adapter_choice import NO_BASE, AdapterChoice, agreement_in_words
from tests.engine.test_adapter_cards import card_in, written

BASE = "b" * 64


@pytest.fixture
def choice(qapp: QApplication, tmp_path: Path) -> AdapterChoice:
    """Two adapters for the base, one for another, one damaged."""
    for name in ("soft steps", "hard steps"):
        written(tmp_path, name)
    foreign = replace(card_in(tmp_path, "foreign"), base_sha256="c" * 64)
    write_adapter_card(foreign)
    foreign.weights.write_bytes(b"weights")
    (tmp_path / "torn").mkdir()
    made = AdapterChoice("", qapp, folder=tmp_path)
    made.look()
    return made


def reasons(choice: AdapterChoice) -> dict[str, str]:
    return {adapter.name: choice.reason_against(adapter) for adapter in choice.adapters}


def test_without_a_base_none_can_be_used(choice: AdapterChoice) -> None:
    assert reasons(choice)["soft steps"] == NO_BASE
    choice.switch("soft steps", on=True)
    assert choice.active == ""
    choice.set_base(BASE)
    assert choice.active == "soft steps"


def test_what_was_made_for_other_weights_or_is_damaged_says_so(choice: AdapterChoice) -> None:
    choice.set_base(BASE)
    found = reasons(choice)
    assert found["soft steps"] == found["hard steps"] == ""
    assert "made for starter cccccc, in use are the weights bbbbbb" in found["foreign"]
    assert "adapter.json cannot be read" in found["torn"]
    choice.switch("foreign", on=True)
    assert choice.active == ""


def test_one_is_on_at_most(choice: AdapterChoice) -> None:
    choice.set_base(BASE)
    choice.switch("soft steps", on=True)
    choice.switch("hard steps", on=True)
    assert choice.active == "hard steps"
    choice.switch("soft steps", on=False)
    assert choice.active == "hard steps"
    choice.switch("hard steps", on=False)
    assert choice.active == ""


def test_an_adapter_that_has_gone_is_off(choice: AdapterChoice, tmp_path: Path) -> None:
    choice.set_base(BASE)
    choice.switch("soft steps", on=True)
    (tmp_path / "soft steps" / "adapter.safetensors").unlink()
    choice.look()
    assert choice.active == ""


def test_takes_find_the_name_by_the_hash(choice: AdapterChoice) -> None:
    assert choice.names() == {"a" * 64: "soft steps"}  # all three share it, the last one counts


def test_agreement_is_said_in_words(tmp_path: Path) -> None:
    card = card_in(tmp_path)
    assert agreement_in_words(card) == "agrees with 75% of the pairs kept apart"
    assert agreement_in_words(replace(card, agreement=None)) == "not measured"
