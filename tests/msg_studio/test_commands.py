"""What the user can do to a project: every command one step, inside the film, undone as done."""

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.project.project import EventSetup, Project, new_project
from engine.records import Event, FoundEvent, HitPoint
from engine.timing import TimeRange
from engine.ucs import LANES, class_for
from msg_studio import commands
from msg_studio.qt_models.project_model import ProjectModel
from tests.msg_studio.scene import DOOR, STEP, make_film, make_take

FILM_SAMPLES = 100 * 48_000


@pytest.fixture
def model() -> ProjectModel:
    model = ProjectModel()
    film = make_film(duration_samples=FILM_SAMPLES)
    model.show_project(new_project("Film", film).with_event(STEP).with_event(DOOR))
    return model


def test_an_event_made_by_hand_is_selected_and_cut_to_the_film(model: ProjectModel) -> None:
    event = commands.make_event(model, "feet", TimeRange(FILM_SAMPLES - 48_000, FILM_SAMPLES + 48_000))
    assert event.range == TimeRange(FILM_SAMPLES - 48_000, FILM_SAMPLES)
    assert model.selected == event
    assert event.cat_id == "FEETHmn"


def test_every_lane_has_a_plain_class_of_its_own() -> None:
    for lane in LANES:
        assert class_for(commands.PLAIN_CLASSES[lane]).lane == lane


def test_an_event_outside_the_film_is_refused_in_words(model: ProjectModel) -> None:
    with pytest.raises(InputError, match="lasts 100.000 s"):
        commands.make_event(model, "feet", TimeRange(FILM_SAMPLES, FILM_SAMPLES + 48_000))
    assert not model.undo_stack.canUndo()


def test_an_event_needs_a_film(model: ProjectModel) -> None:
    model.show_project(new_project("Empty"))
    with pytest.raises(InputError, match="no film"):
        commands.make_event(model, "feet", TimeRange(0, 48_000))


def test_deleting_selects_the_neighbour(model: ProjectModel) -> None:
    model.select("e001")
    commands.delete_event(model, "e001")
    assert model.selected == DOOR
    commands.delete_event(model, "e002")
    assert model.selected is None
    model.undo_stack.undo()
    model.undo_stack.undo()
    assert model.project.events == (STEP, DOOR)


def test_a_moved_event_takes_its_hits_along_and_stops_at_the_ends(model: ProjectModel) -> None:
    commands.move_event(model, "e001", -100_000, lane="props")
    moved = model.project.event("e001")
    assert moved.range == TimeRange(0, 24_000)
    assert moved.hit_points == (HitPoint(2_000),)
    assert moved.lane == "props"
    commands.move_event(model, "e001", FILM_SAMPLES * 2)
    assert model.project.event("e001").range.end_samples == FILM_SAMPLES


def test_a_moved_event_takes_its_takes_along(model: ProjectModel) -> None:
    model.add_takes([make_take(STEP, 1)])
    commands.move_event(model, "e001", 1000)
    assert model.project.take("e001_t1").range == STEP.range.shifted(1000)
    model.add_takes([replace(make_take(STEP, 2), range=STEP.range.shifted(1000))])
    model.undo_stack.undo()
    assert [take.range for take in model.project.takes] == [STEP.range, STEP.range]
    model.undo_stack.redo()
    assert {take.range for take in model.project.takes} == {STEP.range.shifted(1000)}


def test_resizing_drops_hits_that_fall_outside(model: ProjectModel) -> None:
    commands.set_range(model, "e001", TimeRange(51_000, 72_000))
    assert model.project.event("e001").hit_points == ()
    model.undo_stack.undo()
    assert model.project.event("e001") == STEP


def test_hits_stay_in_order_and_inside(model: ProjectModel) -> None:
    commands.add_hit(model, "e001", 60_000)
    commands.move_hit(model, "e001", 0, 65_000)
    assert [hit.sample for hit in model.project.event("e001").hit_points] == [59_999, 60_000]
    commands.move_hit(model, "e001", 0, 0)
    commands.move_hit(model, "e001", 1, 99_000)
    assert [hit.sample for hit in model.project.event("e001").hit_points] == [48_000, 71_999]
    commands.remove_hit(model, "e001", 0)
    assert [hit.sample for hit in model.project.event("e001").hit_points] == [71_999]
    with pytest.raises(InputError, match="outside its event"):
        commands.add_hit(model, "e001", 72_000)


def test_a_hit_keeps_its_strength_between_0_and_1(model: ProjectModel) -> None:
    commands.set_hit_strength(model, "e001", 0, 7.0)
    assert model.project.event("e001").hit_points[0].strength == 1.0
    commands.set_hit_strength(model, "e001", 0, 0.25)
    assert model.project.event("e001").hit_points[0].strength == 0.25


def found(event_id: str) -> FoundEvent:
    event = Event(event_id, "props", "DOORWood", TimeRange(0, 48_000), (), 0.5, "contact")
    return FoundEvent(event, "DOOR_wood", "wooden door")


def test_new_suggestions_replace_old_ones_and_leave_the_rest(model: ProjectModel) -> None:
    commands.add_suggestions(model, [found("e001"), found("e007")])
    assert [event.id for event in model.project.events] == ["e001", "e002", "e001-2", "e007"]
    assert model.project.setup("e001-2") == EventSetup(prompt="wooden door", status="suggested")
    commands.accept(model, "e007")
    commands.add_suggestions(model, [found("e001")])
    assert [event.id for event in model.project.events] == ["e001", "e002", "e007", "e001-2"]


def test_accepting_all_is_one_step(model: ProjectModel) -> None:
    commands.add_suggestions(model, [found("e005"), found("e006")])
    commands.accept_all(model)
    assert {model.project.setup(name).status for name in ("e005", "e006")} == {"to do"}
    model.undo_stack.undo()
    assert {model.project.setup(name).status for name in ("e005", "e006")} == {"suggested"}


def test_a_rejected_take_is_out_of_use_but_not_gone(model: ProjectModel) -> None:
    model.add_takes([make_take(STEP, 1)])
    commands.set_rejected(model, "e001_t1", True)
    assert model.project.chosen_take("e001") is None
    assert len(model.project.takes_of("e001")) == 1
    commands.choose_take(model, "e001_t1")
    assert model.project.rejected == frozenset()
    assert model.project.chosen_take("e001") == make_take(STEP, 1)
    commands.choose_take(model, None, event_id="e001")
    assert model.project.chosen_take("e001") is None


def test_the_best_take_left_replaces_a_rejected_one_in_the_same_step(model: ProjectModel) -> None:
    takes = [make_take(STEP, number) for number in (1, 2, 3, 4)]  # the rewards are 0.1, 0.2 ...
    takes[3] = replace(takes[3], score=replace(takes[3].score, reward=math.nan))
    model.add_takes([*takes, make_take(DOOR, 9)])
    for rejected, left in ((1, takes[2]), (3, takes[1]), (2, takes[3]), (4, None)):
        commands.set_rejected(model, f"e001_t{rejected}", True)
        assert model.project.chosen_take("e001") == left
    model.undo_stack.undo()
    assert model.project.chosen_take("e001") == takes[3]
    assert "e001_t4" not in model.project.rejected
    assert model.project.chosen_take("e002") == make_take(DOOR, 9)


def test_rejecting_a_take_that_is_not_in_use_changes_no_choice(model: ProjectModel) -> None:
    model.add_takes([make_take(STEP, number) for number in (1, 2, 3)])
    commands.set_rejected(model, "e001_t2", True)
    assert model.project.chosen_take("e001") == make_take(STEP, 1)


def test_a_star_goes_on_and_off(model: ProjectModel) -> None:
    model.add_takes([make_take(STEP, 1)])
    commands.set_starred(model, "e001_t1", True)
    assert model.project.starred == {"e001_t1"}
    commands.set_starred(model, "e001_t1", False)
    assert model.project.starred == frozenset()


def test_a_lane_keeps_its_place_in_the_mix(model: ProjectModel) -> None:
    commands.set_lane(model, "feet", gain_db=-6.0, muted=True)
    feet = next(lane for lane in model.project.lanes if lane.name == "feet")
    assert (feet.gain_db, feet.muted) == (-6.0, True)


def test_a_setting_of_an_event_has_words_for_the_undo_list(model: ProjectModel) -> None:
    commands.set_setup(model, "e001", negative_prompt="music")
    assert model.undo_stack.undoText() == "set negative prompt"
    commands.set_class(model, "e001", "doorwood", prompt="creak")
    assert model.project.event("e001").cat_id == "DOORWood"
    assert model.project.setup("e001").prompt == "creak"
    commands.set_setting(model, "guide_gain_db", -12.0)
    assert model.project.settings["guide_gain_db"] == -12.0


def test_a_prompt_that_names_another_kind_changes_the_class(model: ProjectModel) -> None:
    commands.set_setup(model, "e001", prompt="boots on gravel")
    assert model.project.event("e001").cat_id == "FEETHmn"
    commands.set_setup(model, "e001", prompt="glass breaking")
    assert model.project.event("e001").cat_id == "GLASBrk"
    commands.set_setup(model, "e001", prompt="zzz")
    assert model.project.event("e001").cat_id == "GLASBrk"
    model.undo_stack.undo()
    model.undo_stack.undo()
    assert model.project.event("e001").cat_id == "FEETHmn"


def test_relinking_leaves_events_where_they_are(model: ProjectModel) -> None:
    other = make_film(duration_samples=FILM_SAMPLES // 2)
    commands.relink(model, other)
    assert model.project.clip == other
    assert model.project.events == (STEP, DOOR)


@pytest.mark.parametrize("seed", range(5))
def test_any_edits_can_all_be_taken_back(model: ProjectModel, seed: int) -> None:
    model.add_takes([make_take(STEP, 1), make_take(STEP, 2)])
    rng = np.random.default_rng(seed)
    states = [model.project]
    model.undo_stack.clear()
    for _ in range(30):
        before = model.project
        random_edit(model, rng)
        if model.project != before:
            states.append(model.project)
    for state in reversed(states[:-1]):
        model.undo_stack.undo()
        assert without_order(model.project) == without_order(state)
    assert not model.undo_stack.canUndo()


def random_edit(model: ProjectModel, rng: np.random.Generator) -> None:
    """One edit a user might make, on an event picked at random."""
    events = model.project.events
    if not events or rng.random() < 0.3:
        start = int(rng.integers(0, FILM_SAMPLES - 48_000))
        commands.make_event(model, "props", TimeRange(start, start + 24_000), hits=[start + 100])
        return
    event = events[int(rng.integers(len(events)))]
    match int(rng.integers(5)):
        case 0:
            commands.delete_event(model, event.id)
        case 1:
            commands.move_event(model, event.id, int(rng.integers(-50_000, 50_000)))
        case 2:
            commands.set_setup(model, event.id, prompt=f"word {rng.integers(99)}")
        case 3:
            commands.add_hit(model, event.id, event.range.start_samples + int(rng.integers(10_000)))
        case _:
            takes = model.project.takes_of(event.id)
            if takes:
                commands.choose_take(model, takes[-1].id)


def without_order(project: Project) -> tuple[object, ...]:
    """A project as sets: deleting and bringing back an event may change the order of takes."""
    return (set(project.events), dict(project.setups), set(project.takes), project.chosen)


def test_a_turned_knob_is_one_step_and_goes_with_its_event(model: ProjectModel) -> None:
    for value in (0.9, 0.8, 0.7):
        commands.set_knob(model, "e001", "variation", value)
    assert model.undo_stack.count() == 1
    assert model.undo_stack.undoText() == "set variation"
    commands.set_knob(model, "e001", "level_db", -6.0)
    commands.delete_event(model, "e001")
    assert model.project.settings == {}
    model.undo_stack.undo()
    assert model.project.settings == {"variation of e001": 0.7, "level_db of e001": -6.0}
    for _ in range(2):
        model.undo_stack.undo()
    assert model.project.settings == {}
