"""From a film to stems in a process of its own, as a sound editor meets it."""

import csv
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from wavinfo import WavInfoReader

from engine.media.video_reader import probe
from engine.project.project_file import open_project
from tests.coded_film import even_pts, impulse_at, make_film
from tests.engine.small_networks import write_small_model

ROOT = Path(__file__).parents[2]
LENGTH = 76_800
ONE_HOUR = 3600 * 48_000


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything msg-engine foley makes of a coded film of 1.6 s at 25 fps."""
    folder = tmp_path_factory.mktemp("journey")
    write_small_model(folder / "models", "starter")
    sound = impulse_at(24_000, length=LENGTH)
    film = make_film(folder / "walk.mp4", pts=even_pts(40, Fraction(25)), sound=sound)
    arguments = ["foley", film, "-o", folder / "out", "--takes", 2, "--steps", 1, "--json"]
    program = [sys.executable, "-c", "from engine.cli.app import main; main()"]
    done = subprocess.run(
        [*program, *map(str, arguments), "--models-folder", str(folder / "models")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["command"] == "foley"
    assert all(json.loads(line)["stage"] for line in done.stderr.splitlines())
    return folder / "out"


@pytest.fixture(scope="module")
def report(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return found


def sound_of(path: Path) -> NDArray[np.float64]:
    """Samples of a mono file at 48 kHz and 24 bit, (S,)."""
    about = soundfile.info(path)
    assert (about.samplerate, about.channels, about.subtype) == (48_000, 1, "PCM_24")
    return np.asarray(soundfile.read(path, dtype="float64")[0])


def test_lane_stems_have_the_films_length_and_add_up_to_the_mix(out: Path, report: dict[str, Any]) -> None:
    lanes = [sound_of(out / path) for path in report["stems"].values()]
    mix = sound_of(out / report["mix"])
    assert {len(sound) for sound in (*lanes, mix)} == {LENGTH}
    assert np.abs(mix).max() > 0.01
    assert np.abs(sum(lanes) - mix).max() < 10 ** (-90 / 20)


def test_event_stems_lie_in_their_lane_where_their_time_says(out: Path, report: dict[str, Any]) -> None:
    for event in report["events"]:
        stem = WavInfoReader(str(out / event["stem"]))
        begin = stem.bext.time_reference - ONE_HOUR
        sound = sound_of(out / event["stem"])
        chosen = next(take for take in event["takes"] if take["id"] == event["chosen"])
        assert (begin, len(sound)) == (chosen["start_samples"], chosen["duration_samples"])
        assert event["cat_id"] == Path(event["stem"]).name.split("_")[0]
        alone = [other for other in report["events"] if other["lane"] == event["lane"]] == [event]
        if alone:
            lane = sound_of(out / report["stems"][event["lane"]])
            assert np.abs(lane[begin : begin + len(sound)] - sound).max() < 1e-6


def test_every_wave_carries_the_start_of_the_picture_in_bext_and_ixml(
    out: Path, report: dict[str, Any]
) -> None:
    for path in (*report["stems"].values(), report["mix"]):
        found = WavInfoReader(str(out / path))
        assert found.bext.time_reference == ONE_HOUR
        ixml = ElementTree.fromstring(found.ixml.xml_str())
        low, high = (
            int(ixml.findtext(f".//TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_{half}", "")) for half in ("LO", "HI")
        )
        assert (high << 32) + low == ONE_HOUR


def test_preview_shows_the_films_pictures_with_the_mix(out: Path, report: dict[str, Any]) -> None:
    info = probe(out / report["preview"]["path"])
    assert (info.frame_count, info.duration_samples) == (40, LENGTH)
    assert info.audio is not None


def test_cue_sheet_and_heatmaps_cover_every_event(out: Path, report: dict[str, Any]) -> None:
    with (out / "cues.csv").open(encoding="utf-8", newline="") as handle:
        cues = list(csv.DictReader(handle))
    assert {(cue["event_id"], cue["chosen_take"]) for cue in cues} == {
        (event["id"], event["chosen"]) for event in report["events"]
    }
    for event in report["events"]:
        assert set(event["heatmaps"]) == {"slow", "fast"}
        for path in event["heatmaps"].values():
            assert (out / path).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_project_opens_with_the_takes_of_the_report(out: Path, report: dict[str, Any]) -> None:
    project = open_project(out / "project.msgproj")
    assert {take.sha256 for take in project.takes} == {
        take["sha256"] for event in report["events"] for take in event["takes"]
    }
    assert project.chosen == {event["chosen"] for event in report["events"]}
