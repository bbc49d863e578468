"""Scenes as films with sound, and their truth beside them, for eyes and ears."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from engine.timing import MODEL_RATE_HZ, TOKEN_RATE_HZ
from trainer.scenes.bank import load_bank
from trainer.scenes.plan import Actor, ScenePlan, draw_scene
from trainer.scenes.pool import cast_of
from trainer.scenes.render import render
from trainer.scenes.sound import perform

ENLARGED = 4
RUNS_FROM = 0.1


def write_previews(folder: Path, *, seed: int, count: int, duration_s: float = 6.4) -> list[Path]:
    """Write ``count`` scenes as mp4 with their truth as JSON.

    Raises:
        InputError: When the sound bank is not there.
    """
    bank = load_bank("train")
    cast = cast_of(bank)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(seed, seed + count):
        plan = draw_scene(number, cast, duration_s=duration_s)
        pictures = render([plan])[0].numpy()
        path = folder / f"scene_{number:06d}.mp4"
        _write_film(path, pictures, perform(plan, bank).mix)
        path.with_suffix(".json").write_text(json.dumps(truth_of(plan), indent=2), encoding="utf-8")
        paths.append(path)
    return paths


def truth_of(plan: ScenePlan) -> dict[str, object]:
    """Exact truth of a scene as plain values."""
    return {
        "seed": plan.seed,
        "cut_frame": plan.cut_frame if plan.cut_frame < plan.steps else None,
        "actors": [_truth_of_actor(actor) for actor in plan.actors],
        "silent_contacts_s": [[round(float(t), 4) for t in beats.times_s] for beats in plan.silent_beats],
    }


def _truth_of_actor(actor: Actor) -> dict[str, object]:
    truth: dict[str, object] = {
        "class": actor.class_name,
        "kind": actor.kind,
        "on_screen": actor.on_screen,
        "place": [round(part, 3) for part in actor.place] if actor.on_screen else None,
    }
    if actor.beats is None:
        return {**truth, "contacts_s": [], "strengths": [], "runs_s": _runs_s(actor)}
    return {
        **truth,
        "contacts_s": [round(float(t), 4) for t in actor.beats.times_s],
        "strengths": [round(float(s), 3) for s in actor.beats.strengths],
        "runs_s": [],
    }


def _runs_s(actor: Actor) -> list[list[float]]:
    """Onset and offset of every stretch a continuous source sounds in."""
    loud = np.concatenate([[False], np.asarray(actor.activity) > RUNS_FROM, [False]])
    edges = np.flatnonzero(np.diff(loud)).reshape(-1, 2) / TOKEN_RATE_HZ
    return [[round(float(start), 4), round(float(end), 4)] for start, end in edges]


def _write_film(path: Path, pictures: NDArray[np.uint8], mix: NDArray[np.float32]) -> None:
    large = pictures.repeat(ENLARGED, axis=1).repeat(ENLARGED, axis=2)
    with av.open(str(path), "w") as film:
        picture = film.add_stream("libx264", rate=TOKEN_RATE_HZ)
        picture.width, picture.height, picture.pix_fmt = large.shape[2], large.shape[1], "yuv420p"
        sound = film.add_stream("aac", rate=MODEL_RATE_HZ)
        for image in large:
            film.mux(picture.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        film.mux(picture.encode(None))
        wave = np.clip(mix, -1, 1)[None].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = MODEL_RATE_HZ, 0, Fraction(1, MODEL_RATE_HZ)
        film.mux(sound.encode(frame))
        film.mux(sound.encode(None))
