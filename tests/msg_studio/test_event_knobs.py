from dataclasses import replace

import pytest

from engine.project.project import Project, new_project
from msg_studio.event_knobs import knob_value, turned_knobs, with_knob, without_knobs
from tests.msg_studio.scene import DOOR, STEP


@pytest.fixture
def project() -> Project:
    return new_project("Film").with_event(STEP).with_event(DOOR)


def test_a_knob_is_remembered_for_its_event_alone(project: Project) -> None:
    turned = with_knob(with_knob(project, "e001", "variation", 0.3), "e001", "level_db", -6.0)
    assert (knob_value(turned, "e001", "variation"), knob_value(turned, "e001", "level_db")) == (0.3, -6.0)
    assert (knob_value(turned, "e002", "variation"), knob_value(turned, "e002", "level_db")) == (1.0, 0.0)
    assert turned_knobs(turned, "e001") == ["variation", "level"]
    assert turned_knobs(turned, "e002") == []


def test_the_usual_value_is_not_stored(project: Project) -> None:
    turned = with_knob(project, "e001", "takes", 6)
    assert turned.settings == {"takes of e001": 6}
    assert with_knob(turned, "e001", "takes", 4) == project


@pytest.mark.parametrize(
    ("name", "value", "kept"), [("variation", 7.0, 1.0), ("steps", 0, 1), ("takes", 99, 8)]
)
def test_a_value_beyond_the_limits_stops_at_them(
    project: Project, name: str, value: float, kept: float
) -> None:
    assert knob_value(with_knob(project, "e001", name, value), "e001", name) == kept


@pytest.mark.parametrize("stored", ["fast", True, 1000, float("nan")])
def test_what_no_knob_can_stand_at_counts_as_usual(project: Project, stored: str | float) -> None:
    odd = replace(project, settings={"steps of e001": stored})
    assert knob_value(odd, "e001", "steps") == 15


def test_what_was_set_goes_with_its_event(project: Project) -> None:
    turned = with_knob(with_knob(project, "e001", "steps", 30), "e002", "steps", 40)
    assert without_knobs(turned, "e001").settings == {"steps of e002": 40}
    assert without_knobs(project, "e001") is project
