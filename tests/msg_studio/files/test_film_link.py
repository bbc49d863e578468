"""The film of a project: present, missing, changed; found again by content before name."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engine.media.video_reader import probe
from engine.project.project import Project, new_project
from engine.records import ClipInfo
from msg_studio.files.film_link import (
    CHANGED,
    MISSING,
    NO_FILM,
    PRESENT,
    film_state,
    find_film,
    missing_takes_in_words,
)
from tests.coded_film import even_pts, make_film
from tests.msg_studio.scene import STEP, make_take


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (tmp_path / "old").mkdir()
    return make_film(tmp_path / "old" / "film.mp4", pts=even_pts(10))


@pytest.fixture
def other_film(tmp_path: Path) -> Path:
    (tmp_path / "other").mkdir()
    return make_film(tmp_path / "other" / "else.mp4", pts=even_pts(20))


def project_of(film: Path) -> Project:
    return new_project("Film", probe(film))


def moved(film: Path, to: Path) -> tuple[ClipInfo, Path]:
    """The film as its project knew it, and where it is now."""
    clip = probe(film)
    to.parent.mkdir(parents=True, exist_ok=True)
    return clip, Path(shutil.move(film, to))


def test_film_that_is_there_is_present(film: Path) -> None:
    state = film_state(project_of(film))
    assert (state.state, state.words) == (PRESENT, "")


def test_project_without_a_film_lacks_none() -> None:
    assert film_state(new_project("Empty")).state == NO_FILM


def test_missing_film_is_named_with_what_still_works(film: Path) -> None:
    project = project_of(film)
    film.unlink()
    state = film_state(project)
    assert state.state == MISSING
    assert f"film.mp4 is not at {film.parent} any more" in state.words
    assert "events can be used" in state.words


def test_changed_film_says_how_its_length_differs(film: Path, other_film: Path) -> None:
    project = project_of(film)
    shutil.copyfile(other_film, film)
    state = film_state(project)
    assert state.state == CHANGED
    assert "It is longer: it lasts 0.667 s, the film of the project lasted 0.334 s" in state.words
    assert "Use it, and all events stay where they are in time; or keep" in state.words
    assert state.info is not None


def test_film_of_the_same_length_with_other_content_has_changed(film: Path) -> None:
    project = new_project("Film", replace(probe(film), fingerprint="0" * 64))
    assert "same length but other content" in film_state(project).words


def test_shorter_film_says_what_becomes_of_late_events(film: Path, other_film: Path) -> None:
    project = project_of(other_film)
    shutil.copyfile(film, other_film)
    assert "events beyond its end are kept but have no picture" in film_state(project).words


def test_film_that_became_unreadable_has_changed(film: Path) -> None:
    project = project_of(film)
    film.write_bytes(b"no film")
    state = film_state(project)
    assert (state.state, state.info) == (CHANGED, None)
    assert "cannot be read any more" in state.words


@pytest.mark.parametrize("place", ["new/film.mp4", "new/Film.msgproj/film.mp4", "old/renamed.mp4"])
def test_film_is_found_beside_the_project_in_it_and_at_its_old_place(
    tmp_path: Path, film: Path, place: str
) -> None:
    folder = tmp_path / "new" / "Film.msgproj"
    folder.mkdir(parents=True)
    clip, now = moved(film, tmp_path / place)
    match = find_film(clip, project_folder=folder)
    assert match is not None
    assert (match.same, match.info.path, match.words) == (True, now, "")


def test_folder_the_user_names_is_searched_with_the_folders_in_it(tmp_path: Path, film: Path) -> None:
    clip, now = moved(film, tmp_path / "archive" / "2026" / "reel" / "x.mp4")
    assert find_film(clip) is None
    match = find_film(clip, given=tmp_path / "archive")
    assert match is not None
    assert match.info.path == now


def test_content_wins_over_name(tmp_path: Path, film: Path, other_film: Path) -> None:
    clip, now = moved(film, tmp_path / "a" / "renamed.mp4")
    shutil.copyfile(other_film, tmp_path / "a" / "film.mp4")
    (tmp_path / "a" / "broken.mp4").write_bytes(b"no film")
    match = find_film(clip, given=tmp_path / "a")
    assert match is not None
    assert (match.same, match.info.path) == (True, now)


def test_film_of_the_same_name_is_offered_with_a_warning(
    tmp_path: Path, film: Path, other_film: Path
) -> None:
    clip = probe(film)
    film.unlink()
    (tmp_path / "a").mkdir()
    shutil.copyfile(other_film, tmp_path / "a" / "FILM.mp4")
    match = find_film(clip, given=tmp_path / "a")
    assert match is not None
    assert not match.same
    assert match.words.startswith("FILM.mp4 is not the same film. It is longer")


def test_other_films_are_not_offered(tmp_path: Path, film: Path, other_film: Path) -> None:
    clip = probe(film)
    film.unlink()
    assert find_film(clip, given=other_film.parent) is None


def test_film_the_user_names_is_compared_whatever_its_name(film: Path, other_film: Path) -> None:
    clip = probe(film)
    match = find_film(clip, given=other_film)
    assert match is not None
    assert "else.mp4 is not the same film. It is longer" in match.words
    film.write_bytes(b"no film")
    assert find_film(clip, given=film) is None


def test_search_ends_when_told(film: Path) -> None:
    clip = probe(film)
    assert find_film(clip, stopped=lambda: True) is None


def test_takes_without_sound_are_named() -> None:
    project = new_project("Film").with_event(STEP)
    assert missing_takes_in_words(project) == ""
    five = project.with_takes(make_take(STEP, number) for number in range(1, 6))
    words = missing_takes_in_words(five)
    assert words.startswith("5 takes have lost the sound file: e001_t1, e001_t2, e001_t3 and 2 more.")
    assert missing_takes_in_words(project.with_takes([make_take(STEP, 1)])).startswith("1 take has lost")
