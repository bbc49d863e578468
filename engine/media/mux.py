"""Puts the picture of a film and a mix into one preview file, without touching the picture where possible.

The picture's packets are copied into .mp4, else into .mov, else the picture is encoded again
as H.264. Each attempt is read back before it counts: a container may accept packets and
then show other pictures. Letters: C channels, N samples.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from engine.atomic_file import DISK_ERRNOS, disk_error, written_atomically
from engine.errors import MediaError, WriteError
from engine.media.frame_table import FrameTable
from engine.media.preview_streams import (
    Packets,
    copied_picture,
    encoded_picture,
    encoded_sound,
    packet_time,
)
from engine.media.survey import Survey, survey
from engine.progress import CancelToken, Progress, ProgressListener, silent
from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ

_CONTAINERS = ("mp4", "mov")
# 240 kHz holds 48 kHz sound and all standard frame rates; the usual millisecond cuts both.
_MUXER_OPTIONS = {"movflags": "+faststart", "movie_timescale": "240000"}
_LARGEST_SHIFT_S = 0.002  # a time base of milliseconds rounds by one at each end
_PictureWriter = Callable[[OutputContainer, Survey, ExitStack], Packets]


@dataclass(frozen=True)
class PreviewReport:
    """How a preview was made.

    Attributes:
        path: The file.
        picture_copied: Whether the picture is the film's own, unchanged.
        reason: In words, why this container and this way.
    """

    path: Path
    picture_copied: bool
    reason: str


class _Refused(Exception):
    """A container cannot hold this picture, or holds it wrongly."""


@dataclass
class _Watch:
    """Tells how far an attempt is, once a second of the film, and asks whether to go on.

    Attributes:
        seconds: Length of the film.
        listener: Told of progress.
        cancel: Asked.
        told_s: Second told last.
    """

    seconds: int
    listener: ProgressListener
    cancel: CancelToken
    told_s: int = -1

    def at(self, time_s: Fraction) -> None:
        """Heed that the packets up to a time are written."""
        self.cancel.check()
        second = min(max(0, int(time_s)), self.seconds)
        if second != self.told_s:
            self.told_s = second
            self.listener(Progress("write preview", second, self.seconds))


def write_preview(
    clip: Path,
    mix: FloatArray,
    out_stem: Path,
    *,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> PreviewReport:
    """Write the film's picture with a mix as its only sound.

    The first picture and sample 0 of the mix come together at time 0. The mix is cut or
    filled with silence to the picture's length.

    Args:
        clip: The film.
        mix: (C, N) float32 at 48 kHz, mono or stereo.
        out_stem: Where to write, without suffix; .mp4 or .mov is added.
        listener: Told how many seconds of the film are written.
        cancel: Asked with each packet whether to go on.

    Raises:
        ValueError: When the mix has another shape or holds what is no number.
        MediaError: When the film cannot be used.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses during the writing.
        Cancelled: When the token was set.
    """
    film = survey(clip)
    sound = _fitted(mix, film.info.duration_samples)
    watch = _Watch(film.info.duration_samples // PROJECT_RATE_HZ, listener, cancel or CancelToken())
    refusals = []
    for container in _CONTAINERS:
        path = _with_suffix(out_stem, container)
        try:
            _write(path, film, sound, watch, container=container, picture=copied_picture)
        except _Refused as refusal:
            refusals.append(str(refusal))
        else:
            reason = "; ".join([*refusals, f"picture copied unchanged into .{container}"])
            return PreviewReport(path, picture_copied=True, reason=reason)
    path = _with_suffix(out_stem, "mp4")
    try:
        _write(path, film, sound, watch, container="mp4", picture=encoded_picture)
    except _Refused as refusal:
        raise WriteError(
            f"The preview {path} could not be made ({refusal}): check the film in a player, or convert it "
            "first."
        ) from refusal
    reason = "; ".join([*refusals, "picture encoded again as H.264 into .mp4"])
    return PreviewReport(path, picture_copied=False, reason=reason)


def _with_suffix(stem: Path, suffix: str) -> Path:
    return stem.with_name(f"{stem.name}.{suffix}")  # a stem such as "reel.2" keeps its dot


def _fitted(mix: FloatArray, length: int) -> FloatArray:
    """The mix at the picture's length, (C, length)."""
    if mix.ndim != 2 or mix.shape[0] not in (1, 2):
        raise ValueError(f"write_preview takes a mix (1 or 2, N), got {mix.shape}")
    if not np.all(np.isfinite(mix)):
        raise ValueError("write_preview takes a mix of numbers, got NaN or infinity")
    kept = mix[:, :length].astype(np.float32)
    return np.pad(kept, ((0, 0), (0, length - kept.shape[1])))


def _write(
    path: Path, film: Survey, sound: FloatArray, watch: _Watch, *, container: str, picture: _PictureWriter
) -> None:
    """Write one attempt, whole or not at all."""
    with written_atomically(path) as temporary:
        try:
            _mux(temporary, film, sound, watch, container=container, picture=picture)
        except FFmpegError as error:
            if error.errno in DISK_ERRNOS:
                raise disk_error(path, errno=error.errno, words=str(error.strerror)) from error
            raise _Refused(f".{container} cannot hold this picture ({error.strerror})") from error
        except ValueError as error:  # a codec the container does not know at all
            raise _Refused(f".{container} cannot hold this picture ({error})") from error
        _check_shown(temporary, film, container=container)


def _mux(
    file: Path, film: Survey, sound: FloatArray, watch: _Watch, *, container: str, picture: _PictureWriter
) -> None:
    with (
        ExitStack() as resources,
        av.open(f"file:{file}", "w", format=container, options=_MUXER_OPTIONS) as preview,
    ):
        packets = picture(preview, film, resources), encoded_sound(preview, sound)
        for packet in merge(*packets, key=packet_time):
            watch.at(packet_time(packet))
            preview.mux(packet)
        watch.at(Fraction(watch.seconds))


def _check_shown(file: Path, film: Survey, *, container: str) -> None:
    """Read a preview back: as many pictures as the film, each at its time, and a sound.

    Raises:
        _Refused: When it shows something else.
    """
    try:
        preview = survey(file)
    except MediaError as error:
        raise _Refused(f".{container} could not be read back ({error})") from error
    if len(preview.table) != len(film.table) or preview.info.audio is None:
        raise _Refused(f".{container} showed {len(preview.table)} of {len(film.table)} pictures")
    wanted = _seconds(film.table, origin=film.info.start_pts)
    late_s = float(np.max(np.abs(_seconds(preview.table, origin=0) - wanted)))
    if late_s > _LARGEST_SHIFT_S:
        raise _Refused(f".{container} showed pictures {late_s * 1000:.0f} ms off their time")


def _seconds(table: FrameTable, *, origin: int) -> NDArray[np.float64]:
    """(N,) times of the pictures since a pts."""
    return np.asarray((table.pts - origin) * float(table.time_base), dtype=np.float64)
