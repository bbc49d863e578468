"""Two events with takes, small enough to know by heart."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.project.project import EventSetup, Project, new_project
from engine.project.project_file import save_project
from engine.records import ClipInfo, Event, HitPoint, Score, SyncMap, Take
from engine.timing import TimeRange

STEP = Event(
    id="e001",
    lane="feet",
    cat_id="FEETHmn",
    range=TimeRange(48_000, 72_000),  # 1.000 s to 1.500 s
    hit_points=(HitPoint(50_000),),
    confidence=0.87,
    reason="fast contact",
)
DOOR = Event(
    id="e002",
    lane="props",
    cat_id="DOORWood",
    range=TimeRange(2_940_048, 3_036_048),  # 61.251 s to 63.251 s
    hit_points=(),
    confidence=0.4,
    reason="slow swing",
)


def make_film(path: Path = Path("film.mp4"), *, duration_samples: int = 100 * 48_000) -> ClipInfo:
    """A silent film at 25 fps; its file need not exist."""
    return ClipInfo(
        path=path,
        fingerprint="1" * 64,
        duration_samples=duration_samples,
        fps=Fraction(25),
        variable_rate=False,
        width=640,
        height=360,
        rotation=0,
        start_pts=0,
        time_base=Fraction(1, 25),
        frame_count=duration_samples // 1920,
        video_codec="h264",
        pixel_format="yuv420p",
        audio=None,
    )


def make_take(event: Event, number: int, *, offset_ms: float = 0.0) -> Take:
    """Take `number` of an event; its sound file does not exist."""
    score = Score(0.1 * number, 0.2, 0.3, offset_ms, 0.9, measurable=True)
    return Take(
        id=f"{event.id}_t{number}",
        event_id=event.id,
        path=Path(f"{event.id}_t{number}.wav"),
        range=event.range,
        seed=number,
        steps=25,
        guidance=4.5,
        prompt="boots on gravel",
        model="starter",
        model_sha256="0" * 64,
        weights_licence="CC-BY-4.0",
        clip_fingerprint="1" * 64,
        device="cpu",
        batch=2,
        threads=2,
        sha256="2" * 64,
        seconds=0.5,
        score=score,
    )


def make_sync_map(*, offset_ms: float = 80.0, measurable: bool = True, slow: float = 0.5) -> SyncMap:
    """2 s from second 1 on: 0 everywhere but 1 where sound and picture steps are equal."""
    lags = np.arange(-32, 33, dtype=np.float32) * 40
    return SyncMap(
        slow=np.eye(12, dtype=np.float32),
        fast=np.eye(50, dtype=np.float32),
        slow_step_s=0.16,
        fast_step_s=0.04,
        start_s=1.0,
        lag_ms=lags,
        lag_score=np.where(lags == offset_ms, 0.5, 0.0).astype(np.float32),
        score=Score(0.6, slow, 0.3, offset_ms, 0.9, measurable),
    )


def opened_project() -> Project:
    """The step with two takes, the second chosen, and the door as a suggestion; 100 s of film at 25 fps."""
    takes = (make_take(STEP, 1, offset_ms=42.0), make_take(STEP, 2))
    project = (
        new_project("Film", make_film()).with_event(STEP).with_takes(takes).with_chosen("e001", "e001_t2")
    )
    return project.with_event(DOOR, EventSetup(status="suggested"))


def saved_project(folder: Path) -> Path:
    """A project on disk: two takes of the step, the second chosen; none of the door. 25 fps."""
    takes = (make_take(STEP, 1, offset_ms=42.0), make_take(STEP, 2))
    project = new_project("Film").with_event(STEP).with_event(DOOR).with_takes(takes)
    place = folder / "Film.msgproj"
    save_project(project.with_chosen("e001", "e001_t2"), place)
    return place
