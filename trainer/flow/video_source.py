"""Batches for the generator from real video: crops of films with their picture, own onsets and label.

Letters: B rows of this process, N tokens of a crop, S tokens of a film, C grid channels, M mel bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import InputError
from engine.features.motion_grid import STATISTIC_CHANNELS
from engine.generator.starter import StarterInputs
from engine.progress import Progress, ProgressListener, silent
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.cavp.augmentation import augment_grid
from trainer.data.account import PreparedFilm
from trainer.data.feature_cache import read_mel, read_picture
from trainer.data.video_config import VideoSourceConfig
from trainer.data.video_source import open_video_source
from trainer.distributed import own_rows, rank, world_size
from trainer.flow.batches import DropRates, FlowBatch, keep_masks
from trainer.flow.film_control import film_control
from trainer.flow.labels import FilmLabels, read_labels, write_labels
from trainer.flow.loudness import at_level, draw_levels

LABELS = "labels.csv"


def open_film_sounds(
    config: VideoSourceConfig,
    run: Path,
    *,
    classes: Sequence[str],
    longest_crop: int,
    drop: DropRates,
    listener: ProgressListener = silent,
) -> "FilmSounds":
    """Prepare what is not prepared yet, list bad films and labels in the run's folder, open the rest.

    Films of a manifest are known to all processes; shards are split among them.

    Args:
        config: Which films.
        run: Folder of the run.
        classes: Of the generator.
        longest_crop: N at most.
        drop: How often conditions are left out.
        listener: Told of progress, and how many films have a class.

    Raises:
        InputError: When the settings are no generator's, too many films are bad, or the manifest or the
            shards cannot be read.
        MissingComponentError: When shards are given and webdataset is not installed.
        OutputLocationError: When nothing can be written in the cache or the run.
        WriteError: When the disk refuses.
        WorkError: When a worker was killed.
    """
    check_settings(config, longest_crop)
    films = open_video_source(config, run, rank=rank(), world=world_size(), listener=listener).films
    labels = read_labels([film.label for film in films], known=classes)
    if config.shards or rank() == 0:
        write_labels(run / (f"labels-{rank()}.csv" if config.shards and rank() else LABELS), labels)
        listener(Progress("labels", labels.total - labels.without_class, labels.total, labels.account()))
    return FilmSounds(films, labels, classes, drop, augment=config.augment)


def check_settings(config: VideoSourceConfig, longest_crop: int) -> None:
    """Whether films can be cropped for a generator.

    Raises:
        InputError: When the picture is no grid, crops are not one a film with its own sound, or shorter
            than the longest crop of the run.
    """
    if config.picture_kind != "grid":
        raise InputError(
            f"[video] picture_kind = '{config.picture_kind}': the generator sees motion grids alone, "
            "give 'grid'."
        )
    if config.crops_per_film != 1 or config.lag_reach_steps != 0:
        raise InputError(
            f"[video] crops_per_film = {config.crops_per_film}, lag_reach_steps = {config.lag_reach_steps}: "
            "the generator learns from one crop of a film at its own time, give 1 and 0."
        )
    if config.steps_per_crop < longest_crop:
        raise InputError(
            f"[video] steps_per_crop = {config.steps_per_crop} is shorter than the longest of crop_tokens, "
            f"{longest_crop}: give at least that, and no film is too short for a crop."
        )


@dataclass(frozen=True)
class _Cut:
    """One crop: grid (N, C, 8, 8), mel (4N, M), control (N, CONTROL_CHANNELS), whether hits are known."""

    grid: Tensor
    mel: Tensor
    control: Tensor
    has_control: bool


class FilmSounds:
    """Films with their own sound as a source of batches; rare classes are drawn more often.

    A film without a class has its class condition dropped. One that has no onset and no class that
    goes on has its control track dropped: an empty one would say that nothing sounds. Levels are
    drawn on top of the film's own, and the timbre of its hits is its own as well.

    Args:
        films: What can be drawn.
        labels: What their labels were taken for.
        classes: Of the generator.
        drop: How often conditions are left out.
        augment: Whether grids are changed as scenes' are.
    """

    def __init__(
        self,
        films: Sequence[PreparedFilm],
        labels: FilmLabels,
        classes: Sequence[str],
        drop: DropRates,
        *,
        augment: bool,
    ) -> None:
        self.films = list(films)
        self.labels = labels
        self.drop = drop
        self.augment = augment
        taken = [labels.taken[film.label] for film in self.films]
        self.goes_on = [sound is not None and sound.kind == "ambience" for sound in taken]
        self.numbers = torch.tensor([-1 if sound is None else classes.index(sound.name) for sound in taken])
        self.weights = torch.bincount(self.numbers + 1).clamp_min(1).float().rsqrt()[self.numbers + 1]

    def draw(self, size: int, tokens: int, chance: torch.Generator) -> FlowBatch:
        """This process's rows of a batch; the same state of ``chance`` gives the same batch.

        Args:
            size: Rows over all processes.
            tokens: N.
            chance: Source of randomness, in the same state in all processes.

        Raises:
            InputError: When the processes cannot share the batch, or features were changed meanwhile.
        """
        levels, kept = draw_levels(size, chance), keep_masks(size, chance, self.drop)
        places = torch.rand(size, generator=chance, dtype=torch.float64)
        seed = int(torch.randint(1 << 62, (), generator=chance))
        rows = torch.multinomial(self.weights, size, replacement=True, generator=chance)
        own = own_rows(torch.arange(size))
        rows, levels, numbers = rows[own], levels[own], self.numbers[rows[own]]
        cuts = [
            self._cut(row, place, tokens)
            for row, place in zip(rows.tolist(), places[own].tolist(), strict=True)
        ]
        grid = torch.stack([cut.grid for cut in cuts])
        if self.augment:
            grid = augment_grid(grid, torch.Generator().manual_seed(seed + own.start))
        inputs = StarterInputs(
            grid=grid,
            control=torch.stack([cut.control for cut in cuts]),
            classes=numbers.clamp_min(0),
            level=levels,
            keep_video=kept[0][own],
            keep_control=kept[1][own] & torch.tensor([cut.has_control for cut in cuts]),
            keep_class=kept[2][own] & (numbers >= 0),
        )
        return FlowBatch(at_level(torch.stack([cut.mel for cut in cuts]), levels), inputs)

    def _cut(self, row: int, place: float, tokens: int) -> _Cut:
        """A crop of a film at a share of the way from its first start to its last."""
        film = self.films[row]
        start = int(place * (film.steps - tokens + 1))
        heard = read_mel(film.path)  # (4S, M)
        control = film_control(heard, goes_on=self.goes_on[row])  # (S, CONTROL_CHANNELS)
        grid = read_picture(film.path, start=start, steps=tokens)[:, :STATISTIC_CHANNELS].float()
        first, last = start * MEL_FRAMES_PER_TOKEN, (start + tokens) * MEL_FRAMES_PER_TOKEN
        return _Cut(grid, heard[first:last], control[start : start + tokens], bool(control.any()))
