import numpy as np
import pytest
import torch

from trainer.evaluation.clip_material import ClipMaterial
from trainer.evaluation.clip_offsets import (
    MOVES_S,
    ClipOffsetComparison,
    ClipOffsetResult,
    ClipTrial,
    clip_offset_figures,
    clip_offset_trials,
    compare_on_clips,
    intervals,
)
from trainer.evaluation.judges import Judgement, Stretch

_NONE = np.zeros(1, dtype=np.float32)


def said(reward: float, offset_s: float = 0.0, confidence: float = 0.0) -> Judgement:
    return Judgement(reward, offset_s, confidence, _NONE, _NONE)


def trial(clip: str, error_s: float, *, confidence: float = 0.0, preferred: bool = True) -> ClipTrial:
    late = said(0.0 if preferred else 2.0, 0.5 + error_s, confidence)
    return ClipTrial(clip, "high" if clip < "m" else "medium", 0.5, said(1.0), late)


def material(name: str, trust: str = "high", steps: int = 100) -> ClipMaterial:
    """Its mel holds the number of each frame."""
    frames = torch.arange(4.0 * steps)
    noise = torch.rand(4 * steps, generator=torch.Generator().manual_seed(len(name))).numpy()
    return ClipMaterial(name, trust, torch.arange(float(steps))[:, None], noise, frames[:, None] / 100)


def all_knowing(stretch: Stretch) -> list[Judgement]:
    """Reads the true offset off the numbers in the mel."""
    shown = float(stretch.picture[0, 0]) / 25
    offsets = [shown - float(mel[0, 0]) for mel in stretch.mels]
    return [said(-abs(offset), offset, 1.0) for offset in offsets]


def test_all_moves_of_all_clips_are_tried_and_the_right_answer_counts() -> None:
    found = clip_offset_trials(all_knowing, [material("a"), material("bb", "medium")])
    assert len(found.trials) == 2 * len(MOVES_S) == 20
    assert [round(t.moved.offset_s, 3) for t in found.trials[:10]] == list(MOVES_S)
    assert found.numbers() == {"preferred": 1.0, "right": 1.0, "right_where_sure": 1.0}
    assert set(found.whole) == {"a", "bb"}
    assert len(found.of_group("medium").trials) == 10


def test_offset_is_right_up_to_120_ms() -> None:
    errors = (0.0, 0.12, -0.12, 0.13)
    assert [trial("a", error).right for error in errors] == [True, True, True, False]


def test_equal_reward_is_no_preference() -> None:
    assert not ClipTrial("a", "high", 0.2, said(1.0), said(1.0)).preferred


def test_surest_quarter_is_taken_by_confidence() -> None:
    trials = [trial("a", 0.5 if n < 6 else 0.0, confidence=float(n)) for n in range(8)]
    found = ClipOffsetResult(tuple(trials))
    assert found.right == 0.25
    assert found.right_where_sure == 1.0  # numbers 6 and 7


def test_interval_is_over_clips_not_over_trials() -> None:
    alike = [trial(name, 0.0 if name < "c" else 0.5) for name in "abcd" for _ in range(50)]
    low, high = intervals(ClipOffsetResult(tuple(alike)))["right"]
    assert low == 0.0  # four clips, half of them right: some draws have none
    assert high == 1.0
    assert intervals(ClipOffsetResult(tuple(alike))) == intervals(ClipOffsetResult(tuple(alike)))


def test_table_has_bounds_for_all_clips_and_the_rival_for_every_group() -> None:
    found = compare_on_clips(all_knowing, [material("a"), material("bb", "medium")])
    figures = clip_offset_figures(found)
    assert [figure.wanted for figure in figures] == [0.85, 0.45, 0.7] + 6 * [None]
    assert all(figure.beat_baseline and figure.baseline is not None for figure in figures)
    assert [figure.name.split(":")[0] for figure in figures[::3]] == [
        "clips",
        "clips 'high'",
        "clips 'medium'",
    ]


def test_group_without_clips_has_no_rows() -> None:
    one = ClipOffsetResult((trial("a", 0.0),))
    names = [figure.name for figure in clip_offset_figures(ClipOffsetComparison(one, one, one))]
    assert len(names) == 6
    assert not any("medium" in name for name in names)


def test_baseline_judges_the_same_moves() -> None:
    found = compare_on_clips(all_knowing, [material("a")])
    assert [t.move_s for t in found.baseline.trials] == [t.move_s for t in found.ours.trials]
    assert found.baseline.right == pytest.approx(found.baseline.numbers()["right"])
