import errno
import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import InputError, OutputLocationError, ProjectError, StudioError, WriteError
from engine.project.backups import list_backups
from engine.project.damage import DamagedProjectError
from engine.project.file_names import DATABASE
from engine.project.project import Project, new_project
from engine.project.project_file import (
    open_newer_project,
    open_project,
    rescue_project,
    save_project,
)
from engine.project.take_files import missing_takes
from engine.project.vote_journal import append_vote, read_votes, revoke_vote
from tests.engine.project.samples import full_project, vote


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Film.msgproj"


@pytest.fixture
def saved(tmp_path: Path, folder: Path) -> Project:
    return save_project(full_project(tmp_path, tmp_path / "film.mp4"), folder)


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """No file may grow beyond this many bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_project_comes_back_as_it_was_saved(folder: Path, saved: Project) -> None:
    assert open_project(folder) == saved


def test_folder_holds_what_the_format_says(folder: Path, saved: Project) -> None:
    takes = {take.path.relative_to(folder).as_posix() for take in saved.takes}
    assert all(name.startswith("takes/") for name in takes)
    assert names(folder) == {"project.db", "project.json", "prefs/pairs.jsonl", *takes}
    assert (folder / "cache").is_dir()


def test_project_moves_with_its_folder_and_film(tmp_path: Path, folder: Path, saved: Project) -> None:
    (tmp_path / "film.mp4").touch()
    shutil.move(tmp_path, tmp_path.with_name("moved"))
    moved = tmp_path.with_name("moved") / folder.name
    opened = open_project(moved)
    assert opened.clip is not None
    assert opened.clip.path == tmp_path.with_name("moved") / "film.mp4"
    assert missing_takes(opened) == ()
    assert opened.takes[0].path.is_relative_to(moved)


def test_saving_elsewhere_brings_the_takes_along(tmp_path: Path, folder: Path, saved: Project) -> None:
    copy = tmp_path / "Copy.msgproj"
    save_project(saved, copy)
    shutil.rmtree(folder)
    opened = open_project(copy)
    assert missing_takes(opened) == ()
    assert read_votes(copy) == saved.votes


def test_saving_again_keeps_the_save_before(folder: Path, saved: Project) -> None:
    before = (folder / DATABASE).read_bytes()
    save_project(replace(saved, name="Renamed"), folder)
    assert open_project(folder).name == "Renamed"
    assert [copy.read_bytes() for copy in list_backups(folder)] == [before]


def test_project_that_replaces_another_does_not_take_its_votes(folder: Path, saved: Project) -> None:
    journal = (folder / "prefs" / "pairs.jsonl").read_bytes()
    other = save_project(new_project("Other"), folder)
    assert open_project(folder) == other
    assert [path.read_bytes() for path in (folder / "backup").glob("pairs-*.jsonl")] == [journal]


def test_relative_folder_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    saved = save_project(full_project(Path("."), Path("film.mp4")), Path("Film.msgproj"))
    opened = open_project(Path("Film.msgproj"))
    assert opened.takes == saved.takes
    assert missing_takes(opened) == ()


def test_votes_after_the_last_save_are_there(tmp_path: Path, folder: Path, saved: Project) -> None:
    later = vote(tmp_path, verdict="second")
    append_vote(folder, later)
    revoke_vote(folder, saved.votes[0].id)
    assert open_project(folder).votes == (later,)


def test_missing_takes_do_not_keep_a_project_from_opening_or_saving(folder: Path, saved: Project) -> None:
    saved.takes[0].path.unlink()
    opened = open_project(folder)
    assert opened == saved
    assert missing_takes(opened) == ("t1",)
    assert save_project(opened, folder) == opened


def test_newer_project_names_both_versions_and_the_remedy(folder: Path, saved: Project) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 4")
    for read in (open_project, rescue_project):
        with pytest.raises(
            ProjectError, match="schema version 4, this program reads up to version 1. Update the"
        ):
            read(folder)


def test_newer_project_can_be_looked_at(folder: Path, saved: Project) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 4")
        connection.execute("ALTER TABLE event ADD COLUMN colour TEXT")
        connection.execute("CREATE TABLE room (name TEXT PRIMARY KEY)")
        connection.commit()
    assert open_newer_project(folder) == saved


@pytest.mark.parametrize("change", ["DROP TABLE marker", "ALTER TABLE lane DROP COLUMN title"])
def test_newer_project_that_changed_too_much_is_named(folder: Path, saved: Project, change: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 4")
        connection.execute(change)
        connection.commit()
    with pytest.raises(ProjectError, match="cannot even be shown by this one .*Update the program"):
        open_newer_project(folder)


@pytest.mark.parametrize("damage", [b"", b"garbage", b"SQLite format 3\x00 and then nothing"])
def test_damaged_project_names_the_backup(folder: Path, saved: Project, damage: bytes) -> None:
    save_project(saved, folder)
    (folder / DATABASE).write_bytes(damage)
    with pytest.raises(DamagedProjectError, match=r"Copy .*backup.*project-.*\.db over .*project\.db"):
        open_project(folder)
    shutil.copyfile(list_backups(folder)[0], folder / DATABASE)  # what the message says
    assert open_project(folder) == saved


def test_damaged_project_without_backup_names_the_mirror(folder: Path, saved: Project) -> None:
    (folder / DATABASE).unlink()
    with pytest.raises(
        DamagedProjectError, match=r"project\.db is missing.*project\.json holds the last save"
    ):
        open_project(folder)


def test_rescue_reads_the_mirror_of_the_last_save(folder: Path, saved: Project) -> None:
    last = save_project(replace(saved, name="Last"), folder)
    (folder / DATABASE).write_bytes(b"garbage")
    rescue = rescue_project(folder)
    assert (rescue.project, rescue.source.name) == (last, "project.json")


def test_rescue_goes_on_to_the_newest_whole_backup(folder: Path, saved: Project) -> None:
    for name in ("Second", "Third", "Fourth"):
        save_project(replace(saved, name=name), folder)
    newest = list_backups(folder)[0]
    for file in (folder / DATABASE, folder / "project.json", newest):
        file.write_bytes(b"garbage")
    rescue = rescue_project(folder)
    assert (rescue.project.name, rescue.source) == ("Second", list_backups(folder)[1])


def test_rescued_project_can_be_saved_and_the_damaged_database_is_kept(folder: Path, saved: Project) -> None:
    (folder / DATABASE).write_bytes(b"garbage")
    save_project(rescue_project(folder).project, folder)
    assert open_project(folder) == saved
    kept = list((folder / "backup").glob("damaged-*.db"))
    assert [path.read_bytes() for path in kept] == [b"garbage"]


def test_rescue_of_a_whole_project_is_opening_it(folder: Path, saved: Project) -> None:
    assert rescue_project(folder).source == folder / DATABASE


def test_rescue_without_anything_whole_says_so(folder: Path, saved: Project) -> None:
    (folder / DATABASE).write_bytes(b"garbage")
    (folder / "project.json").write_text("{")
    with pytest.raises(ProjectError, match="Nothing readable is left"):
        rescue_project(folder)


def test_places_that_are_no_project_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place, message in (
        (tmp_path / "gone", "no project at"),
        (tmp_path / "file", "is a file"),
        (tmp_path, "has no"),
    ):
        with pytest.raises(ProjectError, match=message):
            open_project(place)


def test_places_where_nothing_can_be_saved_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "no" / "Film.msgproj", tmp_path / "file" / "Film.msgproj"):
        with pytest.raises(OutputLocationError, match=place.name):
            save_project(new_project("Film"), place)
    assert names(tmp_path) == {"file"}


def test_unwritable_folder_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "mkdir", refuse)  # tests may run as root, whom no permission stops
    with pytest.raises(OutputLocationError, match=r"Film\.msgproj: permission is missing"):
        save_project(new_project("Film"), folder)


def test_full_disk_leaves_the_last_save(folder: Path, saved: Project) -> None:
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    with files_limited_to(8192), pytest.raises(WriteError, match="larger than this disk"):
        save_project(replace(saved, name="Lost"), folder)
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before
    assert open_project(folder) == saved


def test_failing_replace_leaves_the_last_save(
    folder: Path, saved: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StudioError, match="project-"):
        save_project(replace(saved, name="Lost"), folder)
    monkeypatch.undo()
    assert open_project(folder) == saved
    assert not [name for name in names(folder) if ".part" in name]


def test_take_that_is_no_sound_stops_the_save(tmp_path: Path, folder: Path) -> None:
    project = full_project(tmp_path, tmp_path / "film.mp4")
    project.takes[0].path.write_text("text")
    with pytest.raises(InputError, match=r"t1\.wav is not a WAV"):
        save_project(project, folder)
    assert not (folder / DATABASE).exists()
