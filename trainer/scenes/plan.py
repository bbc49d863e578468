"""What happens in a scene: actors, contacts, camera, background; drawn from one seed.

Letters: T frames at 25 Hz, P primitives, K fields of a primitive.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.timing import TOKEN_RATE_HZ
from trainer.scenes.flows import FLOW_KINDS, draw_activity, draw_flow_kind
from trainer.scenes.kinds import EVENT_KINDS, draw_event_kind
from trainer.scenes.looks import KINDS_OF_CATEGORY, category_of
from trainer.scenes.primitives import PRIMITIVE_FIELDS, SCENE_WIDTH, Field
from trainer.scenes.rhythm import Beats, draw_beats, frame_times, wander
from trainer.scenes.stage import Drawing, Stage

FloatArray = NDArray[np.float32]

SOURCE_RATES = (25.0, 24.0, 30.0, 15.0, 12.5, 20.0)
SILENT_COPY_SHARE = 0.3
_NOISE_GRIDS = ((4, 5), (9, 12), (22, 30), (50, 66))


@dataclass(frozen=True)
class Actor:
    """One source of sound, seen or not.

    Attributes:
        class_name: Sound class of the bank.
        kind: Kind of motion.
        on_screen: False for a source that is only heard.
        beats: Contacts; None for a continuous source.
        activity: (T,) 0 to 1, when a continuous source runs; None for contacts.
        gain: Level in the mix.
        place: Where it plays, x and y from 0 to 1 of the picture.
    """

    class_name: str
    kind: str
    on_screen: bool
    beats: Beats | None
    activity: FloatArray | None
    gain: float
    place: tuple[float, float]


@dataclass(frozen=True)
class Background:
    """Value-noise grids (rows, columns, 3), a base colour and how strong the noise is."""

    grids: tuple[FloatArray, ...]
    base: FloatArray
    contrast: float


@dataclass(frozen=True)
class ScenePlan:
    """A whole scene before any pixel or sample is made.

    Attributes:
        seed: The seed it was drawn from.
        actors: Sounding actors.
        silent_beats: Contacts of silent copies: they are seen, and nothing is heard.
        primitives: (P, T, K).
        camera: (T, 2) shift of the picture.
        backgrounds: One, or two when the scene cuts.
        cut_frame: Frame of the cut, T when there is none.
        light: (T,) brightness factor.
        noise: Pixel noise amplitude.
        coarseness: Share of blocks that a coarse video codec leaves as they were.
        blur: Share of the previous frame mixed in.
        source_rate_hz: Frame rate the scene pretends to be filmed at.
    """

    seed: int
    actors: tuple[Actor, ...]
    silent_beats: tuple[Beats, ...]
    primitives: FloatArray
    camera: FloatArray
    backgrounds: tuple[Background, ...]
    cut_frame: int
    light: FloatArray
    noise: float
    coarseness: float
    blur: float
    source_rate_hz: float

    @property
    def steps(self) -> int:
        """Frames."""
        return int(self.primitives.shape[1])


def kinds_of(class_name: str) -> tuple[str, ...]:
    """Kinds of motion a class can show, () when it has none of ours."""
    return KINDS_OF_CATEGORY.get(category_of(class_name), ())


@dataclass(frozen=True)
class Cast:
    """The classes a scene may draw from: those with one-shots and those that go on and on."""

    event_classes: tuple[str, ...]
    flow_classes: tuple[str, ...]

    @classmethod
    def of_bank(cls, voices: dict[str, int], ambiences: dict[str, int]) -> "Cast":
        """Cast from counts of voices and ambiences per class."""
        events = tuple(sorted(c for c, n in voices.items() if n >= 2 and set(kinds_of(c)) & set(EVENT_KINDS)))
        flows = tuple(sorted(c for c in ambiences if set(kinds_of(c)) & set(FLOW_KINDS)))
        return cls(events, flows)


def draw_scene(seed: int, cast: Cast, *, duration_s: float) -> ScenePlan:
    """Draw a scene plan from its seed."""
    rng = np.random.default_rng(seed)
    times = frame_times(round(duration_s * TOKEN_RATE_HZ))
    count = int(rng.choice([1, 2, 3], p=[0.45, 0.35, 0.2]))
    actors: list[Actor] = []
    drawing: Drawing = []
    silent: list[Beats] = []
    for _ in range(int(rng.choice([0, 1, 2], p=[0.5, 0.3, 0.2]))):
        if rng.random() < SILENT_COPY_SHARE:
            copy, shapes = _draw_event(rng, times, cast, duration_s, seen_share=1.0)
            silent.extend([copy.beats] if copy.beats else [])
        else:
            shapes = _draw_distractor(rng, times, cast, duration_s)
        drawing.extend(shapes)
    for index in range(count):
        continuous = bool(cast.flow_classes) and rng.random() < (0.2 if index == 0 else 0.3)
        actor, shapes = (_draw_flow if continuous else _draw_event)(rng, times, cast, duration_s)
        actors.append(actor)
        drawing.extend(shapes)
    return _staged(rng, seed, tuple(actors), tuple(silent), drawing, times)


def _stage(rng: np.random.Generator, times: FloatArray) -> Stage:
    return Stage(
        times, rng.uniform(0.2, SCENE_WIDTH - 0.2), rng.uniform(0.3, 0.8), rng.uniform(0.12, 0.65), rng
    )


def _place(stage: Stage) -> tuple[float, float]:
    return stage.x / SCENE_WIDTH, stage.y


def _draw_event(
    rng: np.random.Generator, times: FloatArray, cast: Cast, duration_s: float, *, seen_share: float = 0.94
) -> tuple[Actor, Drawing]:
    class_name = str(rng.choice(cast.event_classes))
    kind = str(rng.choice([k for k in kinds_of(class_name) if k in EVENT_KINDS]))
    beats = draw_beats(rng, duration_s, least_gap_s=0.3 if kind in {"slam", "shatter"} else 0.12)
    on_screen = rng.random() < seen_share
    stage = _stage(rng, times)
    shapes = draw_event_kind(kind, stage, beats, class_name) if on_screen else []
    gain = float(rng.uniform(0.5, 1.2))
    return Actor(class_name, kind, on_screen, beats, None, gain, _place(stage)), shapes


def _draw_flow(
    rng: np.random.Generator, times: FloatArray, cast: Cast, duration_s: float
) -> tuple[Actor, Drawing]:
    class_name = str(rng.choice(cast.flow_classes))
    kind = str(rng.choice([k for k in kinds_of(class_name) if k in FLOW_KINDS]))
    activity = draw_activity(rng, times)
    on_screen = rng.random() > 0.1
    stage = _stage(rng, times)
    shapes = draw_flow_kind(kind, stage, activity, class_name) if on_screen else []
    gain = float(rng.uniform(0.2, 0.7))
    return Actor(class_name, kind, on_screen, None, activity, gain, _place(stage)), shapes


def _draw_distractor(rng: np.random.Generator, times: FloatArray, cast: Cast, duration_s: float) -> Drawing:
    stage = _stage(rng, times)
    class_name = str(rng.choice(cast.event_classes))
    if rng.random() < 0.5:
        return draw_flow_kind(
            str(rng.choice(["scrub", "flap", "spin"])), stage, np.ones_like(times), class_name
        )
    kind = str(rng.choice([k for k in kinds_of(class_name) if k in EVENT_KINDS]))
    still = Beats(np.array([duration_s + 9.0], dtype=np.float32), np.ones(1, dtype=np.float32))
    drifted = Stage(times, stage.x, stage.y, stage.size, rng)
    shapes = draw_event_kind(kind, drifted, still, class_name)
    drift = wander(rng, times, rng.uniform(0.0, 0.3))
    for shape in shapes:
        shape[:, Field.X] += drift
    return shapes


def _staged(
    rng: np.random.Generator,
    seed: int,
    actors: tuple[Actor, ...],
    silent: tuple[Beats, ...],
    drawing: Drawing,
    times: FloatArray,
) -> ScenePlan:
    steps = len(times)
    primitives = np.stack(drawing) if drawing else np.zeros((1, steps, PRIMITIVE_FIELDS), dtype=np.float32)
    cut = int(rng.integers(steps // 5, steps)) if rng.random() < 0.2 else steps
    if cut < steps:
        primitives[:, cut:, Field.X] += rng.uniform(-0.15, 0.15)
        primitives[:, cut:, Field.Y] += rng.uniform(-0.1, 0.1)
    light = 1.0 + rng.choice([0.0, 0.05]) * rng.normal(0, 1, steps)
    return ScenePlan(
        seed=seed,
        actors=actors,
        silent_beats=silent,
        primitives=primitives,
        camera=_camera(rng, times),
        backgrounds=tuple(_background(rng) for _ in range(1 if cut == steps else 2)),
        cut_frame=cut,
        light=light.astype(np.float32),
        noise=float(rng.choice([0.0, 0.01, 0.03])),
        coarseness=float(rng.choice([0.0, 0.3, 0.7], p=[0.5, 0.3, 0.2])),
        blur=float(rng.choice([0.0, 0.3, 0.5])),
        source_rate_hz=float(rng.choice(SOURCE_RATES, p=[0.3, 0.1, 0.2, 0.2, 0.1, 0.1])),
    )


def _camera(rng: np.random.Generator, times: FloatArray) -> FloatArray:
    style = rng.choice(["still", "hand", "pan"], p=[0.45, 0.4, 0.15])
    path = np.zeros((len(times), 2), dtype=np.float32)
    if style == "still":
        return path
    for axis in range(2):
        path[:, axis] = wander(rng, times, rng.uniform(0.005, 0.04))
        if style == "hand":
            path[:, axis] += np.cumsum(rng.normal(0, 0.002, len(times))) * 0.5
    if style == "pan":
        path[:, 0] += rng.uniform(-0.06, 0.06) * times
    return path


def _noise_grid(rng: np.random.Generator, size: tuple[int, int]) -> FloatArray:
    """Noise that is mostly grey, as surfaces are, (rows, columns, 3)."""
    colour = float(rng.uniform(0.0, 0.6))
    grey = rng.normal(0, 1, (*size, 1))
    return (grey + colour * rng.normal(0, 1, (*size, 3))).astype(np.float32)


def _background(rng: np.random.Generator) -> Background:
    grids = tuple(_noise_grid(rng, grid) for grid in _NOISE_GRIDS)
    base = np.clip(rng.uniform(0.1, 0.8) + rng.normal(0, 0.08, 3), 0.02, 0.98)
    return Background(grids, base.astype(np.float32), float(rng.uniform(0.02, 0.3)))
