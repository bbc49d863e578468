import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.errors import Cancelled
from engine.progress import GiveUp
from engine.project.project import EventSetup, Project, new_project
from engine.records import AudioInfo, Event, Take
from engine.rendering import render
from engine.timing import TimeRange
from msg_studio.guide_level import with_guide
from msg_studio.workers.laid_takes import Audition
from msg_studio.workers.mixer import FADE_FRAMES, LaidSound, Mixer
from msg_studio.workers.sound_loader import SoundCache, SoundLoader
from tests.msg_studio.scene import make_film, make_take

FILM = 4 * 48_000


def write_take(folder: Path, event: Event, number: int, where: TimeRange, *, level: float = 0.3) -> Take:
    sound = np.random.default_rng(number).uniform(-level, level, where.duration_samples).astype(np.float32)
    path = folder / f"{event.id}_{number}.wav"
    soundfile.write(path, sound, 48_000, subtype="FLOAT")
    digest = hashlib.sha256(sound.tobytes()).hexdigest()
    return replace(make_take(event, number), path=path, range=where, sha256=digest)


def make_event(name: str, lane: str, start: int, end: int) -> Event:
    return Event(name, lane, "FEETHmn", TimeRange(start, end), (), 0.9, "contact")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two lanes that overlap, fades, levels; one take reaches beyond the film."""
    step, door = make_event("e001", "feet", 48_000, 60_000), make_event("e002", "props", 55_000, FILM)
    takes = (
        write_take(tmp_path, step, 1, TimeRange(40_000, 70_000)),
        write_take(tmp_path, step, 2, TimeRange(40_000, 70_000)),
        write_take(tmp_path, door, 3, TimeRange(50_000, FILM + 9_000)),
    )
    made = new_project("Film", make_film(tmp_path / "film.mp4", duration_samples=FILM))
    made = made.with_event(step, EventSetup(gain_db=-3, fade_in_samples=3000))
    made = made.with_event(door, EventSetup(fade_out_samples=20_000))
    lanes = tuple(replace(lane, gain_db=2.5) if lane.name == "feet" else lane for lane in made.lanes)
    return replace(made, lanes=lanes).with_takes(takes)


@pytest.fixture
def loader(qtbot: QtBot, tmp_path: Path) -> Iterator[SoundLoader]:
    owner = QObject()
    made = SoundLoader(owner, folder=tmp_path / "guides")
    yield made
    made.shut_down()
    owner.deleteLater()


def loaded(qtbot: QtBot, loader: SoundLoader, project: Project, **options: Audition) -> tuple[LaidSound, ...]:
    with qtbot.waitSignal(loader.loaded) as told:
        loader.load(project, **options)
    assert told.args is not None
    sounds: tuple[LaidSound, ...] = told.args[0]
    return sounds


def heard(sounds: tuple[LaidSound, ...]) -> np.ndarray:
    """What the mixer plays of the film from its start, left channel, without the fade at the start."""
    mixer = Mixer()
    mixer.set_length(FILM)
    mixer.set_sounds(sounds)
    mixer.set_speed(1)
    block = np.zeros((FILM, 2), dtype=np.float32)
    mixer.fill(block)
    np.testing.assert_array_equal(block[:, 0], block[:, 1])
    return block[FADE_FRAMES:, 0]


def names(sounds: tuple[LaidSound, ...]) -> list[str]:
    return [sound.name for sound in sounds]


def as_it_is(project: Project) -> Project:
    return project


def muted_event(project: Project) -> Project:
    return project.with_event(project.events[0], replace(project.setup("e001"), muted=True))


def suggested_event(project: Project) -> Project:
    return project.with_event(project.events[1], replace(project.setup("e002"), status="suggested"))


def muted_lane(project: Project) -> Project:
    return replace(project, lanes=tuple(replace(lane, muted=lane.name == "feet") for lane in project.lanes))


def solo_lane(project: Project) -> Project:
    return replace(project, lanes=tuple(replace(lane, solo=lane.name == "feet") for lane in project.lanes))


def other_choice(project: Project) -> Project:
    return project.with_chosen("e001", "e001_t2")


def loud(project: Project) -> Project:
    return project.with_event(project.events[0], replace(project.setup("e001"), gain_db=12))


def panned(project: Project) -> Project:
    project = project.with_event(project.events[0], replace(project.setup("e001"), pan=-1))
    return replace(project, lanes=tuple(replace(lane, pan=0.5) for lane in project.lanes))


@pytest.mark.parametrize(
    "change", [as_it_is, muted_event, suggested_event, muted_lane, solo_lane, other_choice, loud, panned]
)
def test_the_preview_is_what_export_renders(
    qtbot: QtBot, loader: SoundLoader, project: Project, change: Callable[[Project], Project]
) -> None:
    changed = change(project)
    rendering = render(changed)
    preview = heard(loaded(qtbot, loader, changed))
    expected = rendering.mix[0, FADE_FRAMES:] / 10 ** (rendering.gain_db / 20)
    assert np.abs(preview).max() > 0.05
    np.testing.assert_allclose(preview, expected, atol=1e-6)


def test_an_auditioned_take_sounds_in_place_of_the_chosen_one(
    qtbot: QtBot, loader: SoundLoader, project: Project
) -> None:
    sounds = loaded(qtbot, loader, project, audition=Audition("e001_t2"))
    assert names(sounds) == ["e001_t2", "e002_t3"]


def test_an_auditioned_take_is_heard_though_its_event_and_lane_are_muted(
    qtbot: QtBot, loader: SoundLoader, project: Project
) -> None:
    silenced = muted_lane(muted_event(project))
    assert names(loaded(qtbot, loader, silenced)) == ["e002_t3"]
    sounds = loaded(qtbot, loader, silenced, audition=Audition("e001_t1"))
    assert names(sounds) == ["e001_t1", "e002_t3"]


def test_a_solo_audition_silences_the_rest(qtbot: QtBot, loader: SoundLoader, project: Project) -> None:
    sounds = loaded(qtbot, loader, project, audition=Audition("e001_t2", solo=True))
    assert names(sounds) == ["e001_t2"]


def test_a_missing_take_is_named_and_silent(qtbot: QtBot, loader: SoundLoader, project: Project) -> None:
    project.takes[0].path.unlink()
    silent: list[tuple[str, ...]] = []
    problems: list[str] = []
    loader.silent_takes.connect(silent.append)
    loader.problem.connect(problems.append)
    assert names(loaded(qtbot, loader, project)) == ["e002_t3"]
    assert names(loaded(qtbot, loader, project)) == ["e002_t3"]
    assert silent == [("e001_t1",), ("e001_t1",)]
    assert len(problems) == 1  # said once
    assert "e001_t1" in problems[0]


@pytest.mark.parametrize("wrong", ["length", "rate", "bytes"])
def test_a_take_that_does_not_fit_its_place_is_silent(
    qtbot: QtBot, loader: SoundLoader, project: Project, wrong: str
) -> None:
    path, length = project.takes[0].path, project.takes[0].range.duration_samples
    if wrong == "bytes":
        path.write_bytes(b"no sound")
    else:
        soundfile.write(path, np.zeros(length - (wrong == "length")), 44_100 if wrong == "rate" else 48_000)
    with qtbot.waitSignal(loader.silent_takes) as told:
        loader.load(project)
    assert told.args == [("e001_t1",)]


def test_a_take_is_decoded_once(qtbot: QtBot, loader: SoundLoader, project: Project) -> None:
    before = loaded(qtbot, loader, project)
    for take in project.takes:
        take.path.unlink()
    after = loaded(qtbot, loader, loud(project))
    assert names(after) == names(before)


def test_only_the_latest_request_is_announced(qtbot: QtBot, loader: SoundLoader, project: Project) -> None:
    announced: list[list[str]] = []
    loader.loaded.connect(lambda sounds: announced.append(names(sounds)))
    for _request in range(50):
        loader.load(project)
    loader.load(other_choice(project))
    qtbot.waitUntil(lambda: bool(announced))
    assert announced == [["e001_t2", "e002_t3"]]


def test_listeners_are_called_on_the_thread_of_the_window(
    qtbot: QtBot, loader: SoundLoader, project: Project
) -> None:
    threads: list[QThread] = []
    loader.loaded.connect(lambda _sounds: threads.append(QThread.currentThread()))
    loader.load(project)
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [QThread.currentThread()]


def with_guide_track(project: Project, path: Path, *, channels: int = 2) -> Project:
    assert project.clip is not None
    film = replace(project.clip, path=path, audio=AudioInfo("aac", 48_000, channels, FILM))
    return replace(project, clip=film)


@pytest.fixture
def guide(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Production sound in stereo, (N, 2)."""
    sound = np.random.default_rng(9).integers(-6_000, 6_000, (FILM, 2), dtype=np.int16)
    monkeypatch.setattr("msg_studio.workers.sound_loader.read_guide", lambda *_, **__: sound)
    return sound


def loaded_with_guide(qtbot: QtBot, loader: SoundLoader, project: Project) -> dict[str, LaidSound]:
    found: dict[str, LaidSound] = {}

    def note(sounds: tuple[LaidSound, ...]) -> None:
        found.clear()
        found.update({sound.name: sound for sound in sounds})

    loader.loaded.connect(note)
    loader.load(project)
    qtbot.waitUntil(lambda: "guide" in found)
    loader.loaded.disconnect(note)
    return found


def test_the_guide_sounds_under_the_takes(
    qtbot: QtBot, loader: SoundLoader, project: Project, guide: np.ndarray
) -> None:
    film = with_guide_track(project, Path("film.mp4"))
    laid = loaded_with_guide(qtbot, loader, film)["guide"]
    np.testing.assert_array_equal(laid.samples, guide)
    assert laid.start_sample == 0
    assert laid.gain == pytest.approx(10 ** (-12 / 20))


@pytest.mark.usefixtures("guide")
def test_the_guide_is_heard_as_it_is_before_there_are_takes(
    qtbot: QtBot, loader: SoundLoader, project: Project
) -> None:
    film = replace(with_guide_track(project, Path("film.mp4")), takes=(), chosen=frozenset())
    assert loaded_with_guide(qtbot, loader, film)["guide"].gain == 1


@pytest.mark.usefixtures("guide")
def test_the_guides_fader_and_mute_are_obeyed(qtbot: QtBot, loader: SoundLoader, project: Project) -> None:
    film = with_guide(with_guide_track(project, Path("film.mp4")), gain_db=-20)
    assert loaded_with_guide(qtbot, loader, film)["guide"].gain == pytest.approx(0.1)
    assert "guide" not in names(loaded(qtbot, loader, with_guide(film, muted=True)))
    assert "guide" not in names(loaded(qtbot, loader, solo_lane(film)))


def test_a_film_that_cannot_be_read_is_said_and_the_takes_sound(
    qtbot: QtBot, loader: SoundLoader, project: Project, tmp_path: Path
) -> None:
    film = with_guide_track(project, tmp_path / "gone.mp4")
    problems: list[str] = []
    loader.problem.connect(problems.append)
    assert names(loaded(qtbot, loader, film)) == ["e001_t1", "e002_t3"]
    qtbot.waitUntil(lambda: bool(problems))
    assert "gone.mp4" in problems[0]


def test_a_guide_that_is_not_wanted_any_more_is_given_up(
    qtbot: QtBot, loader: SoundLoader, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, given_up = threading.Event(), threading.Event()
    good = np.zeros((FILM, 1), dtype=np.int16)

    def read(film: Path, _folder: Path, *, give_up: GiveUp) -> np.ndarray:
        if film.name == "second.mp4":
            return good
        begun.set()
        while not give_up():
            pass
        given_up.set()
        raise Cancelled("not wanted")

    monkeypatch.setattr("msg_studio.workers.sound_loader.read_guide", read)
    loader.load(with_guide_track(project, Path("first.mp4")))
    assert begun.wait(10)
    second = with_guide_track(project, Path("second.mp4"))
    assert loaded_with_guide(qtbot, loader, second)["guide"].samples is good
    assert given_up.is_set()


def test_nothing_is_announced_after_the_shut_down(
    qapp: QApplication, loader: SoundLoader, project: Project
) -> None:
    announced: list[object] = []
    loader.loaded.connect(announced.append)
    loader.load(project)
    loader.shut_down()  # the thread may have put its result into the queue of this one
    qapp.processEvents()
    assert not announced


def test_the_cache_forgets_what_was_not_used_for_longest() -> None:
    cache = SoundCache(most_bytes=8000)
    first, second, third = (np.full(1000, value, dtype=np.float32) for value in (1, 2, 3))
    cache.put("first", first)
    cache.put("second", second)
    assert cache.get("first") is first
    cache.put("third", third)
    assert cache.get("second") is None
    assert cache.get("first") is first
    assert cache.get("third") is third
    assert cache.bytes_held == 8000
