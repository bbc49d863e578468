from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from tests.coded_film import even_pts, make_film
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
    assert outcome.stages == ["read picture", "read sound", "score"]


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


def still_film(folder: Path) -> Path:
    """A second and more of black, with noise in 5.1 at 8 kHz that would be measured elsewhere."""
    path = folder / "black.mkv"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        black = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        for number in range(40):
            black.pts = number
            film.mux(stream.encode(black))
        film.mux(stream.encode(None))
    return path


def test_black_film_with_surround_sound_at_8_khz_cannot_be_measured_and_is_told(
    models: Path, tmp_path: Path
) -> None:
    surround = tmp_path / "surround.wav"
    soundfile.write(surround, np.random.default_rng(1).normal(0, 0.1, (12_800, 6)), 8_000)
    film = still_film(tmp_path)
    document = score(film, models, "--audio", surround, "--json").document
    assert (document["measurable"], document["reason"]) == (False, "nothing moves in the picture here")
    assert np.isfinite(document["reward"])
    told = score(film, models, "--audio", surround).out
    assert told.startswith("offset not measurable here: nothing moves in the picture here\n")


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate_hz", [8_000, 48_000, 96_000])
def test_sound_of_any_rate_and_number_of_channels_is_scored(
    channels: int, rate_hz: int, silent_film: Path, models: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sound.wav"
    one = np.random.default_rng(1).normal(0, 0.1, (rate_hz, 1))
    soundfile.write(path, np.repeat(one, channels, axis=1), rate_hz)
    document = score(silent_film, models, "--audio", path, "--json").document
    assert np.isfinite([document[name] for name in ("reward", "slow", "fast", "confidence")]).all()


def test_sound_that_is_no_number_is_refused_by_file_and_time(
    silent_film: Path, models: Path, tmp_path: Path
) -> None:
    path = tmp_path / "broken.wav"
    sound = np.zeros(48_000)
    sound[12_000] = np.nan
    soundfile.write(path, sound, 48_000, subtype="FLOAT")
    outcome = score(silent_film, models, "--audio", path)
    assert_refused(outcome, 2, f"The sound of {path} has a sample at 0.250 s that is infinite or no number")


def test_film_of_three_pictures_is_too_short_to_measure(models: Path, noise: Path, tmp_path: Path) -> None:
    film = make_film(tmp_path / "short.mp4", pts=even_pts(3, Fraction(25)))
    document = score(film, models, "--audio", noise, "--json").document
    assert not document["measurable"]
    assert document["reason"] == "the clip is too short to measure an offset"


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
