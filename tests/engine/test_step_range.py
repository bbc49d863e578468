import pytest

from engine.step_range import StepRange, own_steps, steps_of, windows_of
from engine.timing import TimeRange


def steps(start: int, end: int, clip_steps: int) -> tuple[int, int]:
    found = steps_of(TimeRange(start * 1920, end * 1920), clip_steps=clip_steps)
    return found.start, found.end


@pytest.mark.parametrize(
    ("asked", "clip_steps", "wanted"),
    [
        ((0, 25), 200, (0, 64)),  # widened to 64 steps, only to the right of the clip's start
        ((50, 75), 200, (28, 96)),  # 39 lack: 20 before, 19 after is 30 to 94; then whole slow steps
        ((190, 200), 200, (136, 200)),  # only to the left of the clip's end
        ((0, 40), 40, (0, 40)),  # a short clip has no more
        ((101, 200), 400, (100, 200)),  # long enough: only rounded to slow steps
        ((101, 201), 400, (100, 204)),
        ((390, 400), 200, (136, 200)),  # beyond the clip: its end
    ],
)
def test_steps_are_widened_and_whole_slow_steps(
    asked: tuple[int, int], clip_steps: int, wanted: tuple[int, int]
) -> None:
    assert steps(*asked, clip_steps) == wanted


def test_steps_always_cover_the_range_and_are_multiples_of_four() -> None:
    for start in range(0, 196, 3):
        for end in range(start + 1, 201, 7):
            low, high = steps(start, end, 200)
            assert low <= start
            assert end <= high <= 200
            assert low % 4 == high % 4 == 0
            assert high - low >= 64


def test_part_of_a_step_counts_whole() -> None:
    where = TimeRange(100 * 1920 + 1, 180 * 1920 + 1)
    found = steps_of(where, clip_steps=400)
    assert (found.start, found.end) == (100, 184)
    assert (found.start_samples, found.end_samples) == (192_000, 184 * 1920)
    assert own_steps(where, clip_steps=400) == StepRange(100, 181)


def test_own_steps_are_not_widened_and_stay_inside_the_clip() -> None:
    assert own_steps(TimeRange(10 * 1920, 11 * 1920), clip_steps=40) == StepRange(10, 11)
    assert own_steps(TimeRange(30 * 1920, 90 * 1920), clip_steps=40) == StepRange(30, 40)
    assert own_steps(TimeRange(80 * 1920, 90 * 1920), clip_steps=40) == StepRange(39, 40)


def test_ranges_widen_join_and_round() -> None:
    assert StepRange(10, 21).widened(12, within=30) == StepRange(0, 30)
    assert StepRange(10, 21).whole_slow_steps(within=40) == StepRange(8, 24)
    assert StepRange(10, 21).joined(StepRange(4, 12)) == StepRange(4, 21)
    assert StepRange(10, 21).inside(StepRange(8, 40)) == StepRange(2, 13)


@pytest.mark.parametrize(
    ("end", "wanted"),
    [(5, [(2, 5)]), (12, [(2, 12)]), (21, [(2, 21)]), (22, [(2, 12), (12, 22)]), (30, [(2, 12), (12, 30)])],
)
def test_windows_cover_a_stretch_and_the_last_one_takes_the_rest(
    end: int, wanted: list[tuple[int, int]]
) -> None:
    assert [(one.start, one.end) for one in windows_of(StepRange(2, end), 10)] == wanted
