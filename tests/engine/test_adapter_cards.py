"""Cards of adapters: written, found by name, damage told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.adapter_cards import (
    CARD_FILE,
    FOLDER_VARIABLE,
    WEIGHTS_FILE,
    AdapterCard,
    DamagedAdapter,
    adapters_folder,
    find_adapter,
    list_adapters,
    read_adapter_card,
    write_adapter_card,
)
from engine.errors import CheckpointError, InputError, OutputLocationError


def card_in(folder: Path, name: str = "soft steps") -> AdapterCard:
    return AdapterCard(
        name=name,
        base_model="starter",
        base_sha256="b" * 64,
        sha256="a" * 64,
        rank=8,
        alpha=16.0,
        created="2026-11-30T08:00:00+01:00",
        trained_with="41 votes of project Alley",
        pairs=41,
        agreement=0.75,
        licence="CC BY 4.0",
        folder=folder / name,
    )


def written(folder: Path, name: str = "soft steps") -> AdapterCard:
    card = card_in(folder, name)
    write_adapter_card(card)
    card.weights.write_bytes(b"weights")
    return card


def test_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    card = written(tmp_path)
    assert read_adapter_card(card.folder) == card
    assert find_adapter("soft steps", tmp_path) == card
    unmeasured = replace(card, agreement=None)
    write_adapter_card(unmeasured)
    assert read_adapter_card(card.folder) == unmeasured


def test_folder_is_that_of_the_variable_else_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, "some/where")
    assert adapters_folder() == Path("some/where")
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert adapters_folder().parts[-2:] == ("MultiSoundGen Studio", "adapters")


def test_list_is_by_name_and_tells_of_damage(tmp_path: Path) -> None:
    second, first = written(tmp_path, "b"), written(tmp_path, "a")
    (tmp_path / "c").mkdir()
    (tmp_path / "note.txt").write_text("no adapter")
    found = list_adapters(tmp_path)
    assert found[:2] == [first, second]
    assert isinstance(found[2], DamagedAdapter)
    assert found[2].name == "c"
    assert "adapter.json cannot be read" in found[2].reason


def test_no_folder_means_no_adapters(tmp_path: Path) -> None:
    assert list_adapters(tmp_path / "none") == []


def test_unknown_name_tells_which_there_are(tmp_path: Path) -> None:
    written(tmp_path, "a")
    with pytest.raises(InputError, match=r"No adapter 'z' in .*; there are: a\."):
        find_adapter("z", tmp_path)
    with pytest.raises(InputError, match="there are: none"):
        find_adapter("../a", tmp_path / "none")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": 1}',
        '{"schema": null}',
    ],
)
def test_damaged_card_is_told(tmp_path: Path, text: str) -> None:
    card = written(tmp_path)
    (card.folder / CARD_FILE).write_text(text)
    with pytest.raises(CheckpointError, match="damaged"):
        read_adapter_card(card.folder)


def test_value_of_another_kind_is_damage(tmp_path: Path) -> None:
    card = written(tmp_path)
    path = card.folder / CARD_FILE
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "base_sha256": 5}))
    with pytest.raises(CheckpointError, match="base_sha256 is no text"):
        read_adapter_card(card.folder)


def test_card_of_a_newer_program_and_lost_weights_say_what_to_do(tmp_path: Path) -> None:
    card = written(tmp_path)
    path = card.folder / CARD_FILE
    newer = json.loads(path.read_text()) | {"schema": 2}
    path.write_text(json.dumps(newer))
    with pytest.raises(CheckpointError, match="newer program"):
        read_adapter_card(card.folder)
    write_adapter_card(card)
    (card.folder / WEIGHTS_FILE).unlink()
    with pytest.raises(CheckpointError, match="weights .* are not there"):
        find_adapter(card.name, tmp_path)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", " a", "a.", "x" * 65, ".hidden", "a\n"])
def test_names_that_are_no_folder_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be called"):
        write_adapter_card(replace(card_in(tmp_path), name=name))


def test_card_must_lie_in_its_own_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must have its name"):
        write_adapter_card(replace(card_in(tmp_path), folder=tmp_path / "other"))


def test_place_that_cannot_be_made_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputLocationError, match=FOLDER_VARIABLE):
        write_adapter_card(card_in(tmp_path / "file"))
