import csv
import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

from engine.cues import Cue, write_cue_sheet
from engine.errors import OutputLocationError
from engine.timecode import project_rate
from engine.timing import TimeRange
from tests.engine.project.samples import event, take

RATE = project_rate(Fraction(25))


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_cue_sheet_lists_cues_in_the_order_of_time(tmp_path: Path) -> None:
    late = dataclasses.replace(event("e001"), range=TimeRange(96_000, 144_000))
    early = dataclasses.replace(event("e002"), range=TimeRange(48_000, 50_000), hit_points=())
    path = tmp_path / "cues.csv"
    chosen = take("t1", "e001", tmp_path)
    write_cue_sheet(
        path,
        [Cue(late, "boots, heavy", (chosen,), chosen), Cue(early, "Tür")],
        rate=RATE,
        start_label="01:00:00:00",
    )
    first, second = read(path)
    assert (first["number"], first["event_id"], first["what"]) == ("1", "e002", "Tür")
    assert (first["takes"], first["chosen_take"], first["hit_points"]) == ("0", "", "")
    assert (second["tc_in"], second["tc_out"]) == ("01:00:02:00", "01:00:03:00")
    assert (second["what"], second["takes"], second["chosen_take"]) == ("boots, heavy", "1", "t1")
    assert (second["lane"], second["cat_id"], second["confidence"]) == ("feet", "FEETHmn", "0.75")
    assert (second["start_samples"], second["end_samples"]) == ("96000", "144000")
    # hit points of the sample event lie at 49 920 (frame 26) and 57 600 (frame 30)
    assert second["hit_points"] == "01:00:01:01 01:00:01:05"


def test_text_is_never_a_formula_of_the_spreadsheet(tmp_path: Path) -> None:
    write_cue_sheet(tmp_path / "c.csv", [Cue(event("e1"), "=1+1")], rate=RATE, start_label="01:00:00:00")
    assert read(tmp_path / "c.csv")[0]["what"] == "'=1+1"


def test_missing_folder_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(OutputLocationError, match="nowhere"):
        write_cue_sheet(tmp_path / "nowhere" / "c.csv", [], rate=RATE, start_label="01:00:00:00")
    assert list(tmp_path.iterdir()) == []
