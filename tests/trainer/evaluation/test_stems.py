"""Contrast of stems between hits and gaps."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from engine.records import Event, HitPoint, Score, Take
from engine.timing import TimeRange
from trainer.evaluation.stems import StemContrast, contrast_of_take, stem_contrasts
from trainer.report import stem_rows

RANGE = TimeRange(48_000, 48_000 * 4)


def event(*hits_s: float) -> Event:
    points = tuple(HitPoint(round(hit * 48_000)) for hit in hits_s)
    return Event("e001", "props", "METLImpt", RANGE, points, 1.0, "by hand")


def take() -> Take:
    return Take(
        id="t1",
        event_id="e001",
        path=Path("t1.wav"),
        range=RANGE,
        seed=1,
        steps=15,
        guidance=2.5,
        prompt="",
        model="starter",
        model_sha256="a",
        weights_licence="CC BY 4.0",
        clip_fingerprint="f",
        device="cpu",
        batch=1,
        threads=1,
        sha256="b",
        seconds=1.0,
        score=Score(0, 0, 0, 0, 0, measurable=False),
    )


def test_contrast_is_the_energy_near_hits_over_the_energy_in_gaps() -> None:
    sound = np.full(3 * 48_000, 0.01, dtype=np.float32)
    sound[48_000 - 4800 : 48_000 + 4801] = 0.1  # the file begins at 1 s, the hit lies at 2 s
    assert contrast_of_take(sound, event(2.0), take()) == pytest.approx(20.0, abs=0.01)


def test_dense_hits_leave_no_gap() -> None:
    sound = np.ones(3 * 48_000, dtype=np.float32)
    assert contrast_of_take(sound, event(*np.arange(1.1, 4.0, 0.5)), take()) is None


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="report.json is missing"):
        stem_contrasts(tmp_path)


def test_rows_end_with_median_and_share() -> None:
    rows = stem_rows([StemContrast("a", f"e{n}", value) for n, value in enumerate((10.0, 30.0, 40.0, None))])
    assert rows[3]["contrast dB"] == "no gap"
    assert [row["contrast dB"] for row in rows[-2:]] == [30.0, 0.667]
