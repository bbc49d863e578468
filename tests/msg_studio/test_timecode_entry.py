from dataclasses import replace
from fractions import Fraction

import pytest
from PySide6.QtCore import QObject

from engine.errors import InputError
from engine.project.project import Project, new_project
from engine.timecode import project_rate
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.stepping import even_stepping
from msg_studio.timecode_entry import typed_position
from tests.msg_studio.scene import make_film

SECOND = 48_000
FRAME = 1920  # at 25 fps
FILM = 100 * SECOND


def typed(text: str, project: Project | None = None, *, position: int = 10 * SECOND) -> int:
    shown = project or new_project("Film", make_film())
    owner = QObject()
    model = ProjectModel(owner)
    model.show_project(shown)
    return typed_position(text, shown, even_stepping(model), position=position, duration=FILM)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01:00:12:07", 12 * SECOND + 7 * FRAME),
        (" 01:00:12:07 ", 12 * SECOND + 7 * FRAME),
        ("01001207", 12 * SECOND + 7 * FRAME),
        ("1207", 12 * SECOND + 7 * FRAME),
        ("12:07", 12 * SECOND + 7 * FRAME),
        ("12.07", 12 * SECOND + 7 * FRAME),
        ("12:7", 12 * SECOND + 7 * FRAME),
        ("12.", 12 * SECOND),
        ("1..", 60 * SECOND),
        ("7", 10 * SECOND + 7 * FRAME),
        ("107", 1 * SECOND + 7 * FRAME),
        ("+20", 10 * SECOND + 20 * FRAME),
        ("-12", 10 * SECOND - 12 * FRAME),
        ("+90", 10 * SECOND + 90 * FRAME),
        ("+20.", 30 * SECOND),
        ("-1:12", 10 * SECOND - SECOND - 12 * FRAME),
        ("+1..", 70 * SECOND),
        ("+99:00:00", FILM),
        ("-20.", 0),
    ],
)
def test_what_is_typed_is_understood(text: str, expected: int) -> None:
    assert typed(text) == expected


@pytest.mark.parametrize("text", ["", "+", "noon", "1:2:3:4:5", "::", "123456789", "12:007:1:1:1"])
def test_what_is_no_timecode_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"no timecode.*01:00:12:07"):
        typed(text)


def test_a_timecode_outside_of_the_film_names_its_range() -> None:
    with pytest.raises(InputError, match="before the film: 01:00:00:00 to 01:01:40:00"):
        typed("00:59:59:24")
    with pytest.raises(InputError, match="02:00:00:00 lies after the film"):
        typed("02:00:00:00")


def test_a_frame_number_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="out of range"):
        typed("01:00:00:25")


def test_drop_frame_labels_are_typed_with_any_sign() -> None:
    rate = project_rate(Fraction(30_000, 1001), drop_frame=True)
    film = replace(make_film(), fps=Fraction(30_000, 1001))
    project = new_project("Film", film).with_timecode(rate=rate)
    minute = round(1800 * 48_000 * Fraction(1001, 30_000))  # ;02 is the first label of that minute
    assert typed("01:01:00;02", project) == minute
    assert typed("01:01:00:02", project) == minute
    with pytest.raises(InputError, match="does not exist in drop-frame"):
        typed("01:01:00:00", project)


def test_steps_land_on_the_frames_of_an_uneven_rate() -> None:
    rate = project_rate(Fraction(24_000, 1001))
    project = new_project("Film", replace(make_film(), fps=Fraction(24_000, 1001))).with_timecode(rate=rate)
    assert typed("+1", project, position=0) == 2002
    assert typed("+5", project, position=0) == 10_010
    assert typed("-1", project, position=2002) == 0
