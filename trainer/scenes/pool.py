"""Rendered scenes on disk: shards of grids, mels and truth that every recipe trains from.

Letters of a shard: B scenes, T frames at 25 Hz, F = 4T mel frames, A stems of all scenes.
"""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.errors import InputError
from engine.features import mel as mel_module
from engine.features import motion_grid as motion_grid_module
from engine.features.mel import log_mel
from engine.features.motion_grid import motion_grid
from engine.generator.control import control_track
from engine.timing import TOKEN_RATE_HZ
from trainer.scenes.bank import SoundBank, Split, load_bank
from trainer.scenes.plan import Actor, Cast, ScenePlan, draw_scene
from trainer.scenes.render import render
from trainer.scenes.sound import perform

HELD_OUT_SEED = 900_000_000
_NOT_IN_SHARDS = {"bench", "canvas", "demo", "demo_actors", "garden", "preview", "truth"}


@dataclass(frozen=True)
class PoolConfig:
    """What to render.

    Attributes:
        folder: Where shards go.
        scenes: Training scenes.
        held_out_scenes: Evaluation scenes, from recordings never used in training.
        duration_s: Length of a scene.
        shard_scenes: Scenes in a shard.
        seed: First seed; scene i has seed + i.
        workers: Processes.
    """

    folder: str
    scenes: int = 4096
    held_out_scenes: int = 256
    duration_s: float = 6.4
    shard_scenes: int = 32
    seed: int = 1
    workers: int = 1


def cast_of(bank: SoundBank) -> Cast:
    """Classes a scene may draw from, given the bank."""
    return Cast.of_bank(
        {name: len(voices) for name, voices in bank.voices.items()},
        {name: len(sounds) for name, sounds in bank.ambiences.items()},
    )


def actor_control(actor: Actor, steps: int) -> np.ndarray:
    """The exact control track (T, CONTROL_CHANNELS) of an actor."""
    if actor.beats is None:
        return control_track(steps, activity=actor.activity)
    hits = [(float(t), float(s)) for t, s in zip(actor.beats.times_s, actor.beats.strengths, strict=True)]
    return control_track(steps, hits=hits)


def make_shard(plans: list[ScenePlan], bank: SoundBank, classes: tuple[str, ...]) -> dict[str, Tensor]:
    """Pictures, sound and truth of some scenes as named tensors."""
    sounds = [perform(plan, bank) for plan in plans]
    grids = torch.cat([motion_grid(render([plan])).half() for plan in plans])
    mixes = torch.from_numpy(np.stack([sound.mix for sound in sounds]))
    stems = torch.from_numpy(np.concatenate([sound.stems for sound in sounds]))
    actors = [(index, actor) for index, plan in enumerate(plans) for actor in plan.actors]
    steps = plans[0].steps
    return {
        "grid": grids,  # (B, T, C, 8, 8)
        "mix_mel": log_mel(mixes).half(),  # (B, F, M)
        "stem_mel": log_mel(stems).half(),  # (A, F, M)
        "stem_scene": torch.tensor([index for index, _ in actors]),
        "stem_class": torch.tensor([classes.index(actor.class_name) for _, actor in actors]),
        "stem_seen": torch.tensor([actor.on_screen for _, actor in actors]),
        "stem_control": torch.from_numpy(
            np.stack([actor_control(actor, steps) for _, actor in actors])
        ).half(),
        "stem_place": torch.tensor([actor.place for _, actor in actors]),
        "silent_onsets": torch.stack([silent_track(plan) for plan in plans]).half(),  # (B, T)
        "cut_frame": torch.tensor([plan.cut_frame for plan in plans]),
    }


def silent_track(plan: ScenePlan) -> Tensor:
    """Strengths of the contacts of silent copies in each frame, (T,)."""
    track = torch.zeros(plan.steps)
    for beats in plan.silent_beats:
        for time_s, strength in zip(beats.times_s, beats.strengths, strict=True):
            frame = min(int(time_s * TOKEN_RATE_HZ), plan.steps - 1)
            track[frame] = max(float(track[frame]), float(strength))
    return track


@cache
def scene_code_hash() -> str:
    """Hash of everything a shard depends on: the code of the scenes and of the features."""
    digest = hashlib.sha256()
    own = [path for path in sorted(Path(__file__).parent.glob("*.py")) if path.stem not in _NOT_IN_SHARDS]
    for path in [*own, Path(motion_grid_module.__file__), Path(mel_module.__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def shard_path(folder: Path, split: Split, index: int) -> Path:
    """File of one shard."""
    return folder / f"{split}-{index:05d}.safetensors"


def render_shards(config: PoolConfig, split: Split, indices: list[int]) -> Iterator[Path]:
    """Render the shards that are not there yet, one by one."""
    bank = load_bank(split)
    cast = cast_of(bank)
    folder = Path(config.folder)
    folder.mkdir(parents=True, exist_ok=True)
    base = config.seed if split == "train" else HELD_OUT_SEED + config.seed
    for index in indices:
        path = shard_path(folder, split, index)
        if not _is_current(path):
            first = base + index * config.shard_scenes
            plans = [
                draw_scene(first + offset, cast, duration_s=config.duration_s)
                for offset in range(config.shard_scenes)
            ]
            shard = make_shard(plans, bank, bank.classes)
            temporary = path.with_suffix(".tmp")
            about = {"classes": json.dumps(bank.classes), "scene_code": scene_code_hash()}
            save_file(shard, temporary, metadata=about)
            temporary.replace(path)
        yield path


def _is_current(path: Path) -> bool:
    """Whether a shard is there and was made by this code; an older one is made anew."""
    if not path.exists():
        return False
    with safe_open(path, framework="pt") as shard:
        return bool(shard.metadata().get("scene_code") == scene_code_hash())


def _render_all(config: PoolConfig, split: Split, indices: list[int]) -> int:
    torch.set_num_threads(1)
    return sum(1 for _ in render_shards(config, split, indices))


def render_pool(config: PoolConfig) -> int:
    """Render the whole pool with worker processes; returns the number of shards."""
    held_out = range(config.held_out_scenes // config.shard_scenes)
    train = range(config.scenes // config.shard_scenes)
    if config.workers == 1:
        return _render_all(config, "held_out", [*held_out]) + _render_all(config, "train", [*train])
    with ProcessPoolExecutor(config.workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_render_all, config, "held_out", [*held_out])]
        jobs += [
            pool.submit(_render_all, config, "train", [*train[worker :: config.workers]])
            for worker in range(config.workers)
        ]
        return sum(job.result() for job in jobs)


@dataclass
class ScenePool:
    """Shards held in memory. Fields as in ``make_shard``, over all shards.

    Attributes:
        stem_rows: For each scene the rows of its stems.
    """

    classes: tuple[str, ...]
    grid: Tensor
    mix_mel: Tensor
    stem_mel: Tensor
    stem_scene: Tensor
    stem_class: Tensor
    stem_seen: Tensor
    stem_control: Tensor
    stem_place: Tensor
    silent_onsets: Tensor
    stem_rows: list[list[int]]

    @property
    def scenes(self) -> int:
        """Scenes held."""
        return self.grid.shape[0]

    @property
    def steps(self) -> int:
        """Frames of a scene."""
        return self.grid.shape[1]


def load_pool(folder: Path, split: Split, *, classes: tuple[str, ...] | None = None) -> ScenePool:
    """Read all shards of one side.

    Args:
        folder: Pool folder.
        split: Side.
        classes: Class list to number by; the shards' own when None.

    Raises:
        InputError: When there are no shards.
    """
    paths = sorted(folder.glob(f"{split}-*.safetensors"))
    if not paths:
        raise InputError(f"No {split} shards in {folder}: run `msg-train scenes render` first.")
    parts: list[dict[str, Tensor]] = []
    first_scene = 0
    for path in paths:
        with safe_open(path, framework="pt") as shard:
            names = shard.keys()
            part = {name: shard.get_tensor(name) for name in names}
            own = tuple(json.loads(shard.metadata()["classes"]))
        wanted = classes or own
        classes = wanted
        renumber = torch.tensor([wanted.index(name) if name in wanted else -1 for name in own])
        part["stem_class"] = renumber[part["stem_class"]]
        part["stem_scene"] = part["stem_scene"] + first_scene
        first_scene += part["grid"].shape[0]
        parts.append(part)
    joined = {name: torch.cat([part.pop(name) for part in parts]) for name in list(parts[0])}
    joined.pop("cut_frame")
    rows: list[list[int]] = [[] for _ in range(first_scene)]
    for row, scene in enumerate(joined["stem_scene"].tolist()):
        rows[scene].append(row)
    return ScenePool(classes=classes or (), stem_rows=rows, **joined)
