from pathlib import Path

import pytest
import torch

from engine.codec.vocoder import GriffinLim
from tests.trainer.classifier.small_classifier import small_bank
from trainer.codec.sheet import draw_sheet, level_db, sheet_rows

FEW = {"Griffin-Lim": GriffinLim(rounds=1)}


def test_rows_are_the_subjects_a_bank_has_true_and_vocoded() -> None:
    rows = sheet_rows(small_bank(), FEW)
    assert [row.label for row in rows] == ["FEET_gravel", "IMPT_metal"]
    for row in rows:
        assert list(row.sounds) == ["truth", "Griffin-Lim"]
        assert {len(sound) for sound in row.sounds.values()} == {66_150}  # 1.5 s, 150 hops
        assert not row.sounds["truth"][30_000:].any()  # silent after the end of a short recording


def test_levels_are_under_the_loudest_bin_and_cut_off() -> None:
    times = torch.arange(44_100) / 44_100
    tone = torch.sin(2 * torch.pi * 10 * 44_100 / 1024 * times) * (times < 0.5)
    level = level_db(tone)
    assert float(level.max()) == 0.0
    assert int(level[0].argmax()) == 10
    assert level[-1].unique().tolist() == [-80.0]
    assert float(level_db(2 * tone)[0, 11]) == pytest.approx(float(level[0, 11]), abs=1e-3)


def test_the_sheet_is_a_png(tmp_path: Path) -> None:
    path = draw_sheet(sheet_rows(small_bank(), FEW), tmp_path / "sheet.png")
    assert path.read_bytes().startswith(b"\x89PNG")
