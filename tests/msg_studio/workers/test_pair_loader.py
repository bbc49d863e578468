from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from engine.errors import InputError
from engine.loudness import loudness_lufs
from engine.project.project import Project
from engine.records import FloatArray, Take
from msg_studio.compare.pairing import TakePair
from msg_studio.compare.trials import Trial
from msg_studio.workers.pair_loader import PairLoader, PairSounds, pair_sounds
from tests.msg_studio.scene import DOOR, STEP, make_take, opened_project


def sound_of(take: Take) -> FloatArray:
    """Noise that is 9 dB louder in take 1 than in any other."""
    noise = np.random.default_rng(take.seed).uniform(-0.3, 0.3, take.range.duration_samples)
    return (noise * (1.0 if take.seed == 1 else 10 ** (-9 / 20))).astype(np.float32)


def trial_of(project: Project) -> Trial:
    first, second = project.takes_of(STEP.id)
    return Trial(first, second, TakePair(first, second))


@pytest.fixture
def project() -> Project:
    """The step with two takes, and beside it in the mix the door."""
    return replace(opened_project(), setups={}).with_takes([make_take(DOOR, 3)])


def test_both_sides_are_equally_loud_over_the_event(project: Project) -> None:
    sounds = pair_sounds(project, trial_of(project), sound_of)
    heard = [sounds.sides[side] for side in ("X", "Y")]
    assert [sound.name for sound in heard] == ["e001_t1", "e001_t2"]
    levels = [loudness_lufs((sound.samples * sound.gain).astype(np.float32)) for sound in heard]
    assert levels[0] == pytest.approx(levels[1], abs=0.1)
    assert sounds.match.y_db == 0.0
    assert sounds.match.x_db == pytest.approx(-9, abs=1.0)
    assert [sound.start_sample for sound in heard] == [48_000, 48_000]


def test_the_rest_of_the_mix_is_the_same_for_both_sides_and_can_be_left_out(project: Project) -> None:
    sounds = pair_sounds(project, trial_of(project), sound_of)
    assert [sound.name for sound in sounds.heard("X", mix=True)] == ["e001_t1", "e002_t3"]
    assert sounds.heard("X", mix=True)[1] is sounds.heard("Y", mix=True)[1]
    assert [sound.name for sound in sounds.heard("Y", mix=False)] == ["e001_t2"]


def test_handles_outside_the_event_do_not_decide_the_level(project: Project) -> None:
    long = replace(STEP.range, start_samples=24_000, end_samples=96_000)

    def read(take: Take) -> FloatArray:
        sound = np.full(72_000, 0.001, dtype=np.float32)
        sound[24_000:48_000] = np.sin(np.arange(24_000) * 0.13) * 0.2  # the event itself
        sound[:12_000] = 0.9 if take.seed == 1 else 0.0
        return sound

    takes = [replace(take, range=long) for take in project.takes_of(STEP.id)]
    wide = replace(project, takes=(*takes, project.take("e002_t3")))
    sounds = pair_sounds(wide, trial_of(wide), read)
    assert (sounds.match.x_db, sounds.match.y_db) == (pytest.approx(0, abs=0.01), pytest.approx(0, abs=0.01))


@pytest.fixture
def loader(qtbot: QtBot) -> Iterator[PairLoader]:
    owner = QObject()
    made = PairLoader(owner, read=sound_of)
    yield made
    made.shut_down()
    owner.deleteLater()


def test_sounds_come_on_a_signal(qtbot: QtBot, loader: PairLoader, project: Project) -> None:
    trial = trial_of(project)
    with qtbot.waitSignal(loader.loaded) as told:
        loader.load(project, trial)
    assert told.args is not None
    sounds = told.args[0]
    assert isinstance(sounds, PairSounds)
    assert sounds.trial is trial


def test_a_take_that_cannot_be_read_is_told(qtbot: QtBot, project: Project) -> None:
    def read(take: Take) -> FloatArray:
        if take.seed == 2:
            raise InputError("Take e001_t2 cannot be read")
        return sound_of(take)

    owner = QObject()
    loader = PairLoader(owner, read=read)
    with qtbot.waitSignal(loader.failed) as told:
        loader.load(project, trial_of(project))
    assert told.args == [
        "A pair was passed over, one of its takes cannot be heard: Take e001_t2 cannot be read"
    ]
    loader.shut_down()
    owner.deleteLater()


def test_what_was_given_up_is_not_delivered(qtbot: QtBot, loader: PairLoader, project: Project) -> None:
    first, second = trial_of(project), trial_of(project)
    loader.load(project, first)
    loader.load(project, second)
    with qtbot.waitSignal(loader.loaded) as told:
        pass
    assert told.args is not None
    assert told.args[0].trial is second
