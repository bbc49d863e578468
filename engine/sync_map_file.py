"""Sync maps on the disk: one .npz each, named by what was compared, so that no map is made twice."""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.atomic_file import written_atomically
from engine.errors import ProjectError
from engine.records import Event, FloatArray, Score, SyncMap, Take
from engine.timing import TimeRange

VERSION = 1
# Raised when scores change their meaning or SF-CAVP its weights: older maps are made anew.
SCORING_VERSION = 3
GUIDE = "production sound"  # stands for the hash where the film's own sound is compared

_SCORE_NUMBERS = ("reward", "slow", "fast", "offset_ms", "confidence", "measurable")
_NO_TEXT = np.zeros(0, dtype=np.uint8)


def guide_map_path(folder: Path, *, clip_fingerprint: str, where: TimeRange) -> Path:
    """Where the map of the production sound of a film over a stretch of it lies.

    Args:
        folder: Folder of the maps.
        clip_fingerprint: The film.
        where: The stretch compared.
    """
    return _named_by(folder, GUIDE, clip_fingerprint, where.start_samples, where.end_samples)


def take_map_path(folder: Path, *, take: Take, event: Event, clip_fingerprint: str) -> Path:
    """Where the map of a take against the picture of its event lies.

    What the score asks for counts: the take's sound and words, the event's place, hits and class.

    Args:
        folder: Folder of the maps.
        take: The take.
        event: The event.
        clip_fingerprint: The film.
    """
    hits = tuple(hit.sample for hit in event.hit_points)
    where = (event.range.start_samples, event.range.end_samples)
    return _named_by(folder, take.sha256, clip_fingerprint, *where, hits, event.cat_id, take.prompt)


def _named_by(folder: Path, *parts: object) -> Path:
    named = (VERSION, SCORING_VERSION, *parts)
    return folder / f"{hashlib.sha256(repr(named).encode()).hexdigest()[:32]}.npz"


def write_sync_map(path: Path, sync_map: SyncMap) -> None:
    """Write a map; its folder must exist.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            version=np.int64(VERSION),
            steps=np.array([sync_map.slow_step_s, sync_map.fast_step_s, sync_map.start_s]),
            score=np.array([getattr(sync_map.score, name) for name in _SCORE_NUMBERS], dtype=np.float64),
            reason=np.frombuffer(sync_map.score.reason.encode(), dtype=np.uint8),
            slow=sync_map.slow,
            fast=sync_map.fast,
            lag_ms=sync_map.lag_ms,
            lag_score=sync_map.lag_score,
        )


def read_sync_map(path: Path) -> SyncMap:
    """Read a map.

    Raises:
        ProjectError: When it is not there, damaged or of another version.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as values:
            if int(values["version"]) != VERSION:
                raise ProjectError(
                    f"The sync map {path} has version {int(values['version'])}, this program reads "
                    f"{VERSION}: delete the file, it is made again."
                )
            slow_step_s, fast_step_s, start_s = (float(step) for step in values["steps"])
            return SyncMap(
                slow=_float_array(values["slow"], axes=2),
                fast=_float_array(values["fast"], axes=2),
                slow_step_s=slow_step_s,
                fast_step_s=fast_step_s,
                start_s=start_s,
                lag_ms=_float_array(values["lag_ms"], axes=1),
                lag_score=_float_array(values["lag_score"], axes=1),
                score=_score_of(values["score"], reason=_text_of(values.get("reason", _NO_TEXT))),
            )
    except OSError as error:
        raise ProjectError(f"The sync map {path} cannot be read: {error.strerror or error}.") from error
    except (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ProjectError(f"The sync map {path} is damaged: delete the file, it is made again.") from error


def _float_array(values: FloatArray, *, axes: int) -> FloatArray:
    if values.dtype != np.float32 or values.ndim != axes:
        raise ValueError(f"{values.dtype} array with {values.ndim} axes")
    return values


def _text_of(values: NDArray[np.uint8]) -> str:
    return values.astype(np.uint8).tobytes().decode()


def _score_of(values: FloatArray, *, reason: str) -> Score:
    reward, slow, fast, offset_ms, confidence, measurable = (float(value) for value in values)
    return Score(reward, slow, fast, offset_ms, confidence, bool(measurable), reason)
