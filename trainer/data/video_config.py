"""Settings of real video as training data: the [video] table of a recipe."""

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.timing import FAST_STEPS_PER_SLOW, TOKEN_RATE_HZ
from trainer.data.account import FilmNeeds
from trainer.data.crops import CropRules
from trainer.data.manifest import MANIFEST_KINDS, ManifestKind
from trainer.data.video_features import FeatureRecipe, PictureKind


@dataclass(frozen=True)
class VideoSourceConfig:
    """Which films, and how they are cropped.

    Attributes:
        manifest: CSV of films, or empty.
        manifest_kind: "films" for our CSV, "vggsound" for that of VGGSound.
        films: Folder of the films of a VGGSound manifest.
        shards: In place of a manifest: tar shards, as data/films-{000000..000011}.tar or data/*.tar.
        split: Rows of the manifest to take.
        cache: Folder that keeps prepared features.
        picture_kind: "grid" for the starter size, "frames" for the base size.
        frame_side: Side of a frame in pixels.
        steps_per_crop: T, a multiple of 4, more than twice the lag reach.
        crops_per_film: K.
        least_distance_s: From the start of a crop to that of the next of its film.
        lag_reach_steps: Largest lag of the sound, either way; the loss must reach as far.
        largest_bad_share: Share of films that may be bad before the run refuses to start.
        least_mel_variance: A sound whose log-mel varies no more is next to silence.
        largest_likeness: Sounds of a film that are as alike as this are near-duplicates.
        workers: Processes that prepare.
        augment: Whether grids and sounds are changed as scenes' are; frames are mirrored at most.

    Raises:
        InputError: When a setting makes no sense.
    """

    manifest: str = ""
    manifest_kind: ManifestKind = "films"
    films: str = ""
    shards: tuple[str, ...] = ()
    split: str = "train"
    cache: str = "runs/video_cache"
    picture_kind: PictureKind = "grid"
    frame_side: int = 224
    steps_per_crop: int = 128
    crops_per_film: int = 3
    least_distance_s: float = 1.0
    lag_reach_steps: int = 32
    largest_bad_share: float = 0.1
    least_mel_variance: float = 0.01
    largest_likeness: float = 0.99
    workers: int = 2
    augment: bool = True

    def __post_init__(self) -> None:
        if bool(self.manifest) == bool(self.shards):
            raise InputError(
                "[video] takes either manifest = 'FILE.csv' or shards = ['FILES.tar']: give one."
            )
        if self.manifest_kind not in MANIFEST_KINDS:
            raise InputError(f"manifest_kind = '{self.manifest_kind}': choose {' or '.join(MANIFEST_KINDS)}.")
        if self.steps_per_crop % FAST_STEPS_PER_SLOW or self.steps_per_crop <= 2 * self.lag_reach_steps:
            raise InputError(
                f"steps_per_crop = {self.steps_per_crop}: give a multiple of {FAST_STEPS_PER_SLOW} that is "
                f"more than twice lag_reach_steps = {self.lag_reach_steps}."
            )
        lowest = {"lag_reach_steps": 0, "crops_per_film": 1, "least_distance_s": 0, "workers": 1}
        for name, least in lowest.items():
            if getattr(self, name) < least:
                raise InputError(f"{name} = {getattr(self, name)}: give at least {least}.")
        if not 0 <= self.largest_bad_share <= 1:
            raise InputError(f"largest_bad_share = {self.largest_bad_share}: give a share from 0 to 1.")

    @property
    def recipe(self) -> FeatureRecipe:
        """What is made of a film."""
        return FeatureRecipe(self.picture_kind, self.frame_side)

    @property
    def least_distance(self) -> int:
        """Fast steps from the start of a crop to that of the next."""
        return round(self.least_distance_s * TOKEN_RATE_HZ)

    @property
    def needs(self) -> FilmNeeds:
        """What a film must have: room for all its crops, and sound."""
        room = self.steps_per_crop + (self.crops_per_film - 1) * self.least_distance
        return FilmNeeds(room, self.least_mel_variance)

    @property
    def crop_rules(self) -> CropRules:
        """What the crops of a film must be."""
        return CropRules(
            self.steps_per_crop,
            self.crops_per_film,
            self.least_distance,
            self.lag_reach_steps,
            self.least_mel_variance,
            self.largest_likeness,
        )


def read_video_config(path: Path) -> VideoSourceConfig:
    """The [video] table of a recipe's TOML file.

    Raises:
        InputError: When the file is absent, not TOML, or has no such table or an unknown key in it.
    """
    try:
        recipe = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"Config {path} cannot be read ({problem.strerror}): give a TOML file.") from problem
    except ValueError as problem:
        raise InputError(f"Config {path} is not TOML ({problem}): mend that line.") from problem
    table = recipe.get("video")
    if not isinstance(table, dict):
        raise InputError(
            f"Config {path} has no [video] table: name the films there, as video_cavp.toml does."
        )
    known = sorted(field.name for field in dataclasses.fields(VideoSourceConfig))
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise InputError(f"{path} [video]: unknown key '{unknown[0]}'; known are {', '.join(known)}.")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return VideoSourceConfig(**values)
