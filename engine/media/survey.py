"""Reads through a film once, without decoding all of it, and says what it is or why it cannot be used.

What counts as unusable: a film whose end is missing although its index promises it (a cut
copy or download) is refused as a whole, since events and takes would end in the middle of
a scene without a word. Formats without such an index (.mkv, .ts) are taken up to where
their data end. Pictures damaged inside a complete film are met later, by the reader.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.errors import Cancelled, MediaError
from engine.media.container import (
    check_is_file,
    cut_short,
    opened,
    picture_stream,
    sound_stream,
)
from engine.media.frame_rate import FrameRate, frame_rate
from engine.media.frame_table import FrameTable, FrameTableScan
from engine.media.index_table import table_from_index
from engine.media.picture import colour_words
from engine.progress import GiveUp, never
from engine.records import AudioInfo, ClipInfo
from engine.timing import seconds_to_samples

_REMEMBERED_FILMS = 16
_CHECKED_PICTURES = 16  # more than any reordering depth in use
_CHECKED_PACKETS = 1000  # a film of which so many in a row cannot be decoded is of no use
_MEBIBYTE = 1 << 20
_SQUARE = Fraction(1, 100)  # a pixel aspect this near to 1 is rounding, not anamorphic film
_WIDEST_PIXEL = 4  # pixels wider or narrower than this are a damaged header


@dataclass(frozen=True, eq=False)
class Survey:
    """What a film is and when each of its pictures is shown."""

    info: ClipInfo
    table: FrameTable


@dataclass(frozen=True)
class _Asker:
    """Who asks makes no difference to the answer: all askers are equal.

    Attributes:
        give_up: Whether the asker does not want the answer any more.
    """

    give_up: GiveUp = field(compare=False)


def survey(path: Path, *, give_up: GiveUp = never) -> Survey:
    """Read through a film; the answer is remembered until the file changes.

    Args:
        path: The film.
        give_up: Asked again and again whether the answer is not wanted any more.

    Raises:
        MediaError: When there is no film at ``path``, or one that cannot be used.
        Cancelled: When ``give_up`` said yes.
    """
    check_is_file(path)
    state = path.stat()
    return _survey(path, state.st_size, state.st_mtime_ns, _Asker(give_up))


@lru_cache(maxsize=_REMEMBERED_FILMS)
def _survey(path: Path, size: int, mtime_ns: int, asker: _Asker) -> Survey:  # mtime_ns tells a changed file
    with opened(path) as film:
        picture = picture_stream(film, path)
        sound = sound_stream(film)
        table, sound_span_s = _scan(film, picture, sound, asker.give_up)
        _check_table(path, table, picture)
        rates = picture.guessed_rate, picture.base_rate, picture.average_rate
        codec = picture.codec_context.name
        audio = _audio_info(sound, sound_span_s) if sound is not None else None
        aspect = _pixel_aspect(picture)
    facts = _PictureFacts(codec, aspect, _first_pictures(path, table))
    info = _clip_info(path, size, table=table, rate=frame_rate(table, rates), facts=facts, audio=audio)
    return Survey(info, table)


@dataclass(frozen=True, eq=False)
class _PictureFacts:
    """What the header and the first pictures say.

    Attributes:
        codec: Codec name.
        aspect: Width over height of a stored pixel.
        first: The first pictures.
    """

    codec: str
    aspect: Fraction
    first: list[VideoFrame]


def _pixel_aspect(picture: VideoStream) -> Fraction:
    stated = Fraction(picture.sample_aspect_ratio or 1)
    usable = Fraction(1, _WIDEST_PIXEL) <= stated <= _WIDEST_PIXEL and abs(stated - 1) > _SQUARE
    return stated if usable else Fraction(1)


def _scan(
    film: InputContainer, picture: VideoStream, sound: AudioStream | None, give_up: GiveUp
) -> tuple[FrameTable, Fraction]:
    """The frame table and the seconds that the packets of the sound cover, 0 where nobody asks."""
    table = table_from_index(film, picture)
    if table is not None and (sound is None or sound.duration):
        return table, Fraction(0)
    scan = FrameTableScan()
    begin, end = 1 << 62, -(1 << 62)
    for packet in film.demux(*(stream for stream in (picture, sound) if stream is not None)):
        if give_up():
            raise Cancelled("The film is not wanted any more.")
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


def _first_pictures(path: Path, table: FrameTable) -> list[VideoFrame]:
    """Decode the first pictures; their times must rise and be those of the table.

    They do not where a container stores no times or wrong ones (raw streams, H.264 with
    B-frames in .avi); such a film would show wrong pictures after every jump.
    """
    with opened(path) as film:
        stream = picture_stream(film, path)
        frames = list(islice(_good_pictures(film, stream), _CHECKED_PICTURES))
    if not frames:
        raise MediaError(f"No picture of {path} can be decoded: it may be damaged. Export it again.")
    times = [frame.pts for frame in frames if frame.pts is not None]
    known = [table.index_of_pts(pts) is not None for pts in times]
    if len(times) < len(frames) or times != sorted(set(times)) or not all(known):
        raise _untimed(path)
    return frames


def _good_pictures(film: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Pictures of the film's beginning; damaged ones are left out, the reader meets them later."""
    for packet in islice(film.demux(stream), _CHECKED_PACKETS):
        try:
            yield from packet.decode()
        except FFmpegError:
            continue


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
    facts: _PictureFacts,
    audio: AudioInfo | None,
) -> ClipInfo:
    duration = seconds_to_samples(rate.duration_s(table))
    first = facts.first[0]
    rotation = round(first.rotation / 90) * 90 % 360
    size_shown = round(first.width * facts.aspect), first.height
    width, height = reversed(size_shown) if rotation % 180 else size_shown
    colour, approximate = colour_words(first)
    return ClipInfo(
        path=path,
        fingerprint=_fingerprint(path, size=size, duration_samples=duration),
        duration_samples=duration,
        fps=rate.fps,
        variable_rate=rate.variable,
        width=width,
        height=height,
        rotation=rotation,
        start_pts=int(table.pts[0]),
        time_base=table.time_base,
        frame_count=len(table),
        video_codec=facts.codec,
        pixel_format=first.format.name,
        audio=audio,
        colour=colour,
        colour_approximate=approximate,
        pixel_aspect=facts.aspect,
        interlaced=any(frame.interlaced_frame for frame in facts.first),
    )


def _fingerprint(path: Path, *, size: int, duration_samples: int) -> str:
    """SHA-256 over size, duration, first and last MiB: quick, and enough to find a moved film again."""
    digest = hashlib.sha256(f"{size} {duration_samples} ".encode())
    with path.open("rb") as file:
        digest.update(file.read(_MEBIBYTE))
        file.seek(max(0, size - _MEBIBYTE), os.SEEK_SET)
        digest.update(file.read(_MEBIBYTE))
    return digest.hexdigest()
