"""Orders for takes as they leave the window, and where their takes are laid."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import InputError, ProjectError
from engine.orders import RegenerateRange
from engine.project.project import EventSetup, Project, new_project
from engine.records import HitPoint
from engine.timing import TimeRange
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.take_orders import (
    Places,
    checked_stretch,
    first_seed,
    last_seed,
    moved_along,
    order_now,
    order_words,
    others_beside,
    takes_order,
)
from tests.msg_studio.scene import DOOR, STEP, make_film, make_take

OPTIONS = GenerateOptions(takes=2, steps=5, guidance=2.5, seed=None, variation=0.4, level_db=-3.0)
PLACES = Places(Path("film.mp4"), Path("takes"), Path("maps"))
TAKE = make_take(STEP, 1)  # 1.000 s to 1.500 s


@pytest.fixture
def project() -> Project:
    return new_project("Film", make_film()).with_event(STEP).with_event(DOOR).with_takes([TAKE])


def regenerate(project: Project) -> RegenerateRange:
    how = takes_order(project, "e001", OPTIONS, PLACES, seed=7)
    return RegenerateRange(PLACES.film, TAKE, TimeRange(50_000, 60_000), 0.5, how)


def test_knobs_words_and_hit_strengths_travel_with_the_order(project: Project) -> None:
    soft = replace(STEP, hit_points=(HitPoint(50_000, 0.3), HitPoint(60_000, 0.9)))
    setup = EventSetup(prompt="boots", negative_prompt="rain")
    order = takes_order(project.with_event(soft, setup), "e001", OPTIONS, PLACES, seed=7)
    assert (order.variation, order.level_db, order.takes, order.steps) == (0.4, -3.0, 2, 5)
    assert (order.prompt, order.negative_prompt, order.seed) == ("boots", "rain", 7)
    assert [hit.strength for hit in order.event.hit_points] == [0.3, 0.9]
    assert last_seed(order) == 8


def test_accepted_events_at_the_same_time_are_kept_away_from(project: Project) -> None:
    start, end = STEP.range.start_samples, STEP.range.end_samples
    ranges = {
        "over": TimeRange(start + 1_000, end + 9_000),
        "just before": TimeRange(start - 4_800, start),
        "touching inside": TimeRange(end - 1, end + 4_800),
        "same sound": TimeRange(start, end),
        "suggested": TimeRange(start, end),
        "twice": TimeRange(start, end),
    }
    sounds = {"over": "RAINMisc", "just before": "WIND", "touching inside": "BELLMisc"}
    sounds |= {"same sound": STEP.cat_id, "suggested": "DOORWood", "twice": "RAINMisc"}
    for name, where in ranges.items():
        status = "suggested" if name == "suggested" else "to do"
        other = replace(DOOR, id=name, range=where, cat_id=sounds[name])
        project = project.with_event(other, EventSetup(status=status))
    assert others_beside(project, STEP) == ("RAINMisc", "BELLMisc")
    assert takes_order(project, "e001", OPTIONS, PLACES, seed=7).others == ("RAINMisc", "BELLMisc")
    assert others_beside(project, DOOR) == ()


def test_a_marked_stretch_inside_the_take_is_taken_as_it_is(project: Project) -> None:
    for where in (TimeRange(50_000, 60_000), TAKE.range):
        assert checked_stretch(project, TAKE, where) == where


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        (None, "Mark the stretch to make anew with I and O first"),
        (TimeRange(0, 9_600), "01:00:00:00 to 01:00:00:05, but take 1 runs from 01:00:01:00 to 01:00:01:12"),
        (TimeRange(47_999, 60_000), "move the marks inside it"),
        (TimeRange(60_000, 72_001), "move the marks inside it"),
        (TimeRange(50_000, 51_919), "lasts 39 ms, at least 40 ms"),
        (TimeRange(50_000, 50_480), "lasts 10 ms, at least 40 ms can be made anew: move In and Out apart"),
    ],
)
def test_marks_that_cannot_be_used_are_refused_with_the_remedy(
    project: Project, marked: TimeRange | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        checked_stretch(project, TAKE, marked)


def test_a_regenerated_stretch_is_listed_with_its_take(project: Project) -> None:
    assert order_words(project, regenerate(project)) == "Regenerate 01:00:01:01 to 01:00:01:06 of take 1"


def test_an_order_given_again_is_for_the_take_where_it_lies_now(project: Project) -> None:
    order = regenerate(project)
    moved = replace(TAKE, range=TAKE.range.shifted(4_800))
    event = replace(STEP, range=STEP.range.shifted(4_800))
    later = replace(project, takes=(moved,)).with_event(event)
    again = order_now(later, order, Places(Path("moved.mp4"), Path("elsewhere"), Path("maps")))
    assert isinstance(again, RegenerateRange)
    assert (again.take, again.where, again.how.event) == (moved, TimeRange(54_800, 64_800), event)
    assert (again.film, again.how.film, again.how.folder) == (
        Path("moved.mp4"), Path("moved.mp4"), Path("elsewhere"),
    )  # fmt: skip


def test_an_order_whose_take_or_event_is_gone_is_refused(project: Project) -> None:
    order = regenerate(project)
    with pytest.raises(ProjectError, match="take is gone"):
        order_now(replace(project, takes=(), chosen=frozenset()), order, PLACES)
    with pytest.raises(ProjectError, match="event was deleted"):
        order_now(project.without_event("e001"), order, PLACES)


def test_takes_made_anew_in_part_lie_where_the_old_one_lies_now(project: Project) -> None:
    made = [make_take(STEP, 2)]
    order = regenerate(project)
    assert moved_along(made, order, project) == made
    moved = replace(project, takes=(replace(TAKE, range=TAKE.range.shifted(-480)),))
    assert [take.range for take in moved_along(made, order, moved)] == [TAKE.range.shifted(-480)]
    gone = replace(project, takes=(), chosen=frozenset())
    assert moved_along(made, order, gone) == made


def test_seeds_never_leave_what_the_engine_takes() -> None:
    last = replace(make_take(STEP, 1), seed=2**31 - 1)
    project = new_project("Film", make_film()).with_event(STEP).with_takes((last,))
    assert first_seed(project, "e001") < 2**31 - 1000
