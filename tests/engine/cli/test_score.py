from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.engine.cli.program import Outcome, assert_refused, engine


def score(film: Path, models: Path, *more: object) -> Outcome:
    return engine("score", film, "--models-folder", models, *more)


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """Half a second of noise at another rate, in stereo."""
    path = tmp_path / "noise.wav"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, (22_050, 2)), 44_100)
    return path


def test_document_scores_the_films_own_sound(film: Path, models: Path) -> None:
    outcome = score(film, models, "--json")
    document = outcome.document
    assert (outcome.status, document["command"], document["audio"]) == (0, "score", None)
    assert (document["start_samples"], document["duration_samples"]) == (0, 76_800)
    assert document["reward"] == pytest.approx(document["fast"] + 0.5 * document["slow"])
    assert isinstance(document["measurable"], bool)
    assert 0 <= document["confidence"] <= 1
    assert -1280 <= document["offset_ms"] <= 1280
    assert document["offset_words"]
    assert outcome.stages == ["read picture", "score"]


def test_stretch_is_in_samples(film: Path, models: Path) -> None:
    document = score(film, models, "--start", 0.25, "--duration", 1.1, "--json").document
    assert (document["start_samples"], document["duration_samples"]) == (12_000, 52_800)
    assert (document["end_s"], document["end_samples"]) == (1.35, 64_800)


def test_given_sound_may_be_shorter_than_the_film(silent_film: Path, noise: Path, models: Path) -> None:
    document = score(silent_film, models, "--audio", noise, "--json").document
    assert document["audio"] == str(noise)
    assert np.isfinite(document["reward"])


def test_stretch_where_nothing_sounds_cannot_be_measured(
    silent_film: Path, models: Path, tmp_path: Path
) -> None:
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(4_800), 48_000)
    document = score(silent_film, models, "--audio", silence, "--json").document
    assert (document["measurable"], document["confidence"]) == (False, 0.0)
    assert document["offset_words"] == "offset not measurable here"


def test_heatmaps_are_drawn_into_a_new_folder(film: Path, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "maps" / "of walk"
    document = score(film, models, "--heatmaps", folder, "--json").document
    assert document["heatmaps"] == {
        "slow": str(folder / "walk_slow.png"),
        "fast": str(folder / "walk_fast.png"),
    }
    assert sorted(path.name for path in folder.iterdir()) == ["walk_fast.png", "walk_slow.png"]


def test_text_says_the_offset_in_words(film: Path, models: Path) -> None:
    document = score(film, models, "--json").document
    assert score(film, models).out.startswith(document["offset_words"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--start", "1.6"), "1.600 s leave the clip, which lasts 1.600 s: choose"),
        (("--start", "1", "--duration", "0.7"), "0.700 s from 1.000 s leave the clip"),
        (("--start", "-1"), "leave the clip"),
        (("--duration", "0"), "leave the clip"),
        (("--start", "nan"), "--start nan is no time: give seconds"),
        (("--duration", "inf"), "--duration inf is no time"),
        (("--audio", "no such.wav"), "There is no file no such.wav"),
    ],
)
def test_wrong_stretch_or_sound_is_refused(
    more: tuple[str, ...], words: str, film: Path, models: Path
) -> None:
    assert_refused(score(film, models, *more), 2, words)
