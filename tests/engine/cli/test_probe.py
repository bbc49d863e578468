from fractions import Fraction
from pathlib import Path

from tests.coded_film import make_film, uneven_pts
from tests.engine.cli.program import engine


def test_document_says_what_the_film_is(film: Path) -> None:
    document = engine("probe", film, "--json").document
    fingerprint = document.pop("fingerprint")
    assert len(fingerprint) == 64
    assert document == {
        "schema": 1,
        "command": "probe",
        "path": str(film),
        "duration_s": 1.6,
        "duration_samples": 76_800,
        "fps_num": 25,
        "fps_den": 1,
        "width": 192,
        "height": 96,
        "rotation": 0,
        "start_pts": 0,
        "time_base_num": 1,
        "time_base_den": 90_000,
        "frame_count": 40,
        "variable_rate": False,
        "video_codec": "h264",
        "pixel_format": "yuv420p",
        "audio": {
            "codec": "aac",
            "rate_hz": 48_000,
            "channels": 1,
            "duration_s": 1.6,
            "duration_samples": 76_800,
        },
    }


def test_film_without_sound_has_null_audio(silent_film: Path) -> None:
    outcome = engine("probe", silent_film, "--json")
    assert (outcome.status, outcome.document["audio"]) == (0, None)


def test_uneven_film_at_25_fps_tells_so(tmp_path: Path) -> None:
    path = make_film(tmp_path / "phone.mp4", pts=uneven_pts(30))
    document = engine("probe", path, "--json").document
    assert document["variable_rate"]
    pts = uneven_pts(30)
    # The last picture's length is not known before it ends; the average rate leaves it little room.
    assert abs(Fraction(document["fps_num"], document["fps_den"]) - Fraction(29 * 90_000, pts[-1])) < 1


def test_text_is_short_and_for_people(film: Path) -> None:
    outcome = engine("probe", film)
    assert outcome.out.splitlines() == [
        "walk.mp4: 1.600 s, 40 pictures",
        "picture: 192 x 96, 25.000 fps (25), h264 yuv420p",
        "sound: aac, 48000 Hz, 1 channels",
    ]
    assert outcome.err == ""
