import pytest

from trainer.evaluation.figures import Figure


@pytest.mark.parametrize(
    ("figure", "met", "verdict"),
    [
        (Figure("a", 0.75, wanted=0.75), True, "met"),
        (Figure("a", 0.74, wanted=0.75), False, "missed"),
        (Figure("a", 60.0, wanted=60.0, sense="at most"), True, "met"),
        (Figure("a", 61.0, wanted=60.0, sense="at most"), False, "missed"),
        (Figure("a", 0.5), None, ""),
        (Figure("a", None, wanted=0.5), False, "missed"),
        (Figure("a", 0.5, baseline=0.5, beat_baseline=True), False, "missed"),
        (Figure("a", 0.51, baseline=0.5, beat_baseline=True), True, "met"),
        (Figure("a", 0.9, wanted=0.85, baseline=0.95, beat_baseline=True), False, "missed"),
        (Figure("a", 5.0, sense="at most", baseline=6.0, beat_baseline=True), True, "met"),
        (Figure("a", 0.9, wanted=0.85, baseline=0.95), True, "met"),
    ],
)
def test_figure_is_met_by_its_bound_and_where_asked_by_its_rival(
    figure: Figure, met: bool | None, verdict: str
) -> None:
    assert figure.met is met
    assert figure.verdict == verdict


def test_bound_is_said_in_words() -> None:
    assert (
        Figure("a", 1.0, wanted=0.45, beat_baseline=True).wanted_in_words == "at least 0.45, above baseline"
    )
    assert Figure("a", 1.0, wanted=60.0, sense="at most").wanted_in_words == "at most 60"
    assert Figure("a", 1.0).wanted_in_words == ""
