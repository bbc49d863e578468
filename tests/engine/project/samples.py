"""Small records for the tests of the project format: WAV files, events, takes, votes, a full project."""

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from engine.project.project import EventSetup, Marker, Project, new_project
from engine.project.votes import Vote, new_vote
from engine.records import AudioInfo, ClipInfo, Event, HitPoint, Score, Take
from engine.timing import TimeRange

SCORE = Score(reward=0.5, slow=0.25, fast=0.125, offset_ms=-12.5, confidence=0.75, measurable=True)


def wav_bytes(sound: bytes, *, before: bytes = b"") -> bytes:
    """A mono 16-bit WAV at 48 kHz; `before` are whole chunks ahead of the sound."""
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 48_000, 96_000, 2, 16)
    body = b"WAVE" + before + layout + struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def write_wav(path: Path, sound: bytes = b"\x01\x02") -> Path:
    """A WAV file with this sound."""
    path.write_bytes(wav_bytes(sound))
    return path


def clip(path: Path) -> ClipInfo:
    """A film with sound; the file need not exist."""
    return ClipInfo(
        path=path,
        fingerprint="f" * 64,
        duration_samples=480_000,
        fps=Fraction(24000, 1001),
        variable_rate=False,
        width=1920,
        height=1080,
        rotation=0,
        start_pts=512,
        time_base=Fraction(1, 12_800),
        frame_count=240,
        video_codec="h264",
        pixel_format="yuv420p",
        audio=AudioInfo("aac", 48_000, 2, 480_000),
    )


def event(event_id: str) -> Event:
    """An event with two hit points."""
    return Event(
        id=event_id,
        lane="feet",
        cat_id="FEETHmn",
        range=TimeRange(48_000, 96_000),
        hit_points=(HitPoint(49_920, 1.0), HitPoint(57_600, 0.5)),
        confidence=0.75,
        reason="contact",
    )


def take(take_id: str, event_id: str, folder: Path) -> Take:
    """A take whose WAV would lie in a folder."""
    return Take(
        id=take_id,
        event_id=event_id,
        path=folder / f"{take_id}.wav",
        range=TimeRange(24_000, 120_000),
        seed=7,
        steps=25,
        guidance=4.5,
        prompt="boots on gravel",
        model="starter",
        model_sha256="a" * 64,
        weights_licence="CC BY 4.0",
        clip_fingerprint="f" * 64,
        device="cpu",
        batch=4,
        threads=2,
        sha256="b" * 64,
        seconds=1.5,
        score=SCORE,
    )


def vote(folder: Path, *, verdict: str = "first") -> Vote:
    """A blind vote between takes t1 and t2 of event e001."""
    assert verdict in ("first", "second", "both good", "both bad")
    return new_vote(
        take("t1", "e001", folder), take("t2", "e001", folder), verdict=verdict, blind=True, tags=("timing",)
    )


def full_project(folder: Path, film: Path) -> Project:
    """Two events, two takes with WAV files of their own, a vote, a marker, settings."""
    takes = tuple(take(name, "e001", folder) for name in ("t1", "t2"))
    for number, one in enumerate(takes):
        write_wav(one.path, bytes([number, 0]) * 8)
    project = new_project("My Film", clip(film))
    project = project.with_event(event("e001"), EventSetup(prompt="boots", gain_db=-3.5, status="review"))
    project = project.with_event(event("e002")).with_takes(takes).with_votes([vote(folder)])
    return replace(
        project,
        starred=frozenset({"t2"}),
        markers=(Marker(480, "cut", "#ff0000"),),
        settings={"creator": "JDOE", "handles": 2},
    )
