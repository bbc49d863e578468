from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.errors import InputError
from engine.project.project import EventSetup, Project, new_project
from engine.timecode import project_rate
from engine.ucs import LANES
from tests.engine.project.samples import clip, event, take

HERE = Path("takes")


def one_event() -> Project:
    return new_project("Film").with_event(event("e001"))


def test_new_project_has_five_lanes_and_starts_at_one_hour() -> None:
    project = new_project("Film")
    assert tuple(lane.name for lane in project.lanes) == LANES
    assert project.start_label == "01:00:00:00"
    assert project.rate.fps == 25


def test_new_project_counts_at_the_rate_of_its_film() -> None:
    assert new_project("Film", clip(Path("film.mp4"))).rate.fps == Fraction(24000, 1001)


def test_new_projects_have_ids_of_their_own() -> None:
    assert new_project("Film").id != new_project("Film").id


def test_first_take_of_an_event_becomes_the_chosen_one() -> None:
    project = one_event().with_takes([take("t1", "e001", HERE), take("t2", "e001", HERE)])
    assert project.chosen_take("e001") == take("t1", "e001", HERE)


def test_later_takes_do_not_steal_the_choice() -> None:
    project = one_event().with_takes([take("t1", "e001", HERE)]).with_takes([take("t2", "e001", HERE)])
    assert project.chosen == {"t1"}
    assert [one.id for one in project.takes_of("e001")] == ["t1", "t2"]


def test_choice_moves_between_the_takes_of_its_event() -> None:
    project = one_event().with_takes([take("t1", "e001", HERE), take("t2", "e001", HERE)])
    assert project.with_chosen("e001", "t2").chosen == {"t2"}
    assert project.with_chosen("e001", None).chosen_take("e001") is None


def test_take_of_another_event_cannot_be_chosen() -> None:
    project = one_event().with_event(event("e002")).with_takes([take("t1", "e001", HERE)])
    with pytest.raises(ValueError, match="not a take of event 'e002'"):
        project.with_chosen("e002", "t1")


def test_event_put_again_keeps_its_place_takes_and_setup() -> None:
    project = one_event().with_event(event("e002")).with_takes([take("t1", "e001", HERE)])
    project = project.with_event(project.event("e001"), EventSetup(prompt="boots"))
    moved = project.with_event(replace(event("e001"), lane="props"))
    assert [one.id for one in moved.events] == ["e001", "e002"]
    assert moved.event("e001").lane == "props"
    assert moved.setup("e001").prompt == "boots"
    assert moved.take("t1").event_id == "e001"


def test_event_goes_with_its_takes_and_marks() -> None:
    project = one_event().with_takes([take("t1", "e001", HERE)])
    project = replace(project, starred=frozenset({"t1"}), rejected=frozenset({"t1"}))
    emptied = project.with_event(event("e001"), EventSetup(note="x")).without_event("e001")
    assert (emptied.events, emptied.takes, emptied.setups) == ((), (), {})
    assert emptied.chosen | emptied.starred | emptied.rejected == frozenset()


def test_edits_leave_the_project_before_them_alone() -> None:
    before = one_event()
    before.with_event(event("e002"))
    assert [one.id for one in before.events] == ["e001"]


def test_setup_equal_to_the_default_is_not_kept() -> None:
    assert one_event().with_event(event("e001"), EventSetup()).setups == {}


def test_start_keeps_its_label_when_the_rate_changes() -> None:
    ntsc = project_rate(Fraction(30000, 1001), drop_frame=True)
    project = new_project("Film").with_timecode(rate=ntsc)
    assert project.start_label == "01:00:00;00"
    assert project.start_frame == 107_892
    back = project.with_timecode(rate=project_rate(Fraction(24)), start_label="00:59:58:00")
    assert (back.start_label, back.start_frame) == ("00:59:58:00", (59 * 60 + 58) * 24)


def test_start_label_of_another_rate_is_refused() -> None:
    with pytest.raises(InputError):
        new_project("Film").with_timecode(start_label="01:00:00:29")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"events": (event("e001"), event("e001"))}, "event 'e001' twice"),
        ({"events": (replace(event("e001"), lane="drums"),)}, "lane 'drums', which it does not have"),
        ({"takes": (take("t1", "e009", HERE),)}, "event 'e009', which it does not have"),
        ({"chosen": frozenset({"t9"})}, "take 't9', which it does not have"),
        ({"setups": {"e009": EventSetup(prompt="x")}}, "event 'e009'"),
        (
            {
                "takes": (take("t1", "e001", HERE), take("t2", "e001", HERE)),
                "chosen": frozenset({"t1", "t2"}),
            },
            "chosen take 'e001' twice",
        ),
    ],
)
def test_project_refuses_what_does_not_fit_together(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(one_event(), **change)


def test_setup_knows_its_words() -> None:
    with pytest.raises(ValueError, match="status 'finished'"):
        EventSetup(status="finished")
    with pytest.raises(ValueError, match="Perspective 'far'"):
        EventSetup(perspective="far")
