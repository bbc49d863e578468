import json
import sys
from pathlib import Path

import pytest
import soundfile
import torch

from engine.errors import InputError
from engine.leak_detection import Leak
from engine.progress import silent
from tests.engine.features.sung_and_spoken import RATE_HZ, hiss, knocks, played, spoken
from tests.trainer.scenes.small_bank import usual_recordings, write_bank
from trainer import __main__ as program
from trainer.evaluation.leaks import count_bank, count_folder, counted, together

NONE, SPEECH, BOTH = Leak(0.1, 0.0), Leak(0.7, 0.2), Leak(0.5, 0.9)


def write(folder: Path, **sounds: torch.Tensor) -> Path:
    folder.mkdir()
    for name, sound in sounds.items():
        soundfile.write(folder / f"{name}.wav", sound.numpy(), RATE_HZ)
    return folder


def test_a_sound_flagged_for_both_counts_once() -> None:
    found = counted("x", "nothing", [NONE, NONE, SPEECH, BOTH])
    assert (found.sounds, found.speech, found.music, found.flagged) == (4, 2, 1, 2)
    assert found.row()["flagged"] == 0.5
    assert found.row()["verdict"] == "missed"


def test_what_is_wanted_depends_on_what_the_sounds_hold() -> None:
    four_of_five = [SPEECH] * 4 + [NONE]
    assert counted("x", "speech", four_of_five).figure.met
    assert not counted("x", "speech", [*four_of_five, NONE]).figure.met
    assert not counted("x", "music", four_of_five).figure.met
    assert counted("x", "nothing", [NONE] * 19 + [SPEECH]).figure.met


def test_kinds_are_summed() -> None:
    parts = [counted("a", "nothing", [NONE, SPEECH]), counted("b", "nothing", [NONE, NONE])]
    assert together("all", parts).row() == {
        "sounds": "all",
        "files": 4,
        "as speech": 0.25,
        "as music": 0.0,
        "flagged": 0.25,
        "wanted": "at most 0.05",
        "verdict": "missed",
    }


def test_bank_is_counted_class_by_class(tmp_path: Path) -> None:
    folder = write_bank(tmp_path / "bank", usual_recordings()[:6])
    counts = count_bank(folder, listener=silent)
    assert [(count.name, count.sounds, count.flagged) for count in counts] == [
        ("FEET_gravel", 3, 0),
        ("IMPT_metal", 3, 0),
        ("sound bank", 6, 0),
    ]


def test_an_empty_bank_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lists no recording"):
        count_bank(write_bank(tmp_path / "bank", []), listener=silent)
    with pytest.raises(InputError, match="holds no sound file"):
        count_folder(tmp_path, "speech", listener=silent)


def test_command_prints_false_alarms_and_detections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MSG_SOUND_BANK", str(write_bank(tmp_path / "bank", usual_recordings()[:2])))
    folders = {
        "--speech": write(tmp_path / "speech", a=spoken()),
        "--music": write(tmp_path / "music", a=played()),
        "--clean": write(tmp_path / "takes", a=hiss(), b=knocks()),
    }
    options = [str(word) for pair in folders.items() for word in pair]
    monkeypatch.setattr(sys, "argv", ["msg-train", "evaluate", "leaks", *options, "--json"])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert not ended.value.code
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["verdict"] for row in rows] == ["met"] * 6
    assert [row["files"] for row in rows] == [1, 1, 2, 2, 1, 1]
