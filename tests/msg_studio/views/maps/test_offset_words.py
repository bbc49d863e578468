import pytest

from engine.records import Score
from msg_studio.views.maps.offset_words import pointer_words, timing_sentence, verdict


def score_of(offset_ms: float, *, measurable: bool = True, slow: float = 0.25) -> Score:
    return Score(0.6, slow, 0.3, offset_ms, 0.9, measurable)


@pytest.mark.parametrize(
    ("offset_ms", "words"),
    [
        (0.0, "In time."),
        (20.0, "In time."),
        (21.0, "1 frame late."),
        (-40.0, "1 frame early."),
        (82.0, "2 frames late."),
        (-121.0, "3 frames early."),
    ],
)
def test_offset_is_told_in_frames_of_the_film(offset_ms: float, words: str) -> None:
    assert timing_sentence(score_of(offset_ms), frame_ms=40.0) == words


def test_what_cannot_be_measured_is_not_told() -> None:
    assert timing_sentence(score_of(80.0, measurable=False), frame_ms=40.0) == "Timing not measurable here."


def test_the_slow_number_is_stated_with_a_real_minus() -> None:
    words = verdict(score_of(0.0, slow=-0.12), frame_ms=40.0)
    assert words.endswith("Seen and heard are −0.12 alike.")


def test_pointer_words_give_both_times_and_the_similarity() -> None:
    words = pointer_words(picture_s=12.32, sound_s=72.355, similarity=0.714)
    assert words == "picture 00:12.32 · sound 01:12.36 · similarity 0.71"
