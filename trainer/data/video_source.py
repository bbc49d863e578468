"""Batches from real video: several crops a film, picture and sound cut independently, no labels.

Letters: B rows of this process, W processes, K crops a film, T fast steps of a crop, S steps of a film,
M mel bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import InputError
from engine.progress import ProgressListener, silent
from trainer.cavp.augmentation import augment_grid, augment_mel
from trainer.cavp.batches import CavpBatch
from trainer.data.account import Preparation, PreparedFilm, write_bad_films
from trainer.data.crop_check import check_crops
from trainer.data.crops import TRIES, find_crops, sure_crops
from trainer.data.feature_cache import FilmCache, read_mel, read_picture
from trainer.data.manifest import read_manifest
from trainer.data.preparation import prepare_rows
from trainer.data.shards import own_shards, prepare_shards, shard_paths
from trainer.data.video_config import VideoSourceConfig

BAD_FILMS = "bad_films.csv"


def prepare_films(
    config: VideoSourceConfig, *, rank: int = 0, world: int = 1, listener: ProgressListener = silent
) -> Preparation:
    """Make the features that are not there yet, of all rows of a manifest or of this process's shards.

    Args:
        config: Which films.
        rank: Of this process.
        world: W.
        listener: Told of progress.

    Raises:
        InputError: When manifest or shards cannot be read.
        MissingComponentError: When shards are given and webdataset is not installed.
        OutputLocationError: When nothing can be written in the cache.
        WriteError: When the disk refuses.
        WorkError: When a worker was killed.
    """
    cache = FilmCache(Path(config.cache), config.recipe)
    if config.shards:
        found = _of_shards(config, cache, rank, world, listener)
    else:
        found = _of_manifest(config, cache, rank, world, listener)
    check_crops(found, config.crop_rules, cache.folder, listener=listener)
    return found


def _of_shards(
    config: VideoSourceConfig, cache: FilmCache, rank: int, world: int, listener: ProgressListener
) -> Preparation:
    return prepare_shards(
        own_shards(shard_paths(config.shards), rank=rank, world=world),
        cache,
        config.needs,
        workers=config.workers,
        listener=listener,
        first_number=rank,
        number_step=world,
    )


def _of_manifest(
    config: VideoSourceConfig, cache: FilmCache, rank: int, world: int, listener: ProgressListener
) -> Preparation:
    films = Path(config.films) if config.films else None
    rows = read_manifest(Path(config.manifest), kind=config.manifest_kind, films=films, split=config.split)
    begin = rank * len(rows) // world
    return prepare_rows(rows, cache, config.needs, workers=config.workers, listener=listener, begin=begin)


def open_video_source(
    config: VideoSourceConfig,
    run: Path,
    *,
    rank: int = 0,
    world: int = 1,
    listener: ProgressListener = silent,
) -> "VideoSource":
    """Prepare what is not prepared yet, list the bad films in the run's folder, and open the rest.

    Films of a manifest are known to all processes, which share the draw. Shards are split: a process
    reads its own alone, and draws from them.

    Args:
        config: Which films, and how they are cropped.
        run: Folder of the run.
        rank: Of this process.
        world: W.
        listener: Told of progress.

    Raises:
        InputError: When too many films are bad, and as `prepare_films` does.
        MissingComponentError: As `prepare_films`.
        WriteError: As `prepare_films`.
        WorkError: As `prepare_films`.
    """
    found = prepare_films(config, rank=rank, world=world, listener=listener)
    listed_in = run / (f"bad_films-{rank}.csv" if config.shards and rank else BAD_FILMS)
    if config.shards or rank == 0:
        write_bad_films(listed_in, found.bad)
    found.check(largest_bad_share=config.largest_bad_share, listed_in=listed_in)
    if config.shards:
        return VideoSource(found.films, config, salt=rank, sharing=world)
    return VideoSource(found.films, config, rank=rank, world=world)


@dataclass(frozen=True)
class _FilmCrops:
    """The K crops of a film: picture (K, T, ...), mel (K, 4T, M), lags and films (K,)."""

    picture: Tensor
    mel: Tensor
    lags: Tensor
    films: Tensor


class VideoSource:
    """Prepared films as a source of batches.

    Where W processes share the films, a draw is one draw for all, of which each takes its block: all
    films of a step differ, over all processes.

    Args:
        films: What can be drawn.
        config: How it is cropped.
        rank: Of this process, where the processes share the films.
        world: W, where they do.
        salt: Sets processes apart that have films of their own.
        sharing: Processes that share a batch; W when None.
    """

    def __init__(
        self,
        films: Sequence[PreparedFilm],
        config: VideoSourceConfig,
        *,
        rank: int = 0,
        world: int = 1,
        salt: int = 0,
        sharing: int | None = None,
    ) -> None:
        self.films = list(films)
        self.config = config
        self._rank = rank
        self._world = world
        self._salt = salt
        self._sharing = sharing or world

    def draw(self, size: int, chance: torch.Generator) -> CavpBatch:
        """Draw different films, K crops of each; the same state of ``chance`` gives the same batch.

        Args:
            size: Rows over all processes; B is this process's share.
            chance: Source of randomness, in the same state in all processes.

        Raises:
            InputError: When B is no multiple of K, or there are too few films.
        """
        crops = self.config.crops_per_film
        sharing = self._sharing
        if size < crops * sharing or size % (crops * sharing):
            raise InputError(
                f"A batch of {size} rows holds no whole films of {crops} crops for {sharing} process(es): "
                f"choose a multiple of {crops * sharing}."
            )
        own = size // (crops * sharing)
        slots = own * self._world
        if slots > len(self.films):
            raise InputError(
                f"A batch of {size} rows wants {slots} films, {len(self.films)} "
                "can be used: take a smaller batch, more crops a film, or more films."
            )
        order = torch.randperm(len(self.films), generator=chance).tolist()
        seed = int(torch.randint(1 << 62, (), generator=chance)) + self._salt
        first = self._rank * own
        drawn = [
            self._crops_of(self.films[order[slot]], _generator(seed, slot))
            for slot in range(first, first + own)
        ]
        return self._batch(drawn, _generator(seed, slots + self._rank))

    def _crops_of(self, film: PreparedFilm, chance: torch.Generator) -> _FilmCrops:
        rules = self.config.crop_rules
        heard = read_mel(film.path)
        crops = find_crops(heard, rules, chance, tries=TRIES) or sure_crops(heard, rules)
        if crops is None:
            raise InputError(
                f"{film.name} gives no {rules.count} crops that are audible and different, its features in "
                f"{film.path} were changed during the run: run `msg-train data prepare` again."
            )
        picture = [read_picture(film.path, start=at, steps=rules.steps) for at in crops.starts.tolist()]
        films = torch.full_like(crops.lags, film.number)
        return _FilmCrops(torch.stack(picture), crops.mel, crops.lags, films)

    def _batch(self, drawn: list[_FilmCrops], chance: torch.Generator) -> CavpBatch:
        picture, mel, lags, films = (
            torch.cat([getattr(crops, name) for crops in drawn])
            for name in ("picture", "mel", "lags", "films")
        )
        grids = self.config.picture_kind == "grid"
        picture = picture.float() if grids else picture
        if self.config.augment:
            picture = augment_grid(picture, chance) if grids else _mirrored(picture, chance)
            mel = augment_mel(mel, chance)
        return CavpBatch(picture, mel, lags, films, labels=None)


def _mirrored(frames: Tensor, chance: torch.Generator) -> Tensor:
    """Half of the rows of (B, T, 3, H, W) with left and right exchanged."""
    turned = torch.rand(len(frames), generator=chance) < 0.5
    return torch.where(turned[:, None, None, None, None], frames.flip(-1), frames)


def _generator(seed: int, part: int) -> torch.Generator:
    return torch.Generator().manual_seed((seed + 1_000_003 * part) % (1 << 63))
