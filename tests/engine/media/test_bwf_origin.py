from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.errors import InputError
from engine.media.broadcast_info import BroadcastInfo
from engine.media.bwf import write_bwf
from engine.media.bwf_origin import read_origin
from engine.timecode import project_rate


def test_reads_what_the_writer_wrote(tmp_path: Path) -> None:
    rate = project_rate(25)
    info = BroadcastInfo(
        description="e001 take 2", originator_reference="e001_t2", time_reference=2**33 + 77,
        frame_rate=rate.fps, drop_frame=False, project="walk", scene="e001", tape="MSG_TAKES", take=2,
        circled=False, note="", track_names=("e001",), user="", coding_history="", loudness_lufs=None,
        origination=datetime(2026, 1, 2, tzinfo=UTC),
    )  # fmt: skip
    path = tmp_path / "take.wav"
    write_bwf(path, np.zeros((1, 480), np.float32), rate_hz=48_000, info=info)
    origin = read_origin(path)
    assert origin is not None
    assert (origin.description, origin.reference) == ("e001 take 2", "e001_t2")
    assert origin.time_reference == 2**33 + 77


def test_a_wav_of_another_program_has_none(tmp_path: Path) -> None:
    path = tmp_path / "plain.wav"
    soundfile.write(path, np.zeros(480), 48_000)
    assert read_origin(path) is None


@pytest.mark.parametrize("body", [b"", b"RIFF", b"OggS" + bytes(40)])
def test_what_is_no_wav_is_refused(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(body)
    with pytest.raises(InputError, match="no WAV file"):
        read_origin(path)
