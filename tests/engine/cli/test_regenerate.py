"""msg-engine regenerate on a take that msg-engine generate wrote."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.engine.cli.program import Outcome, assert_refused, engine


@pytest.fixture(scope="module")
def take(film: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """0 to 1.6 s: event of 0.5 to 1.1 s and its handles."""
    folder = tmp_path_factory.mktemp("old")
    asked = (
        "--start",
        0.5,
        "--end",
        1.1,
        "--class",
        "METLImpt",
        "--hits",
        "0.75",
        "--takes",
        1,
        "--steps",
        1,
    )
    assert engine("generate", film, *asked, "--models-folder", models, "-o", folder).status == 0
    return folder / "e001_t1.wav"


def regenerate(take: Path, film: Path, models: Path, out: Path, *more: object) -> Outcome:
    where = () if "--start" in more else ("--start", 0.7, "--end", 0.9)
    asked = (*where, "--class", "METLImpt", "--hits", "0.8", "--steps", 2, "--models-folder", models)
    return engine("regenerate", take, "--film", film, *asked, "-o", out, *more)


def samples(path: str | Path) -> np.ndarray:
    """As whole numbers of 24 bits."""
    return soundfile.read(path, dtype="int32")[0] >> 8


def test_outside_the_joins_the_new_files_are_the_old_one(
    take: Path, film: Path, models: Path, tmp_path: Path
) -> None:
    before = take.read_bytes()
    outcome = regenerate(take, film, models, tmp_path / "new", "--takes", 2, "--seed", 4, "--json")
    document = outcome.document
    assert (outcome.status, document["command"], document["class"]) == (0, "regenerate", "IMPT_metal")
    into, out = document["joins"]
    assert into["kind"] == "equal power"
    assert into["end_samples"] - into["start_samples"] == 960
    assert abs(into["start_s"] + 0.01 - 0.7) < 0.0601
    old = samples(take)
    assert sorted(one["seed"] for one in document["takes"]) == [4, 5]
    for one in document["takes"]:
        new = samples(one["path"])
        assert np.array_equal(new[: into["start_samples"]], old[: into["start_samples"]])
        assert np.array_equal(new[out["end_samples"] :], old[out["end_samples"] :])
        inside = slice(into["end_samples"], out["start_samples"])
        assert not np.array_equal(new[inside], old[inside])
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"e001_t1_r4.wav", "e001_t1_r5.wav"}
    assert take.read_bytes() == before


def test_knobs_are_heeded_and_told(take: Path, film: Path, models: Path, tmp_path: Path) -> None:
    knobs = ("--takes", 3, "--strength", 0.4, "--variation", 0, "--level", -6, "--not", "jet", "--json")
    document = regenerate(take, film, models, tmp_path, *knobs).document
    told = {name: document[name] for name in ("strength", "variation", "level_db", "unwanted")}
    assert told == {"strength": 0.4, "variation": 0.0, "level_db": -6.0, "unwanted": ["AERO_jet"]}


def test_a_wav_without_bext_needs_to_be_told_where_it_begins(
    take: Path, film: Path, models: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.wav"
    soundfile.write(bare, soundfile.read(take)[0], 48_000, subtype="PCM_24")
    assert_refused(regenerate(bare, film, models, tmp_path / "a"), 2, "no bext chunk", "--at SECONDS")
    outcome = regenerate(bare, film, models, tmp_path / "b", "--at", 0, "--json")
    assert outcome.document["takes"][0]["id"] == "bare_r1"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--start", "1.5", "--end", "1.7"), "leaves the take"),
        (("--start", "0.5", "--end", "0.52"), "shorter than 40 ms"),
        (("--strength", "0"), "strength 0.0 is out of range"),
        (("--strength", "nan"), "strength nan is out of range"),
        (("--at", "9"), "outside of walk.mp4"),
        (("--variation", "-1"), "variation -1.0 is out of range"),
        (("--level", "nan"), "level_db nan is out of range"),
        (("--guidance", "nan"), "'--guidance'"),
        (("--hits", "9"), "9.000 s lies outside 0.000 to 1.600 s"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(
    more: tuple[str, ...], words: str, take: Path, film: Path, models: Path, tmp_path: Path
) -> None:
    assert_refused(regenerate(take, film, models, tmp_path / "takes", *more), 2, words)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_wav_is_refused(film: Path, models: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("no sound")
    assert_refused(regenerate(text, film, models, tmp_path / "takes"), 2, "is no WAV file")
    assert_refused(regenerate(tmp_path / "gone.wav", film, models, tmp_path / "takes"), 2, "cannot be read")
