"""Reads through a film once, without decoding all of it, and says what it is or why it cannot be used.

What counts as unusable: a film whose end is missing although its index promises it (a cut
copy or download) is refused as a whole, since events and takes would end in the middle of
a scene without a word. Formats without such an index (.mkv, .ts) are taken up to where
their data end. Pictures damaged inside a complete film are met later, by the reader.
"""

import hashlib
import os
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.errors import MediaError
from engine.media.container import (
    check_is_file,
    cut_short,
    opened,
    picture_stream,
    sound_stream,
    unreadable,
)
from engine.media.frame_rate import FrameRate, frame_rate
from engine.media.frame_table import FrameTable, FrameTableScan
from engine.records import AudioInfo, ClipInfo
from engine.timing import seconds_to_samples

_REMEMBERED_FILMS = 16
_CHECKED_PICTURES = 16  # more than any reordering depth in use
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, eq=False)
class Survey:
    """What a film is and when each of its pictures is shown."""

    info: ClipInfo
    table: FrameTable


def survey(path: Path) -> Survey:
    """Read through a film; the answer is remembered until the file changes.

    Raises:
        MediaError: When there is no film at ``path``, or one that cannot be used.
    """
    check_is_file(path)
    state = path.stat()
    return _survey(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=_REMEMBERED_FILMS)
def _survey(path: Path, size: int, mtime_ns: int) -> Survey:  # size and mtime_ns tell a changed file
    with opened(path) as film:
        picture = picture_stream(film, path)
        sound = sound_stream(film)
        table, sound_span_s = _scan(film, picture, sound)
        _check_table(path, table, picture)
        rates = picture.guessed_rate, picture.base_rate, picture.average_rate
        codec = picture.codec_context.name
        audio = _audio_info(sound, sound_span_s) if sound is not None else None
    first = _first_picture(path, table)
    rate = frame_rate(table, rates)
    info = _clip_info(path, size, table=table, rate=rate, first=first, codec=codec, audio=audio)
    return Survey(info, table)


def _scan(
    film: InputContainer, picture: VideoStream, sound: AudioStream | None
) -> tuple[FrameTable, Fraction]:
    """The frame table and the seconds that the packets of the sound cover."""
    scan = FrameTableScan()
    begin, end = 1 << 62, -(1 << 62)
    for packet in film.demux(*(stream for stream in (picture, sound) if stream is not None)):
        if packet.size == 0:
            continue
        if packet.stream_index == picture.index:
            scan.add(packet)
        elif packet.pts is not None:
            begin, end = min(begin, packet.pts), max(end, packet.pts + (packet.duration or 0))
    base = sound.time_base if sound is not None and sound.time_base else Fraction(0)
    return scan.table(picture.time_base or Fraction(0)), max(0, end - begin) * base


def _check_table(path: Path, table: FrameTable, picture: VideoStream) -> None:
    missing = _missing_bytes(path, picture)
    if missing:
        raise cut_short(
            path, f"{len(table)} of {picture.frames} pictures are there, {missing} bytes are missing"
        )
    if len(table) == 0:
        raise MediaError(f"The picture of {path} holds no frames: export it again from its source.")
    if len(table) == 1:
        raise MediaError(f"{path} holds a single picture: give a film with at least two.")
    if not table.time_base:
        raise _untimed(path)


def _missing_bytes(path: Path, picture: VideoStream) -> int:
    """How far the index of a .mp4 or .mov reaches beyond the end of the file."""
    if not picture.container.format.name.startswith("mov"):
        return 0
    reach = max((entry.pos + entry.size for entry in picture.index_entries), default=0)
    return max(0, reach - path.stat().st_size)


def _first_picture(path: Path, table: FrameTable) -> VideoFrame:
    """Decode the first pictures; their times must rise and be those of the table.

    They do not where a container stores no times or wrong ones (raw streams, H.264 with
    B-frames in .avi); such a film would show wrong pictures after every jump.
    """
    with opened(path) as film:
        stream = picture_stream(film, path)
        try:
            frames = list(islice(film.decode(stream), _CHECKED_PICTURES))
        except FFmpegError as error:
            raise unreadable(path, error) from error
    if not frames:
        raise MediaError(f"No picture of {path} can be decoded: it may be damaged. Export it again.")
    times = [frame.pts for frame in frames if frame.pts is not None]
    known = [table.index_of_pts(pts) is not None for pts in times]
    if len(times) < len(frames) or times != sorted(set(times)) or not all(known):
        raise _untimed(path)
    return frames[0]


def _untimed(path: Path) -> MediaError:
    return MediaError(
        f"The pictures of {path} carry no usable times (common for raw streams and H.264 in .avi): "
        "convert it to .mp4 or .mov first."
    )


def _audio_info(sound: AudioStream, span_s: Fraction) -> AudioInfo:
    stated = sound.duration * sound.time_base if sound.duration and sound.time_base else span_s
    return AudioInfo(
        codec=sound.codec_context.name,
        rate_hz=sound.rate,
        channels=sound.channels,
        duration_samples=seconds_to_samples(stated),
    )


def _clip_info(
    path: Path,
    size: int,
    *,
    table: FrameTable,
    rate: FrameRate,
    first: VideoFrame,
    codec: str,
    audio: AudioInfo | None,
) -> ClipInfo:
    duration = seconds_to_samples(rate.duration_s(table))
    rotation = first.rotation % 360
    turned = rotation % 180 != 0
    return ClipInfo(
        path=path,
        fingerprint=_fingerprint(path, size=size, duration_samples=duration),
        duration_samples=duration,
        fps=rate.fps,
        variable_rate=rate.variable,
        width=first.height if turned else first.width,
        height=first.width if turned else first.height,
        rotation=rotation,
        start_pts=int(table.pts[0]),
        time_base=table.time_base,
        frame_count=len(table),
        video_codec=codec,
        pixel_format=first.format.name,
        audio=audio,
    )


def _fingerprint(path: Path, *, size: int, duration_samples: int) -> str:
    """SHA-256 over size, duration, first and last MiB: quick, and enough to find a moved film again."""
    digest = hashlib.sha256(f"{size} {duration_samples} ".encode())
    with path.open("rb") as file:
        digest.update(file.read(_MEBIBYTE))
        file.seek(max(0, size - _MEBIBYTE), os.SEEK_SET)
        digest.update(file.read(_MEBIBYTE))
    return digest.hexdigest()
