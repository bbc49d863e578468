"""A film of ten seconds with three events, small enough to work out where everything lies."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from engine.project.project import EventSetup, Project, new_project
from engine.records import AudioInfo, ClipInfo, Event, HitPoint
from engine.timing import TimeRange
from msg_studio.views.timeline.geometry import Slot

S = 48_000
FILM = ClipInfo(
    path=Path("film.mp4"),
    fingerprint="1" * 64,
    duration_samples=10 * S,
    fps=Fraction(25),
    variable_rate=False,
    width=640,
    height=360,
    rotation=0,
    start_pts=0,
    time_base=Fraction(1, 25),
    frame_count=250,
    video_codec="h264",
    pixel_format="yuv420p",
    audio=AudioInfo("aac", S, 2, 10 * S),
)


def event(event_id: str, lane: str, start_s: float, end_s: float, *hits_s: float) -> Event:
    """An event; its hit points have full strength."""
    points = tuple(HitPoint(round(hit * S)) for hit in hits_s)
    where = TimeRange(round(start_s * S), round(end_s * S))
    return Event(event_id, lane, "FEETHmn", where, points, 0.64, "2 contacts seen (mean probability 0.64)")


STEPS = event("steps", "feet", 1.0, 3.0, 1.5, 2.5)
DOOR = event("door", "props", 4.0, 6.0, 5.0)
FOUND = event("found", "moves", 4.0, 6.0)


def small_project() -> Project:
    """Steps and a door, and a suggested event on another lane; 25 fps from 01:00:00:00."""
    project = new_project("Film", FILM).with_event(STEPS, EventSetup(prompt="boots"))
    project = project.with_event(DOOR, EventSetup(prompt="door"))
    return project.with_event(FOUND, EventSetup(prompt="cloth", status="suggested"))


def silent(project: Project) -> Project:
    """The same with a film that has no sound."""
    return replace(project, clip=replace(FILM, audio=None))


class PlainScale:
    """A scale without a widget: sample 0 at pixel 0."""

    def __init__(self, samples_per_pixel: float, first: int = 0) -> None:
        self.samples_per_pixel, self.first = samples_per_pixel, first

    def x_of(self, sample: float) -> float:
        return (sample - self.first) / self.samples_per_pixel

    def sample_at(self, x: float) -> int:
        return round(self.first + x * self.samples_per_pixel)


WHOLE = Slot()
