"""What is dropped: a film, a project, or something with a reason why not."""

from pathlib import Path

import pytest

from msg_studio.files.dropped import film_filter, what_is
from tests.msg_studio.scene import saved_project


@pytest.mark.parametrize("name", ["a.mp4", "A.MOV", "b.mkv"])
def test_films_are_known_by_their_ending(tmp_path: Path, name: str) -> None:
    assert what_is([tmp_path / name]).kind == "film"


def test_dialogs_show_the_files_that_count_as_films(tmp_path: Path) -> None:
    shown = film_filter().removeprefix("Films (*").removesuffix(")").split(" *")
    assert ".mxf" in shown
    assert {what_is([tmp_path / f"a{suffix}"]).kind for suffix in shown} == {"film"}


def test_project_is_known_by_its_folder_or_the_file_in_it(tmp_path: Path) -> None:
    folder = saved_project(tmp_path)
    for path in (folder, folder / "project.db", folder / "project.json"):
        found = what_is([path])
        assert (found.kind, found.path) == ("project", folder)


def test_other_things_are_refused_with_a_reason(tmp_path: Path) -> None:
    assert "note.txt is a .txt file: drop a film" in what_is([tmp_path / "note.txt"]).words
    assert "README is a file without an ending" in what_is([tmp_path / "README"]).words
    assert "is not a project" in what_is([tmp_path]).words
    assert "These are 2 things" in what_is([tmp_path / "a.mp4", tmp_path / "b.mp4"]).words
    assert "no file of this machine" in what_is([]).words
    assert {what_is([tmp_path]).kind, what_is([]).kind} == {"neither"}


def test_project_that_was_moved_is_said_to_be_gone(tmp_path: Path) -> None:
    found = what_is([tmp_path / "Film.msgproj"])
    assert found.kind == "neither"
    assert "There is no project at" in found.words
    assert "any more" in found.words
