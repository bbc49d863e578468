"""A film, or a stretch of it, to what the networks see and hear.

Letters: T fast steps at 25 Hz, C grid channels, M mel bands, side = height = width of a frame.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from engine import sound_side as sound_module
from engine.errors import InputError, MediaError
from engine.features import mel as mel_module
from engine.features import motion_grid as grid_module
from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH, motion_grid
from engine.media.audio_file import clip_audio_blocks
from engine.media.video_reader import VideoReader
from engine.records import FloatArray
from engine.sound_side import checked_sound, mel_parts
from engine.timing import PROJECT_RATE_HZ, TOKEN_RATE_HZ, seconds_to_samples

PictureKind = Literal["grid", "frames"]
PICTURE_KINDS: tuple[PictureKind, ...] = ("grid", "frames")
LONGEST_S = 600
_PART_STEPS = 500


@dataclass(frozen=True)
class FeatureRecipe:
    """What is made of a film.

    Attributes:
        picture_kind: "grid" for the motion grid of the starter size, "frames" for the base size.
        frame_side: Side of a frame in pixels; the picture is squashed to it, nothing is cut off.

    Raises:
        InputError: When there is no such kind, or the side is not positive.
    """

    picture_kind: PictureKind = "grid"
    frame_side: int = 224

    def __post_init__(self) -> None:
        if self.picture_kind not in PICTURE_KINDS:
            raise InputError(f"picture_kind = '{self.picture_kind}': choose {' or '.join(PICTURE_KINDS)}.")
        if self.frame_side < 1:
            raise InputError(f"frame_side = {self.frame_side}: give at least 1 pixel, 224 for the base size.")

    @property
    def version(self) -> str:
        """Changes with the recipe and with the code behind it, so that no old feature is taken for new."""
        kind = "grid" if self.picture_kind == "grid" else f"frames{self.frame_side}"
        return f"{kind}-{_code_hash(self.picture_kind)}"


@cache
def _code_hash(kind: PictureKind) -> str:
    digest = hashlib.sha256()
    modules = [mel_module, sound_module, *([grid_module] if kind == "grid" else [])]
    for path in (Path(__file__), *(Path(str(module.__file__)) for module in modules)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class FilmFeatures:
    """Picture and sound of a stretch on common time.

    Attributes:
        picture: (T, C, 8, 8) half for grids, (T, 3, side, side) uint8 for frames.
        mel: (4T, M) half.
    """

    picture: Tensor
    mel: Tensor

    @property
    def steps(self) -> int:
        """T."""
        return int(self.picture.shape[0])


def film_features(
    path: Path, recipe: FeatureRecipe, *, start_s: float = 0.0, duration_s: float | None = None
) -> FilmFeatures:
    """Read a stretch of a film; one that passes the film's end stops there.

    Args:
        path: The film.
        recipe: What is wanted of its picture.
        start_s: Where the stretch begins.
        duration_s: How long it is, None for the rest of the film.

    Raises:
        MediaError: When the film cannot be read or has no sound, or the stretch lies outside it, is
            shorter than a step or longer than LONGEST_S.
        InputError: When the sound has samples that are no numbers.
    """
    with VideoReader(path) as reader:
        if reader.info.audio is None:
            raise MediaError(f"{path} has no sound track: films must bring their own sound.")
        first, steps = _stretch(path, reader.info.duration_samples, start_s, duration_s)
        if recipe.picture_kind == "grid":
            picture = _grid(_parts(reader, first, steps, width=FRAME_WIDTH, height=FRAME_HEIGHT))
        else:
            side = recipe.frame_side
            picture = _frames(_parts(reader, first, steps, width=side, height=side))
    mel = torch.cat(list(mel_parts(_sound(path, first, steps), steps=steps)))
    return FilmFeatures(picture, mel.half())


def _stretch(path: Path, length: int, start_s: float, duration_s: float | None) -> tuple[int, int]:
    """First sample at 48 kHz, and steps, of a stretch of a film of ``length`` samples."""
    first = seconds_to_samples(start_s)
    wanted = length - first if duration_s is None else min(seconds_to_samples(duration_s), length - first)
    steps = wanted * TOKEN_RATE_HZ // PROJECT_RATE_HZ
    film_s = length / PROJECT_RATE_HZ
    if steps < 1:
        raise MediaError(f"{path} is {film_s:.2f} s long, nothing is left of it from {start_s:.2f} s.")
    if steps > LONGEST_S * TOKEN_RATE_HZ:
        raise MediaError(
            f"{path} has {film_s:.0f} s, at most {LONGEST_S} s are read at once: give stretches of it."
        )
    return first, steps


def _parts(reader: VideoReader, first: int, steps: int, *, width: int, height: int) -> Iterator[Tensor]:
    """Pictures of so many steps in parts of (t, height, width, 3) uint8."""
    for frames in reader.resampled_parts(
        rate_hz=TOKEN_RATE_HZ,
        width=width,
        height=height,
        start_s=first / PROJECT_RATE_HZ,
        duration_s=steps / TOKEN_RATE_HZ,
        ticks=_PART_STEPS,
    ):
        yield torch.from_numpy(frames)


def _grid(parts: Iterator[Tensor]) -> Tensor:
    """(T, C, 8, 8) of pictures in parts; two pictures of overlap keep differences whole."""
    grids: list[Tensor] = []
    before = torch.empty(0, FRAME_HEIGHT, FRAME_WIDTH, 3, dtype=torch.uint8)
    for part in parts:
        pictures = torch.cat([before, part])
        grids.append(motion_grid(pictures[None])[0][len(before) :].half())
        before = pictures[-2:]
    return torch.cat(grids)


def _frames(parts: Iterator[Tensor]) -> Tensor:
    """(T, 3, side, side) uint8 of pictures in parts."""
    return torch.cat([part.permute(0, 3, 1, 2) for part in parts]).contiguous()


def _sound(path: Path, first: int, steps: int) -> Iterator[FloatArray]:
    """The sound of a stretch that begins at a sample, in blocks (channels, n) at 48 kHz."""
    end = first + steps * PROJECT_RATE_HZ // TOKEN_RATE_HZ
    at = 0
    for block in clip_audio_blocks(path):
        heard = block[:, max(0, first - at) : max(0, end - at)]
        if heard.size:
            yield checked_sound(heard, name=str(path), before=max(first, at))
        at += block.shape[1]
        if at >= end:
            return
