"""The production sound of a film for the mixer: whole, but on the disk, since an hour of it is a gigabyte.

Letters: C channels, N samples of the film, n samples of a block, W channels heard (1 or 2).
"""

import tempfile
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from engine.errors import Cancelled
from engine.media.audio_file import clip_audio_blocks
from engine.progress import GiveUp, never
from engine.project.disk import refusals_named
from engine.records import FloatArray

_FULL_SCALE = 1 << 15
_CENTRE = np.float32(0.7071068)


def guide_folder() -> Path:
    """Where the sound of films lies while a window plays them."""
    return platformdirs.user_cache_path("MultiSoundGen Studio", appauthor=False) / "guides"


def read_guide(film: Path, folder: Path, *, give_up: GiveUp = never) -> NDArray[np.int16]:
    """A film's own sound in mono or stereo, decoded block by block into a file that no other program sees.

    The file goes with the array, or with this process however it ends.

    Args:
        film: The film.
        folder: Where the file lies; made where it is missing.
        give_up: Asked after each block whether the sound is not wanted any more.

    Returns:
        (N, W) with full scale at 2^15, mapped from the file. Louder samples are limited.

    Raises:
        MediaError: When the film cannot be used or has no sound that can be decoded.
        OutputLocationError: When nothing can be written in the folder.
        WriteError: When the disk refuses.
        Cancelled: When ``give_up`` said yes.
    """
    width = 0
    with refusals_named(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            for block in clip_audio_blocks(film):
                if give_up():
                    raise Cancelled(f"The sound of {film.name} is not wanted any more.")
                folded = fold_down(block)
                width = width or folded.shape[1]
                file.write(_whole_numbers(_as_wide(folded, width)).tobytes())
            file.flush()
            mapped = np.memmap(file, dtype=np.int16, mode="r")
    samples: NDArray[np.int16] = np.asarray(mapped).reshape(-1, width)
    return samples


def fold_down(sound: FloatArray) -> FloatArray:
    """Any number of channels for two loudspeakers: (C, n) to (n, W).

    Five channels and more are taken as left, right, centre, bass, then surrounds; the bass is
    left out and the others join at -3 dB, as ITU-R BS.775 has it.
    """
    channels = len(sound)
    if channels in (1, 3, 4):
        mono: FloatArray = sound.mean(axis=0, dtype=np.float32)[:, None]
        return mono
    left, right = sound[0], sound[1]
    if channels > 4:
        surrounds = sound[4:] if channels > 5 else sound[3:]
        left = left + _CENTRE * (sound[2] + surrounds[0::2].sum(axis=0))
        right = right + _CENTRE * (sound[2] + surrounds[1::2].sum(axis=0))
    return np.stack([left, right], axis=1)


def _as_wide(sound: FloatArray, width: int) -> FloatArray:
    """A block, (n, W), of a film whose number of channels changes, as wide as its first one."""
    if sound.shape[1] == width:
        return sound
    mono: FloatArray = sound.mean(axis=1, keepdims=True, dtype=np.float32)
    return np.repeat(mono, width, axis=1)


def _whole_numbers(sound: FloatArray) -> NDArray[np.int16]:
    return np.clip(np.rint(sound * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
