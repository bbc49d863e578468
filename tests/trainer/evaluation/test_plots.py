from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trainer.evaluation.test_offsets import trials
from trainer.evaluation.clip_offsets import ClipOffsetComparison, ClipOffsetResult, ClipTrial
from trainer.evaluation.judges import Judgement
from trainer.evaluation.offsets import OffsetStudy
from trainer.evaluation.plots import draw_clip_lag_curves, draw_reliability, draw_retrieval
from trainer.evaluation.retrieval import RetrievalStudy


def comparison(clips: int) -> ClipOffsetComparison:
    lags = np.linspace(-1, 1, 51, dtype=np.float32)
    judgement = Judgement(1.0, 0.0, 1.0, lags, np.exp(-(lags**2)))
    names = [f"clip_{number}.mp4" for number in range(clips)]
    made = tuple(ClipTrial(name, "high", 0.2, judgement, judgement) for name in names)
    result = ClipOffsetResult(made, dict.fromkeys(names, judgement))
    return ClipOffsetComparison(result, result, result)


def height_of(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[20:24], "big")


@pytest.mark.parametrize(("clips", "rows"), [(1, 1), (5, 1), (6, 2)])
def test_every_clip_has_a_panel(tmp_path: Path, clips: int, rows: int) -> None:
    path = draw_clip_lag_curves(comparison(clips), tmp_path / "curves.png")
    assert height_of(path) == rows * 240


def test_confidence_at_both_ends_is_drawn(tmp_path: Path) -> None:
    flat = trials([0.0, 9.0, 0.0])
    study = OffsetStudy(flat, torch.tensor([0.0, 1.0, 1.0]), flat, flat)
    assert draw_reliability(study, tmp_path / "a.png").is_file()


def test_gallery_of_two_is_drawn(tmp_path: Path) -> None:
    study = RetrievalStudy(torch.tensor([0, 1]), torch.tensor([True, False]), torch.tensor([1, 1]))
    assert draw_retrieval(study, tmp_path / "a.png").is_file()
