from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from engine.project.mix_rules import audible_lanes, sounding_takes
from engine.project.project import EventSetup, Project, new_project
from engine.timing import TimeRange
from tests.engine.project import samples

LENGTH = 48_000


def with_take(
    project: Project, event_id: str, take_id: str, where: TimeRange, *, lane: str = "feet"
) -> Project:
    event = replace(samples.event(event_id), lane=lane, range=where, hit_points=())
    take = replace(samples.take(take_id, event_id, Path("takes")), range=where)
    return project.with_event(event).with_takes([take])


@pytest.fixture
def project() -> Project:
    """A late event with two takes, an early one with a take, in two lanes."""
    made = new_project("Film", replace(samples.clip(Path("film.mov")), duration_samples=LENGTH))
    made = with_take(made, "late", "late1", TimeRange(20_000, 22_000))
    made = with_take(made, "late", "late2", TimeRange(20_000, 22_000))
    return with_take(made, "early", "early1", TimeRange(1_000, 2_000), lane="props")


def heard(project: Project, **how: object) -> list[tuple[int, str, int]]:
    return [(one.cue, one.take.id, one.take_number) for one in sounding_takes(project, **how)]


def test_chosen_takes_sound_in_the_order_of_the_cue_sheet(project: Project) -> None:
    assert heard(project) == [(1, "early1", 1), (2, "late1", 1)]
    assert heard(project.with_chosen("late", "late2")) == [(1, "early1", 1), (2, "late2", 2)]


@pytest.mark.parametrize("setup", [EventSetup(muted=True), EventSetup(status="suggested")])
def test_muted_and_suggested_events_are_silent_and_keep_their_cue(
    project: Project, setup: EventSetup
) -> None:
    assert heard(replace(project, setups={"early": setup})) == [(2, "late1", 1)]


def test_a_solo_lane_silences_the_others_and_mute_wins(project: Project) -> None:
    solo = replace(project, lanes=tuple(replace(lane, solo=lane.name == "props") for lane in project.lanes))
    assert heard(solo) == [(1, "early1", 1)]
    silent = replace(solo, lanes=tuple(replace(lane, muted=lane.solo) for lane in solo.lanes))
    assert audible_lanes(silent) == ()
    assert heard(silent) == []


def test_an_auditioned_take_sounds_whatever_is_muted(project: Project) -> None:
    silent = replace(project, setups={"late": EventSetup(muted=True)})
    assert heard(silent, auditioned=project.take("late2")) == [(1, "early1", 1), (2, "late2", 2)]


def test_takes_are_cut_at_the_ends_of_the_film(project: Project) -> None:
    project = with_take(project, "first", "first1", TimeRange(-600, 1_000))
    project = with_take(project, "last", "last1", TimeRange(LENGTH - 600, LENGTH + 400))
    project = with_take(project, "gone", "gone1", TimeRange(LENGTH, LENGTH + 400))
    placed = {one.take.id: one for one in sounding_takes(project)}
    assert "gone1" not in placed
    assert placed["first1"].range == TimeRange(0, 1_000)
    assert placed["last1"].range == TimeRange(LENGTH - 600, LENGTH)
    ramp = np.arange(1_600, dtype=np.float32)
    # 600 samples lie before the film; the fades of 240 samples leave the middle alone
    assert placed["first1"].shaped(ramp)[240:760].tolist() == list(range(840, 1_360))
    assert len(placed["last1"].shaped(ramp[:1_000])) == 600


def test_levels_of_event_and_lane_add_up(project: Project) -> None:
    lanes = tuple(replace(lane, gain_db=14.0) if lane.name == "props" else lane for lane in project.lanes)
    louder = replace(project, lanes=lanes, setups={"early": EventSetup(gain_db=6.0)})
    assert next(sounding_takes(louder)).level == pytest.approx(10)


def test_a_take_of_another_length_is_refused(project: Project) -> None:
    placed = next(sounding_takes(project))
    with pytest.raises(InputError, match="Take early1 holds 999 samples, .* 1000: make it again, or choose"):
        placed.shaped(np.zeros(999, np.float32))


def test_a_project_without_a_film_is_silent(project: Project) -> None:
    assert heard(replace(project, clip=None)) == []
