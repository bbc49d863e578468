"""Real clips made ready for judging: pictures decoded, sound turned to mel, once and kept.

Letters: T fast steps at 25 Hz, F = 4T mel frames at 100 Hz, M bands.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.clip import open_clip
from engine.errors import InputError
from engine.features import mel as mel_module
from engine.features import motion_grid as grid_module
from engine.media.video_reader import VideoReader
from engine.progress import Progress, ProgressListener, silent
from engine.records import FloatArray
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.evaluation import baseline as baseline_module
from trainer.evaluation.baseline import motion_of_film
from trainer.evaluation.clips import AnnotatedClip


@dataclass(frozen=True)
class ClipMaterial:
    """A clip as judges see it.

    Attributes:
        name: File name.
        trust: First word of the annotation's confidence.
        picture: (T, C, 8, 8) motion grid.
        motion: (F,) frame differences at 100 Hz.
        mel: (F, M) log-mel of its own sound.
    """

    name: str
    trust: str
    picture: Tensor
    motion: FloatArray
    mel: Tensor


def load_materials(
    clips: Iterable[AnnotatedClip],
    *,
    trusted: tuple[str, ...] = ("high", "medium"),
    cache: Path | None = None,
    listener: ProgressListener = silent,
) -> list[ClipMaterial]:
    """Decode the clips whose annotation is trusted.

    Args:
        clips: From the manifest.
        trusted: Levels of trust to take.
        cache: Folder that keeps what was decoded; None for none.
        listener: Told how many clips are done.

    Raises:
        InputError: When no clip is trusted, or a clip has no sound.
        MediaError: When a clip cannot be decoded.
    """
    chosen = [clip for clip in clips if clip.trust in trusted]
    if not chosen:
        raise InputError(f"No clip with onset_confidence {' or '.join(trusted)}: mend the manifest.")
    found = []
    for number, clip in enumerate(chosen, start=1):
        found.append(_material(clip, cache))
        listener(Progress("read clips", number, len(chosen), clip.path.name))
    return found


def _material(clip: AnnotatedClip, cache: Path | None) -> ClipMaterial:
    if cache is None:
        return _of_tensors(clip, _decoded(clip.path))
    kept = cache / f"{clip.path.stem}-{_fingerprint(clip.path)}.safetensors"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with written_atomically(kept) as temporary:
            save_file(_decoded(clip.path), temporary)
    return _of_tensors(clip, load_file(kept))


def _decoded(path: Path) -> dict[str, Tensor]:
    clip = open_clip(path)
    if clip.sound_mel is None:
        raise InputError(f"{path} has no sound: offsets need clips with their own sound.")
    with VideoReader(path) as reader:
        motion = motion_of_film(reader, clip.steps * MEL_FRAMES_PER_TOKEN)
    return {"picture": clip.grid, "motion": torch.from_numpy(motion), "mel": clip.sound_mel.contiguous()}


def _of_tensors(clip: AnnotatedClip, tensors: dict[str, Tensor]) -> ClipMaterial:
    motion: FloatArray = tensors["motion"].numpy()
    return ClipMaterial(clip.path.name, clip.trust, tensors["picture"], motion, tensors["mel"])


def _fingerprint(path: Path) -> str:
    """Of the film and of the code that decodes it: a changed feature is never read from an old cache."""
    found = hashlib.sha256()
    for part in (path, *(Path(str(m.__file__)) for m in (mel_module, grid_module, baseline_module))):
        found.update(part.read_bytes())
    return found.hexdigest()[:16]
