from pathlib import Path

import pytest

from engine.errors import Cancelled, InputError
from engine.export import check_preview_place, without_suggestions, write_export
from engine.progress import Progress, StageWatch
from engine.project.project import EventSetup, Project, new_project
from tests.engine.project.samples import clip, event, take, write_wav


def project(folder: Path, *, status: str = "review") -> Project:
    one = take("t1", "e001", folder)
    write_wav(one.path, bytes(2 * one.range.duration_samples))
    made = new_project("Walk", clip(folder / "film.mp4"))
    return made.with_event(event("e001"), EventSetup(status=status)).with_takes([one])


def test_stages_are_told_and_measured(tmp_path: Path) -> None:
    seen: list[Progress] = []
    watch = StageWatch(seen.append)
    written = write_export(project(tmp_path), tmp_path / "out", watch=watch, preview=False, cue_sheet=True)
    assert [(told.stage, told.done) for told in seen] == [("write stems", 0), ("write stems", 1)]
    assert list(watch.seconds) == ["write stems", "write cue sheet"]
    assert written.preview is None
    assert {path.name for path in written.files} >= {"mix.wav", "cues.csv"}
    assert all(path.is_file() for path in written.files)


def test_export_stops_between_its_stages(tmp_path: Path) -> None:
    watch = StageWatch()
    watch.listener = lambda told: watch.cancel.cancel() if told.done else None
    with pytest.raises(Cancelled):
        write_export(project(tmp_path), tmp_path / "out", watch=watch, preview=False, cue_sheet=True)
    assert (tmp_path / "out" / "mix.wav").is_file()
    assert not (tmp_path / "out" / "cues.csv").exists()


def test_suggested_events_are_left_out_with_their_takes(tmp_path: Path) -> None:
    suggested = project(tmp_path, status="suggested")
    accepted = suggested.with_event(event("e002"))
    assert [one.id for one in without_suggestions(accepted).events] == ["e002"]
    assert without_suggestions(accepted).takes == ()


def test_preview_must_not_take_the_place_of_the_film(tmp_path: Path) -> None:
    film = tmp_path / "preview.mp4"
    film.touch()
    with pytest.raises(InputError, match="would be replaced"):
        check_preview_place(tmp_path, film)
    check_preview_place(tmp_path / "other", film)
