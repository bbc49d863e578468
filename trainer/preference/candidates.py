"""Recipe: N takes of every chosen stem from M_k, their latents kept.

One file a stem; what is there already and was made the same way is not made again. Under torchrun each
process makes every W-th stem.

Letters: K takes, N tokens, L latent channels, W processes.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.generator.flow import draw_noise, sample
from engine.generator.guidance import GuidanceWeights
from engine.generator.starter import StarterGenerator, StarterInputs
from engine.progress import Progress, ProgressListener, silent
from trainer.data.feature_cache import make_folder
from trainer.device import chosen_device
from trainer.distributed import rank, world_size
from trainer.preference.given import given_of_stem, moved_given
from trainer.preference.start import StartConfig, open_starter
from trainer.preference.stems import ALL_KINDS, StemEntry, StemPlace, StemShelf

_HEADER = "multisoundgen_candidates"


@dataclass(frozen=True)
class CandidateConfig:
    """Which takes are made.

    Attributes:
        stems: Stems that get takes.
        takes: N, takes of each.
        steps: Euler steps.
        guidance: Guidance weight of all conditions.
        hits_off: Share of stems whose hit track is kept from the generator. The published method has
            none; with it, timing is nearly given and there is little left to prefer.
        kinds: Stems of "contacts", of "runs", or of both.
        seed: Decides which stems, which of them go without hits, and the noise.
        bfloat16: Compute under bfloat16 autocast.
        device: "cpu", "cuda", or "auto".
        threads: CPU threads.

    Raises:
        InputError: When a number makes no sense.
    """

    stems: int = 512
    takes: int = 5
    steps: int = 10
    guidance: float = 2.5
    hits_off: float = 0.75
    kinds: tuple[str, ...] = ALL_KINDS
    seed: int = 1
    bfloat16: bool = False
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        if self.stems < 1 or self.takes < 2:
            raise InputError(
                f"stems = {self.stems}, takes = {self.takes}: give at least 1 stem and 2 takes, or there "
                "is nothing to choose from."
            )
        if not 0.0 <= self.hits_off <= 1.0:
            raise InputError(f"hits_off = {self.hits_off}: give a share from 0 to 1.")
        if not set(self.kinds) <= set(ALL_KINDS) or not self.kinds:
            raise InputError(f"kinds = {list(self.kinds)}: give some of {', '.join(ALL_KINDS)}.")


@dataclass(frozen=True)
class CandidateRunConfig:
    """One run of ``msg-train candidates``.

    Attributes:
        folder: Where the takes go.
        pool: Folder of the scenes.
        start: The generator M_k.
        candidates: Which takes.
    """

    folder: str
    pool: str
    start: StartConfig = field(default_factory=StartConfig)
    candidates: CandidateConfig = field(default_factory=CandidateConfig)


@dataclass(frozen=True)
class Candidates:
    """The takes of one stem.

    Attributes:
        place: The stem.
        pool: Folder of its scenes.
        hits: Whether its hit track was given.
        generator_sha256: Hash of the generator's weights.
        adapter_sha256: Hash of its adapter, empty for none.
        path: File of the latents.
        latents: (K, N, L).
    """

    place: StemPlace
    pool: str
    hits: bool
    generator_sha256: str
    adapter_sha256: str
    path: Path
    latents: Tensor


@torch.no_grad()
def take_latents(
    generator: StarterGenerator,
    given: StarterInputs,
    seeds: list[int],
    *,
    steps: int,
    guidance: float,
    bfloat16: bool = False,
) -> Tensor:
    """Latents (K, N, L) of one take a seed, on the CPU, made where the generator is.

    Args:
        generator: M_k.
        given: Of one sample.
        seeds: One a take; the noise is drawn on the CPU.
        steps: Euler steps.
        guidance: Guidance weight of all conditions.
        bfloat16: Compute under bfloat16 autocast.
    """
    where = generator.no_control.device
    moved = moved_given(given, where)
    assert isinstance(moved, StarterInputs)
    noise = draw_noise(seeds, given.control.shape[1], generator.config.latent_channels).to(where)
    with torch.autocast(where.type, torch.bfloat16, enabled=bfloat16):
        field_of_takes = generator.guided_velocity(
            moved, takes=len(seeds), guidance=GuidanceWeights.of(guidance)
        )
        return sample(field_of_takes, noise, steps=steps).float().cpu()


def chosen_stems(
    shelf: StemShelf, config: CandidateConfig, classes: tuple[str, ...]
) -> list[tuple[StemEntry, bool]]:
    """The stems of a run and whether their hits are given; the same in all processes.

    Raises:
        InputError: When no stem fits.
    """
    chance = torch.Generator().manual_seed(config.seed)
    entries = shelf.chosen(config.stems, classes=classes, chance=chance, kinds=config.kinds)
    given = torch.rand(len(entries), generator=chance) >= config.hits_off
    return list(zip(entries, given.tolist(), strict=True))


def take_seed(seed: int, place: StemPlace, take: int) -> int:
    """Seed of the noise of a take: that of no other take, stem or round."""
    digest = hashlib.sha256(f"{seed} {place} {take}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


def make_candidates(config: CandidateRunConfig, *, listener: ProgressListener = silent) -> int:
    """Make this process's share of the takes that are not there yet; returns how many stems it holds.

    Raises:
        InputError: When the scenes are not there or hold no stem that fits.
        CheckpointError: When the generator cannot be used.
        DeviceError: When the device is not there.
        OutputLocationError: When nothing can be written in the folder.
        WriteError: When the disk refuses.
    """
    wanted = config.candidates
    torch.set_num_threads(wanted.threads)
    start = open_starter(config.start)
    generator = start.generator.to(chosen_device(wanted.device))
    shelf = StemShelf(Path(config.pool), "train")
    stems = chosen_stems(shelf, wanted, generator.config.classes)
    own = stems[rank() :: world_size()]
    folder = Path(config.folder)
    make_folder(folder)
    for done, (entry, hits) in enumerate(own, start=1):
        path = folder / f"{entry.place}.safetensors"
        about = _about(config, entry, hits, start.generator_sha256, start.adapter_sha256)
        if _about_of(path) != about:
            given = given_of_stem(shelf.read(entry), classes=generator.config.classes, hits=hits)
            latents = take_latents(
                generator,
                given,
                about["seeds"],
                steps=wanted.steps,
                guidance=wanted.guidance,
                bfloat16=wanted.bfloat16,
            )
            _write(path, latents, about)
        listener(Progress("candidates", done, len(own), f"{entry.class_name}, {wanted.takes} takes"))
    return len(own)


def _about(
    config: CandidateRunConfig, entry: StemEntry, hits: bool, generator: str, adapter: str
) -> dict[str, Any]:
    """All that decides the takes of a stem."""
    wanted = config.candidates
    return {
        "pool": config.pool,
        **asdict(entry.place),
        "class_name": entry.class_name,
        "hits": hits,
        "seeds": [take_seed(wanted.seed, entry.place, take) for take in range(wanted.takes)],
        "steps": wanted.steps,
        "guidance": wanted.guidance,
        "bfloat16": wanted.bfloat16,
        "generator_sha256": generator,
        "adapter_sha256": adapter,
    }


def _about_of(path: Path) -> dict[str, Any] | None:
    """What a file of takes says of itself; None for one that is not there or damaged."""
    try:
        with safe_open(path, framework="pt") as stored:
            about: dict[str, Any] = json.loads((stored.metadata() or {})[_HEADER])
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    return about


def _write(path: Path, latents: Tensor, about: dict[str, Any]) -> None:
    with written_atomically(path) as temporary:
        save_file({"latents": latents.contiguous()}, temporary, metadata={_HEADER: json.dumps(about)})


def read_candidates(folder: Path) -> Iterator[Candidates]:
    """The takes in a folder, stem by stem in the order of their names.

    Raises:
        InputError: When there are none, or a file is damaged.
    """
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        raise InputError(f"No candidates in {folder}: run `msg-train candidates` first.")
    return (_read(path) for path in paths)


def _read(path: Path) -> Candidates:
    about = _about_of(path)
    if about is None:
        raise InputError(
            f"Candidates {path} are damaged: remove the file and run `msg-train candidates` again."
        )
    return Candidates(
        place=StemPlace(about["shard"], about["row"]),
        pool=about["pool"],
        hits=about["hits"],
        generator_sha256=about["generator_sha256"],
        adapter_sha256=about["adapter_sha256"],
        path=path,
        latents=read_latents(path),
    )


def read_latents(path: Path) -> Tensor:
    """Latents (K, N, L) of a file.

    Raises:
        InputError: When it is absent or damaged.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            latents: Tensor = stored.get_tensor("latents")
    except (OSError, SafetensorError) as problem:
        raise InputError(f"Latents {path} are absent or damaged ({problem}): make them again.") from problem
    if latents.dim() != 3 or not bool(torch.isfinite(latents).all()):
        raise InputError(f"Latents {path} of shape {tuple(latents.shape)} are no takes: make them again.")
    return latents
