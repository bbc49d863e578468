"""Two events with takes, small enough to know by heart."""

from pathlib import Path

from engine.project.project import new_project
from engine.project.project_file import save_project
from engine.records import Event, HitPoint, Score, Take
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


def saved_project(folder: Path) -> Path:
    """A project on disk: two takes of the step, the second chosen; none of the door. 25 fps."""
    takes = (make_take(STEP, 1, offset_ms=42.0), make_take(STEP, 2))
    project = new_project("Film").with_event(STEP).with_event(DOOR).with_takes(takes)
    place = folder / "Film.msgproj"
    save_project(project.with_chosen("e001", "e001_t2"), place)
    return place
