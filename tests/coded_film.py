"""Makes small films whose pictures carry their own number, and reads the number back.

A picture is a row of BITS blocks (white = 1, the highest bit first) above the same row
inverted, so that a damaged, blended or turned picture is noticed instead of misread.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from heapq import merge
from pathlib import Path
from struct import pack, unpack

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.records import FloatArray

BITS = 12
BLOCK = 16
WIDTH = BITS * BLOCK
HEIGHT = 96
TICKS = 90_000  # time base of the films: 90 kHz holds 24, 25, 30 and 30000/1001 exactly
PTS_UNIT = Fraction(1, TICKS)
SOUND_RATE_HZ = 48_000
PQ, HLG, BT_2020 = 16, 18, 9  # FFmpeg's numbers of transfer curves, and of primaries and matrix


def picture_of(number: int) -> NDArray[np.uint8]:
    """The picture that shows a number, (HEIGHT, WIDTH, 3)."""
    bits = np.array([number >> place & 1 for place in range(BITS - 1, -1, -1)], dtype=np.uint8)
    row = np.repeat(bits * 255, BLOCK)
    grey = np.concatenate([np.tile(row, (HEIGHT // 2, 1)), np.tile(255 - row, (HEIGHT // 2, 1))])
    return np.repeat(grey[:, :, None], 3, axis=2)


def number_in(picture: NDArray[np.uint8]) -> int:
    """The number a picture shows, -1 when it shows none."""
    height, width, _ = picture.shape
    columns = [int((place + 0.5) * width / BITS) for place in range(BITS)]
    upper = picture[height // 4, columns, 1] > 127
    lower = picture[height * 3 // 4, columns, 1] > 127
    if np.any(upper == lower):
        return -1
    return int("".join("1" if bit else "0" for bit in upper), 2)


def even_pts(frames: int, fps: Fraction = Fraction(30_000, 1001)) -> list[int]:
    """Presentation times of a film at constant rate, in TICKS."""
    return [round(index * TICKS / fps) for index in range(frames)]


def uneven_pts(frames: int, seed: int = 3) -> list[int]:
    """Presentation times of a phone-like film: distances of 17 to 100 ms."""
    steps = np.random.default_rng(seed).integers(1530, 9000, frames - 1)
    return [0, *np.cumsum(steps).tolist()]


def make_film(
    path: Path,
    *,
    pts: Sequence[int],
    time_base: Fraction = PTS_UNIT,
    gop: int = 250,
    b_frames: int = 3,
    turn: int = 0,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    sound: FloatArray | None = None,
    sound_codec: str = "aac",
    sound_start: int = 0,
    options: dict[str, str] | None = None,
    encoder: dict[str, str] | None = None,
    transfer: int | None = None,
    pixel_aspect: Fraction | None = None,
) -> Path:
    """Write a coded film; the suffix of ``path`` chooses the container.

    Args:
        path: File to write.
        pts: Time of each picture in units of time_base; picture i shows the number i. Times below zero
            lie before the film's edit and are not shown by a player.
        time_base: Seconds per unit; the container may store another.
        gop: Largest distance of keyframes.
        b_frames: B-frames between two others.
        turn: Counter-clockwise degrees a player must turn the stored picture by.
        codec: Picture codec.
        pixels: Pixel format.
        sound: (C, N) at 48 kHz, None for a silent film.
        sound_codec: Sound codec.
        sound_start: Time of the first sound sample, in 48 kHz samples.
        options: Options of the muxer.
        encoder: Further options of the picture's encoder.
        transfer: Transfer curve the film states, PQ or HLG, with the primaries and matrix of BT.2020.
        pixel_aspect: Width over height of a pixel that the film states.
    """
    with av.open(str(path), "w", options=options or {}) as film:
        picture_stream = _picture_stream(
            film, codec, time_base=time_base, gop=gop, b_frames=b_frames, encoder=encoder or {}
        )
        picture_stream.pix_fmt = pixels
        if transfer is not None:
            _state_colours(picture_stream, transfer)
        if pixel_aspect is not None:
            picture_stream.codec_context.sample_aspect_ratio = pixel_aspect
        picture_stream.width, picture_stream.height = (HEIGHT, WIDTH) if turn % 180 else (WIDTH, HEIGHT)
        if turn:
            picture_stream.set_display_rotation(turn)
        packets = [_picture_packets(picture_stream, pts, turn=turn)]
        if sound is not None:
            sound_stream = _sound_stream(film, sound_codec, channels=len(sound))
            packets.append(_sound_packets(sound_stream, sound, start=sound_start))
        film.start_encoding()
        for packet in merge(*packets, key=_seconds_of):
            film.mux(packet)
    return path


def with_edit(source: Path, target: Path, *, first_unit: int, units: int) -> Path:
    """Copy an .mp4 with its edit list set to show a stretch, in units of its picture's time base.

    The picture's track must be the first and its list have one entry, as make_film writes it for film
    with B-frames; the film's movie clock must be that of its picture (movie_timescale).
    """
    content = bytearray(source.read_bytes())
    place = content.index(b"elst") + 4
    _, entries, _, skipped = unpack(">IIIi", content[place : place + 16])
    assert entries == 1
    content[place + 8 : place + 16] = pack(">Ii", units, skipped + first_unit)
    target.write_bytes(content)
    return target


def impulse_at(sample: int, *, length: int, channels: int = 1) -> FloatArray:
    """(channels, length) silence with one impulse."""
    sound = np.zeros((channels, length), dtype=np.float32)
    sound[:, sample] = 0.9
    return sound


def _seconds_of(packet: Packet) -> float:  # type: ignore[type-arg]  # the stream's kind does not matter
    return float((packet.dts or 0) * packet.time_base)


def _picture_stream(
    film: OutputContainer,
    codec: str,
    *,
    time_base: Fraction,
    gop: int,
    b_frames: int,
    encoder: dict[str, str],
) -> VideoStream:
    options = {"bf": str(b_frames), "g": str(gop), "sc_threshold": "0", "preset": "veryfast", "qp": "20"}
    stream = film.add_stream(codec, rate=30, options={**(options if codec == "libx264" else {}), **encoder})
    assert isinstance(stream, VideoStream)
    stream.codec_context.time_base = stream.time_base = time_base
    return stream


def _state_colours(stream: VideoStream, transfer: int) -> None:
    context = stream.codec_context
    context.color_trc, context.color_primaries, context.colorspace = transfer, BT_2020, BT_2020
    context.color_range = 1  # limited


def _picture_packets(stream: VideoStream, pts: Sequence[int], *, turn: int) -> Iterator[Packet]:  # type: ignore[type-arg]
    for number, time in enumerate(pts):
        stored = np.ascontiguousarray(np.rot90(picture_of(number), -turn // 90))
        frame = av.VideoFrame.from_ndarray(stored, format="rgb24")
        frame.pts, frame.time_base = time, stream.codec_context.time_base
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _sound_stream(film: OutputContainer, codec: str, *, channels: int) -> AudioStream:
    stream = film.add_stream(codec, rate=SOUND_RATE_HZ)
    assert isinstance(stream, AudioStream)
    stream.layout = {1: "mono", 2: "stereo"}[channels]
    return stream


def _sound_packets(stream: AudioStream, sound: FloatArray, *, start: int) -> Iterator[Packet]:  # type: ignore[type-arg]
    layout = {1: "mono", 2: "stereo"}[len(sound)]
    for begin in range(0, sound.shape[1], 1024):
        part = np.ascontiguousarray(sound[:, begin : begin + 1024])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = SOUND_RATE_HZ, start + begin
        frame.time_base = Fraction(1, SOUND_RATE_HZ)
        yield from stream.encode(frame)
    yield from stream.encode(None)
