from pathlib import Path

import pytest
import torch

from engine.progress import silent
from engine.ucs import class_for
from tests.engine.small_networks import small_codec, small_generator
from tests.trainer.classifier.small_classifier import small_bank
from trainer.evaluation.generator import sheet
from trainer.evaluation.generator.sheet import (
    SUBJECTS,
    SheetRow,
    band_of,
    draw_sheet,
    sheet_rows,
    sheet_trial,
)
from trainer.evaluation.generator.takes import SoundMaker, TakeSettings
from trainer.scenes.bank import SoundBank


def test_every_subject_is_a_class_of_ours() -> None:
    assert len({class_for(name).name for _, name in SUBJECTS}) == 12


def test_contacts_get_two_hits_and_ambiences_a_run() -> None:
    assert [strength for _, strength in sheet_trial("IMPT_metal", 0).hits] == pytest.approx([1.0, 0.7])
    rain = sheet_trial("RAIN", 0)
    assert rain.hits == []
    assert rain.activity.tolist() == [0.0] * 8 + [1.0] * 56


def test_truth_is_held_out_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "TOKENS", 40)
    monkeypatch.setattr(
        sheet, "SUBJECTS", (("metal", "IMPT_metal"), ("gravel", "FEET_gravel"), ("gun", "GUNS"))
    )
    held_out = SoundBank({"IMPT_metal": small_bank().voices["IMPT_metal"]}, {})
    rows = sheet_rows(
        SoundMaker(small_generator(), small_codec()),
        TakeSettings(steps=1),
        held_out=held_out,
        train=small_bank(),
        listener=silent,
    )
    assert [(row.label, row.source) for row in rows] == [
        ("metal", "held out"),
        ("gravel", "a training recording"),
    ]
    assert rows[0].takes.shape == (3, 160, 128)


def test_bands_are_marked_where_their_frequencies_lie() -> None:
    marks = [band_of(hz) for hz in (100, 500, 2000, 8000)]
    assert marks == sorted(marks)
    assert 0 < marks[0] < marks[-1] < 128


def test_a_sheet_is_a_picture(tmp_path: Path) -> None:
    row = SheetRow("metal", torch.full((64, 128), -3.0), "held out", torch.full((3, 64, 128), -4.0))
    path = draw_sheet([row, row], tmp_path / "sheet.png")
    assert path.read_bytes().startswith(b"\x89PNG")
