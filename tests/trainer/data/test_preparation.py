from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from engine.errors import OutputLocationError, WorkError
from tests.trainer.data.small_films import SmallFilms, config_of
from trainer.data.preparation import run_jobs
from trainer.data.video_source import prepare_films


def test_bad_rows_are_skipped_counted_and_told_apart(films: SmallFilms, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    found = prepare_films(
        config_of(films.mixed, tmp_path), listener=lambda step: told.append((step.done, step.total))
    )
    assert [Path(film.name).name for film in found.films] == [path.name for path in films.good]
    assert [film.steps for film in found.films] == [75, 88, 100, 112]
    assert [film.number for film in found.films] == [2, 3, 4, 5]
    assert [film.label for film in found.films] == [path.stem for path in films.good]
    reasons = {Path(film.name).stem: (film.place, film.reason) for film in found.bad}
    expected = {
        "missing": ("6", "cannot be read: No such file"),
        "corrupt": ("7", "corrupt.mp4 is not a film"),
        "cut": ("8", "cut.mp4 is cut short"),
        "silent": ("9", "silent: its log-mel varies by 0.0000"),
        "mute": ("10", "mute.mp4 has no sound track"),
        "short": ("11", "too short: 0.60 s, the crops of a film and their distances need 1.92 s"),
    }
    assert set(reasons) == set(expected)
    for name, (place, words) in expected.items():
        assert reasons[name][0] == place
        assert reasons[name][1].startswith(words)
    assert (found.rows, found.made, found.cached) == (10, 6, 0)
    assert told[:10] == [(done, 10) for done in range(1, 11)]
    assert told[10:] == [(done, 4) for done in range(1, 5)]  # sounds of the good ones, checked


def test_second_preparation_decodes_nothing(
    films: SmallFilms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare_films(config_of(films.mixed, tmp_path))

    def refuse(*_arguments: object, **_named: object) -> None:
        pytest.fail("a film was decoded again")

    monkeypatch.setattr("trainer.data.preparation.film_features", refuse)
    again = prepare_films(config_of(films.mixed, tmp_path))
    assert (again.films, again.bad) == (first.films, first.bad)
    assert (again.made, again.cached) == (0, 9)  # the missing film has neither features nor verdict


def test_changed_film_and_damaged_features_are_made_anew(films: SmallFilms, tmp_path: Path) -> None:
    manifest = tmp_path / "films.csv"
    manifest.write_text(
        "file,start_s,duration_s,label,split\na.mp4,,,x,train\nb.mp4,,,x,train\n", encoding="utf-8"
    )
    for name, source in (("a.mp4", films.good[0]), ("b.mp4", films.good[1])):
        (tmp_path / name).write_bytes(source.read_bytes())
    config = config_of(manifest, tmp_path / "cache")
    first = prepare_films(config)
    (tmp_path / "a.mp4").write_bytes(films.good[2].read_bytes())
    first.films[1].path.write_bytes(b"")
    again = prepare_films(config)
    assert (again.made, again.cached) == (2, 0)
    assert [film.steps for film in again.films] == [100, 88]


def test_two_workers_prepare_what_one_does(films: SmallFilms, cache: Path, tmp_path: Path) -> None:
    alone = prepare_films(config_of(films.manifest, cache))
    both = prepare_films(config_of(films.manifest, tmp_path, workers=2), rank=1, world=2)
    assert both.made == 4
    assert [film.path.name for film in both.films] == [film.path.name for film in alone.films]
    for one, other in zip(both.films, alone.films, strict=True):
        assert one.path.read_bytes() == other.path.read_bytes()


def test_full_or_wrong_place_is_no_bad_film(films: SmallFilms, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputLocationError):
        prepare_films(config_of(films.manifest, tmp_path / "file"))


def test_killed_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: object) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor.map", killed)
    with pytest.raises(WorkError, match="was killed, most often for want of memory"):
        list(run_jobs(abs, [1, 2], workers=2))
