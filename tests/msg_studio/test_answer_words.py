from dataclasses import replace

import pytest

from engine.project.project import Project, new_project
from engine.records import TakeLayer
from engine.timing import TimeRange
from msg_studio.answer_words import arrival_words, remade_words, variety_words
from tests.msg_studio.scene import STEP, make_film, make_take

OLD = make_take(STEP, 1)
LAYERS = tuple(TakeLayer("e001_t1", TimeRange(*part)) for part in ((0, 1_920), (9_600, 24_000)))
NEW = replace(make_take(STEP, 2), layers=LAYERS)


@pytest.fixture
def project() -> Project:
    return new_project("Film", make_film()).with_event(STEP).with_takes([OLD, NEW])


@pytest.mark.parametrize(
    ("distance", "variation", "words"),
    [
        (None, 1.0, ""),
        (0.0, 0.0, "they hardly differ: raise Variation under More"),
        (0.17, 0.1, "they hardly differ: raise Variation under More"),
        (0.17, 1.0, "they hardly differ: other words or hit points may help"),
        (0.46, 0.3, "they differ a little"),
        (2.08, 1.0, "they differ clearly"),
    ],
)
def test_a_distance_is_said_in_words(distance: float | None, variation: float, words: str) -> None:
    assert variety_words(distance, variation=variation) == words


def test_what_was_made_anew_is_said_with_the_take_it_is_joined_to(project: Project) -> None:
    assert remade_words(project, OLD) == ""
    assert remade_words(project, NEW) == "01:00:01:01 to 01:00:01:05 made anew, joined there to take 1"
    alone = replace(project, takes=(NEW,), chosen=frozenset())
    assert "joined there to the older take e001_t1" in remade_words(alone, NEW)


def test_an_arrival_is_one_line(project: Project) -> None:
    assert arrival_words(project, [OLD], None) == "1 take arrived"
    assert arrival_words(project, [OLD, OLD], 1.0) == "2 takes arrived; they differ clearly"
    assert arrival_words(project, [NEW], None) == (
        "1 take arrived; 01:00:01:01 to 01:00:01:05 made anew, joined there to take 1"
    )
