"""The streams of a preview: picture copied, picture encoded again, sound encoded.

Each function adds its stream to the preview and gives the packets in the order of their
time; nothing is read or encoded before the first packet is asked for.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.media.container import open_container, picture_stream, unreadable
from engine.media.picture import to_rgb
from engine.media.picture_source import PictureSource
from engine.media.survey import Survey
from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ

if TYPE_CHECKING:  # av's classes take no parameters when the program runs
    from av.packet import Packet

Packets = Iterator["Packet[Any]"]  # of picture or sound: a muxer takes both

_SOUND_BITS_PER_S = 192_000
_SOUND_BLOCK = 1 << 14
_PICTURE_OPTIONS = {"preset": "veryfast", "crf": "18"}
_COLOUR_FACTS = ("color_range", "color_primaries", "color_trc", "colorspace")


def packet_time(packet: "Packet[Any]") -> Fraction:
    """Decoding time of a packet in seconds."""
    return (packet.dts or 0) * Fraction(packet.time_base)


def copied_picture(preview: OutputContainer, film: Survey, resources: ExitStack) -> Packets:
    """The film's own picture packets, moved so that the first picture shows at time 0.

    Raises:
        ValueError: When the preview's container does not know the codec.
    """
    source = resources.enter_context(open_container(film.info.path))
    stream = picture_stream(source, film.info.path)
    target = preview.add_stream_from_template(stream)
    target.time_base = stream.time_base
    return _moved_packets(source, stream, target=target, film=film)


def _moved_packets(
    source: InputContainer, stream: VideoStream, *, target: VideoStream, film: Survey
) -> Packets:
    origin = film.info.start_pts
    dts_in_order = _decoding_times(film)
    try:
        for packet in source.demux(stream):
            if packet.size == 0 or packet.pts is None:
                continue
            packet.pts, packet.dts = packet.pts - origin, next(dts_in_order)
            packet.stream = target
            yield packet
    except FFmpegError as error:
        raise unreadable(film.info.path, error) from error


def _decoding_times(film: Survey) -> Iterator[int]:
    """A decoding time for each packet in the order of the file, rising and never after its pts.

    Not every container keeps them (.mkv leaves the first ones out), and .mp4 needs all.
    """
    with open_container(film.info.path) as source:
        stream = picture_stream(source, film.info.path)
        pts = [packet.pts - film.info.start_pts for packet in source.demux(stream) if packet.pts is not None]
    rising = sorted(pts)
    delay = max((early - shown for early, shown in zip(rising, pts, strict=True)), default=0)
    return (time - delay for time in rising)


def encoded_picture(preview: OutputContainer, film: Survey, resources: ExitStack) -> Packets:
    """The picture as H.264, turned as it is shown, each picture at its own time."""
    source = resources.enter_context(PictureSource(film.info.path, film.table, threading="AUTO"))
    stream = preview.add_stream("libx264", rate=round(film.info.fps) or 1, options=_PICTURE_OPTIONS)
    stream.width, stream.height = _even(film.info.width), _even(film.info.height)
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = stream.time_base = film.info.time_base
    return _encoded_packets(source, stream, film)


def _encoded_packets(source: PictureSource, stream: VideoStream, film: Survey) -> Packets:
    for index, frame in source.pictures_from(0):
        upright = _upright(frame, rotation=film.info.rotation)
        if index == 0:
            for fact in _COLOUR_FACTS:
                setattr(stream.codec_context, fact, getattr(upright, fact))
        picture = upright.reformat(width=stream.width, height=stream.height, format="yuv420p")
        picture.pts, picture.time_base = int(film.table.pts[index]) - film.info.start_pts, film.info.time_base
        picture.pict_type = 0
        yield from stream.encode(picture)
    yield from stream.encode(None)


def _upright(frame: VideoFrame, *, rotation: int) -> VideoFrame:
    if rotation == 0:
        return frame
    return VideoFrame.from_ndarray(to_rgb(frame, rotation=rotation), format="rgb24")


def _even(length: int) -> int:
    """Pixels that 4:2:0 can hold."""
    return max(2, length - length % 2)


def encoded_sound(preview: OutputContainer, sound: FloatArray) -> Packets:
    """The mix as AAC, sample 0 at time 0.

    Args:
        preview: The preview.
        sound: (C, N) at 48 kHz, one or two channels.
    """
    layout = {1: "mono", 2: "stereo"}[len(sound)]
    stream = preview.add_stream("aac", rate=PROJECT_RATE_HZ)
    stream.layout, stream.bit_rate = layout, _SOUND_BITS_PER_S
    return _sound_packets(stream, sound, layout=layout)


def _sound_packets(stream: AudioStream, sound: FloatArray, *, layout: str) -> Packets:
    for begin in range(0, sound.shape[1], _SOUND_BLOCK):
        block = np.ascontiguousarray(sound[:, begin : begin + _SOUND_BLOCK])
        frame = AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = PROJECT_RATE_HZ, begin
        frame.time_base = Fraction(1, PROJECT_RATE_HZ)
        yield from stream.encode(frame)
    yield from stream.encode(None)
