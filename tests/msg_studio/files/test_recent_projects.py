"""Recent projects: newest first, none twice, gone ones marked."""

from pathlib import Path

import pytest

from engine.errors import OutputLocationError, WriteError
from msg_studio.files.recent_projects import (
    MOST_RECENT,
    add_recent,
    default_file,
    recent_projects,
    remove_recent,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "recent.json"


def test_newest_is_first_and_none_is_there_twice(file: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "a"):
        (tmp_path / name).mkdir(exist_ok=True)
        listed = add_recent(tmp_path / name, name, file)
    assert [one.name for one in listed] == ["a", "b"]
    assert recent_projects(file) == listed


def test_projects_that_are_gone_are_marked_and_can_be_taken_off(file: Path, tmp_path: Path) -> None:
    add_recent(tmp_path / "gone", "gone", file)
    (listed,) = recent_projects(file)
    assert not listed.present
    assert remove_recent(tmp_path / "gone", file) == ()
    assert recent_projects(file) == ()


def test_list_stays_short(file: Path, tmp_path: Path) -> None:
    for number in range(MOST_RECENT + 3):
        add_recent(tmp_path / str(number), str(number), file)
    assert len(recent_projects(file)) == MOST_RECENT
    assert recent_projects(file)[0].name == str(MOST_RECENT + 2)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"folder": 1, "name": ""}]', "garbage"])
def test_file_that_is_not_ours_counts_as_empty(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    assert recent_projects(file) == ()


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    with pytest.raises((OutputLocationError, WriteError), match="recent.json"):
        add_recent(tmp_path, "a", tmp_path / "config" / "recent.json")


def test_list_lies_in_the_users_configuration() -> None:
    assert default_file().name == "recent.json"
