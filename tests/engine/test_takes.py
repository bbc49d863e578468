from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.errors import InputError, OutputLocationError
from engine.records import Event, HitPoint, Score, Take, TakeLayer
from engine.takes import TakeOrder, kept_layers, laid_on_timeline, take_seeds, write_take
from engine.timing import TimeRange
from tests.engine.small_networks import small_clip

EVENT = Event("e003", "props", "METLImpt", TimeRange(4800, 9600), (HitPoint(6000),), 0.9, "seen")
MADE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def take(folder: Path) -> Take:
    return Take(
        id="e003_t2",
        event_id="e003",
        path=folder / "e003_t2.wav",
        range=TimeRange(48_000, 48_100),
        seed=12,
        steps=15,
        guidance=2.5,
        prompt="a hammer",
        model="small",
        model_sha256="ab" * 32,
        weights_licence="CC BY 4.0",
        clip_fingerprint="cd" * 32,
        device="cpu",
        batch=4,
        threads=1,
        sha256="",
        seconds=0.5,
        score=Score(0.4, 0.2, 0.3, 0.0, 0.9, True),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("takes", 0),
        ("takes", 17),
        ("steps", 0),
        ("steps", 201),
        ("seed", -1),
        ("seed", 2**31 + 1),
        ("guidance", -0.1),
        ("guidance", 20.5),
        ("guidance", float("nan")),
    ],
)
def test_number_out_of_range_is_named_with_its_limits(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"^{name} {value} is out of range: give a value from"):
        TakeOrder(EVENT, "IMPT_metal", **{name: value})


@pytest.mark.parametrize(("name", "value"), [("takes", 16), ("steps", 200), ("seed", 0), ("guidance", 20)])
def test_limits_themselves_are_allowed(name: str, value: int) -> None:
    assert getattr(TakeOrder(EVENT, "IMPT_metal", **{name: value}), name) == value


def test_seeds_count_up_from_the_orders_seed() -> None:
    assert take_seeds(TakeOrder(EVENT, "IMPT_metal", takes=3, seed=41)) == (41, 42, 43)


def test_take_lies_at_its_place_and_silence_elsewhere() -> None:
    laid = laid_on_timeline(np.array([1, 2, 3], dtype=np.float32), TimeRange(4, 7), 10)
    assert laid.tolist() == [[0, 0, 0, 0, 1, 2, 3, 0, 0, 0]]


def test_take_beyond_the_clip_is_cut() -> None:
    laid = laid_on_timeline(np.array([1, 2, 3], dtype=np.float32), TimeRange(8, 11), 10)
    assert laid.tolist() == [[0] * 8 + [1, 2]]


def test_quiet_take_is_written_as_it_is(tmp_path: Path) -> None:
    sound = np.linspace(-0.5, 0.5, 100, dtype=np.float32)
    write_take(take(tmp_path), sound, small_clip(100).info, number=2, made=MADE)
    read, rate = soundfile.read(tmp_path / "e003_t2.wav", dtype="float32")
    assert rate == 48_000
    np.testing.assert_allclose(read, sound, atol=2e-7)
    assert soundfile.info(tmp_path / "e003_t2.wav").subtype == "PCM_24"


def test_take_that_would_clip_is_scaled_and_its_note_says_by_how_much(tmp_path: Path) -> None:
    sound = np.array([0.0, 1.96, -0.98], dtype=np.float32)
    write_take(take(tmp_path), sound, small_clip(100).info, number=2, made=MADE)
    content = (tmp_path / "e003_t2.wav").read_bytes()
    read, _ = soundfile.read(tmp_path / "e003_t2.wav", dtype="float32")
    np.testing.assert_allclose(read, [0.0, 0.98, -0.49], atol=1e-6)
    assert b"scaled by -6.02 dB to keep from clipping" in content


def test_file_tells_how_the_take_was_made_and_where_it_lies(tmp_path: Path) -> None:
    write_take(take(tmp_path), np.zeros(100, dtype=np.float32), small_clip(100).info, number=2, made=MADE)
    content = (tmp_path / "e003_t2.wav").read_bytes()
    for words in (
        b"model=small",
        b"weights=abababababababab",
        b"licence=CC BY 4.0",
        b"seed=12",
        b"steps=15",
        b"guidance=2.5",
        b"prompt=a hammer",
        b"clip=cdcdcdcdcdcdcdcd",
        b"batch=4",
        b"threads=1",
        b"e003 take 2",
        b"2026-03-04",
    ):
        assert words in content
    # bext: 01:00:00:00 is 3600 s, and the take begins one second into the clip.
    bext = content[content.index(b"bext") + 8 :]
    assert int.from_bytes(bext[338:346], "little") == 3601 * 48_000


def test_place_where_nothing_can_be_written_is_refused(tmp_path: Path) -> None:
    lost = replace(take(tmp_path), path=tmp_path / "no_folder" / "take.wav")
    with pytest.raises(OutputLocationError):
        write_take(lost, np.zeros(100, dtype=np.float32), small_clip(100).info, number=1, made=MADE)


@pytest.mark.parametrize(
    ("where", "joins", "kept"),
    [
        ((48_020, 48_060), ((48_010, 48_030), (48_050, 48_070)), ((0, 10), (70, 100))),
        ((48_000, 48_060), ((48_050, 48_070),), ((70, 100),)),
        ((48_020, 48_100), ((48_010, 48_030),), ((0, 10),)),
        ((48_000, 48_100), (), ()),
        ((48_020, 48_100), ((48_000, 48_020),), ()),
    ],
)
def test_a_take_made_anew_in_part_says_what_it_keeps(
    where: tuple[int, int], joins: tuple[tuple[int, int], ...], kept: tuple[tuple[int, int], ...]
) -> None:
    layers = kept_layers(take(Path()), TimeRange(*where), [TimeRange(*join) for join in joins])
    assert layers == tuple(TakeLayer("e003_t2", TimeRange(*part)) for part in kept)
