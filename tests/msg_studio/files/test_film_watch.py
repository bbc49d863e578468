"""The film of the open project: looked for when it opens, found again, linked as one step."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import ProjectError
from engine.media.video_reader import probe
from engine.project.project import new_project
from msg_studio.files.film_link import CHANGED, MISSING, NO_FILM, PRESENT, FilmMatch
from msg_studio.files.film_watch import FilmWatch
from msg_studio.qt_models.project_model import ProjectModel
from tests.coded_film import even_pts, make_film


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_film(tmp_path / "film.mp4", pts=even_pts(10))


@pytest.fixture
def model(qtbot: QtBot) -> ProjectModel:
    return ProjectModel()


@pytest.fixture
def watch(model: ProjectModel) -> Iterator[FilmWatch]:
    made = FilmWatch(model)
    yield made
    made.shut_down()


def show(qtbot: QtBot, model: ProjectModel, watch: FilmWatch, film: Path, *, reason: str = "") -> None:
    project = new_project("Film", probe(film))
    with qtbot.waitSignal(watch.state_changed):
        model.show_project(project, read_only_reason=reason)


def test_film_is_looked_at_when_a_project_opens(
    qtbot: QtBot, model: ProjectModel, watch: FilmWatch, film: Path
) -> None:
    show(qtbot, model, watch, film)
    assert watch.state.state == PRESENT
    model.close_project()
    assert watch.state.state == NO_FILM


def test_moved_film_is_found_and_linked_as_one_step(
    qtbot: QtBot, model: ProjectModel, watch: FilmWatch, film: Path, tmp_path: Path
) -> None:
    show(qtbot, model, watch, film)
    moved = film.rename(tmp_path / "renamed.mp4")
    with qtbot.waitSignal(watch.state_changed, check_params_cb=lambda state: state.state == MISSING):
        watch.check()
    with qtbot.waitSignal(watch.found) as found:
        watch.search()
    watch.use(found.args[0])
    assert watch.state.state == PRESENT
    assert model.project.clip is not None
    assert model.project.clip.path == moved
    assert model.undo_stack.count() == 1


def test_search_in_vain_says_what_to_do(
    qtbot: QtBot, model: ProjectModel, watch: FilmWatch, film: Path, tmp_path: Path
) -> None:
    show(qtbot, model, watch, film)
    film.unlink()
    with qtbot.waitSignal(watch.not_found) as told:
        watch.search(tmp_path)
    assert told.args == ["film.mp4 was not found there. Name another folder, or pick the film itself."]


def test_changed_film_can_be_used_or_left(
    qtbot: QtBot, model: ProjectModel, watch: FilmWatch, film: Path
) -> None:
    show(qtbot, model, watch, film)
    old = model.project.clip
    make_film(film, pts=even_pts(20))
    with qtbot.waitSignal(watch.state_changed, check_params_cb=lambda state: state.state == CHANGED):
        watch.check()
    assert model.project.clip == old  # nothing happens by itself
    assert watch.state.info is not None
    watch.use(FilmMatch(watch.state.info, same=False))
    assert watch.state.state == PRESENT
    assert model.project.clip == probe(film)


def test_read_only_project_is_not_linked_anew(
    qtbot: QtBot, model: ProjectModel, watch: FilmWatch, film: Path
) -> None:
    show(qtbot, model, watch, film, reason="open elsewhere")
    make_film(film, pts=even_pts(20))
    with qtbot.waitSignal(watch.state_changed):
        watch.check()
    assert watch.state.info is not None
    with pytest.raises(ProjectError, match="read-only"):
        watch.use(FilmMatch(watch.state.info, same=False))
    assert watch.state.state == CHANGED


def test_answer_for_a_project_that_was_left_is_dropped(
    qtbot: QtBot, model: ProjectModel, watch: FilmWatch, film: Path
) -> None:
    show(qtbot, model, watch, film)
    told: list[object] = []
    watch.found.connect(told.append)
    watch.not_found.connect(told.append)
    watch.search()
    model.show_project(new_project("Next"))
    with qtbot.waitSignal(watch.searching_changed, check_params_cb=lambda busy: not busy):
        pass
    assert told == []
    assert watch.state.state == NO_FILM


def test_late_answer_about_the_film_before_does_not_unlink_the_new_one(
    qtbot: QtBot, model: ProjectModel, watch: FilmWatch, film: Path, tmp_path: Path
) -> None:
    show(qtbot, model, watch, film)
    states: list[str] = []
    watch.state_changed.connect(lambda state: states.append(state.state))
    copy = make_film(tmp_path / "copy.mp4", pts=even_pts(10))
    film.unlink()
    watch.check()
    watch.use(FilmMatch(probe(copy), same=True))
    with qtbot.waitSignal(watch.searching_changed, check_params_cb=lambda busy: not busy):
        pass
    assert states == [PRESENT]
