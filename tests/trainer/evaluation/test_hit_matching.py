import pytest

from trainer.evaluation.hit_matching import MatchCount, match_moments


@pytest.mark.parametrize(
    ("found", "true", "agreed"),
    [
        ([1.0], [1.1], 1),
        ([1.0], [1.11], 0),
        ([1.0, 1.05], [1.02], 1),  # one to one
        ([1.0], [0.95, 1.05], 1),
        ([0.0, 0.15], [0.1, 0.2], 2),  # the first takes the earlier one and leaves the later free
        ([3.0, 1.0], [1.0, 3.0], 2),  # order does not matter
        ([], [1.0], 0),
        ([1.0], [], 0),
    ],
)
def test_moments_within_the_tolerance_agree_one_to_one(
    found: list[float], true: list[float], agreed: int
) -> None:
    assert match_moments(found, true, within_s=0.1 + 1e-9) == MatchCount(len(found), len(true), agreed)


def test_recall_precision_and_f1() -> None:
    count = MatchCount(found=4, true=8, agreed=2)
    assert (count.precision, count.recall) == (0.5, 0.25)
    assert count.f1 == pytest.approx(1 / 3)


def test_nothing_found_or_nothing_true_gives_zero() -> None:
    assert MatchCount(0, 0, 0).f1 == MatchCount(0, 3, 0).precision == MatchCount(3, 0, 0).recall == 0.0


def test_counts_add_up() -> None:
    assert MatchCount(1, 2, 1) + MatchCount(3, 4, 2) == MatchCount(4, 6, 3)
