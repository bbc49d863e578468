"""Stems of a pool's scenes read one by one: a round needs a few hundred of them, not gigabytes of scenes.

Letters: T steps at 25 Hz, C grid channels, F = 4T mel frames, M bands.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors import safe_open
from torch import Tensor

from engine.errors import InputError
from engine.generator.control import ACTIVITY_CHANNEL, hits_of_track
from trainer.scenes.bank import Split

ALL_KINDS = ("contacts", "runs")
Half = Literal["choose", "measure"]
HALVES: tuple[Half, ...] = ("choose", "measure")


@dataclass(frozen=True)
class StemPlace:
    """Where a stem lies in a pool; it stays true when the pool grows.

    Attributes:
        shard: Name of the shard's file without its ending ("train-00012").
        row: Its row among the stems of the shard.
    """

    shard: str
    row: int

    def __str__(self) -> str:
        return f"{self.shard}-{self.row:04d}"


@dataclass(frozen=True)
class StemEntry:
    """What a stem is, without its numbers.

    Attributes:
        place: Where it lies.
        scene: Its scene, one name for all stems of it.
        class_name: Its sound class.
        seen: Whether its source is on screen.
        contacts: How many hits it has; 0 for a sound that runs on.
    """

    place: StemPlace
    scene: str
    class_name: str
    seen: bool
    contacts: int

    @property
    def kind(self) -> str:
        """Contacts, or a sound that runs on."""
        return "contacts" if self.contacts else "runs"


@dataclass(frozen=True)
class Stem:
    """A stem with the picture of its scene.

    Attributes:
        entry: What it is.
        grid: (T, C, 8, 8) motion grid of the scene, float32.
        control: (T, CONTROL_CHANNELS) exact hits and activity, float32.
        mel: (F, M) log-mel of the stem, float32.
    """

    entry: StemEntry
    grid: Tensor
    control: Tensor
    mel: Tensor

    @property
    def hits(self) -> list[tuple[float, float]]:
        """Seconds and strengths of its hits."""
        return hits_of_track(self.control.numpy())

    @property
    def moments_s(self) -> list[float]:
        """Seconds of its hits."""
        return [time for time, _ in self.hits]

    @property
    def activity(self) -> Tensor:
        """(T,) where it runs on."""
        return self.control[:, ACTIVITY_CHANNEL]


class StemShelf:
    """All stems of one side of a pool: listed at once, read when asked for.

    Args:
        folder: The pool.
        split: Its side.

    Raises:
        InputError: When there are no shards.
    """

    def __init__(self, folder: Path, split: Split) -> None:
        self.folder = folder
        paths = sorted(folder.glob(f"{split}-*.safetensors"))
        if not paths:
            raise InputError(f"No {split} shards in {folder}: run `msg-train scenes render` first.")
        self.entries = [entry for path in paths for entry in _entries_of(path)]

    def chosen(
        self, count: int, *, classes: Sequence[str], chance: torch.Generator, kinds: Sequence[str] = ALL_KINDS
    ) -> list[StemEntry]:
        """Stems on screen, of the given classes, in an order drawn by chance.

        Args:
            count: At most so many.
            classes: Classes the generator knows.
            chance: Source of the order.
            kinds: Of "contacts" and "runs".

        Raises:
            InputError: When no stem fits.
        """
        known = set(classes)
        fitting = [e for e in self.entries if e.seen and e.class_name in known and e.kind in kinds]
        if not fitting:
            raise InputError(
                f"The scenes in {self.folder} hold no stem on screen ({', '.join(kinds)}) of a class "
                "that the generator knows: render other scenes, or allow more kinds."
            )
        order = torch.randperm(len(fitting), generator=chance)[:count].tolist()
        return [fitting[at] for at in order]

    def spread(self, count: int, *, classes: Sequence[str], half: Half) -> list[StemEntry]:
        """Stems made of contacts on screen, one a scene, spread evenly over half of the scenes.

        What a model was chosen by must not be what it is measured by: every second scene serves the one,
        those between the other.

        Args:
            count: At most so many.
            classes: Classes the generator knows.
            half: What for: "choose" a model, or "measure" it.

        Raises:
            InputError: When no stem fits.
        """
        every = self.chosen(
            len(self.entries), classes=classes, chance=torch.Generator().manual_seed(0), kinds=("contacts",)
        )
        of_scene = {entry.scene: entry for entry in sorted(every, key=lambda entry: str(entry.place))}
        scenes = sorted(of_scene)[HALVES.index(half) :: len(HALVES)]
        if not scenes:
            raise InputError(
                f"{self.folder} has too few scenes to {half} by: render 2 with contacts at least."
            )
        places = torch.linspace(0, len(scenes) - 1, min(count, len(scenes))).long().tolist()
        return [of_scene[scenes[at]] for at in places]

    def read(self, entry: StemEntry) -> Stem:
        """A stem with the picture of its scene."""
        return read_stem(self.folder, entry.place)


def read_stem(folder: Path, place: StemPlace) -> Stem:
    """The stem at a place of a pool.

    Raises:
        InputError: When the pool has no such stem.
    """
    path = folder / f"{place.shard}.safetensors"
    if not path.is_file():
        raise InputError(f"Stem {place}: {path} is not there. Render the same scenes again.")
    with safe_open(path, framework="pt") as shard:
        scenes = shard.get_tensor("stem_scene")
        if not 0 <= place.row < len(scenes):
            raise InputError(f"Stem {place}: {path} holds {len(scenes)} stems. Render the same scenes again.")
        scene = int(scenes[place.row])
        return Stem(
            entry=_entries_of(path)[place.row],
            grid=shard.get_slice("grid")[scene].float(),
            control=shard.get_slice("stem_control")[place.row].float(),
            mel=shard.get_slice("stem_mel")[place.row].float(),
        )


def _entries_of(path: Path) -> list[StemEntry]:
    """The stems of a shard, from its small tensors alone."""
    with safe_open(path, framework="pt") as shard:
        classes = json.loads(shard.metadata()["classes"])
        numbers, scenes = shard.get_tensor("stem_class").tolist(), shard.get_tensor("stem_scene").tolist()
        seen = shard.get_tensor("stem_seen").tolist()
        impulses = shard.get_tensor("stem_control")[..., :ACTIVITY_CHANNEL]
        contacts = (impulses > 0).sum((1, 2)).tolist()
    return [
        StemEntry(StemPlace(path.stem, row), f"{path.stem}/{scene}", classes[number], on_screen, hits)
        for row, (scene, number, on_screen, hits) in enumerate(
            zip(scenes, numbers, seen, contacts, strict=True)
        )
    ]
