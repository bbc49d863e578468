"""Makes the frame table from the index of a .mp4 or .mov alone, where that is as good as reading the film.

It is where every picture stands for itself (ProRes, DNxHD, MJPEG: also the films of many gigabytes):
the index holds decoding times, and only there they are the times of showing.
"""

from typing import TYPE_CHECKING

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from engine.media.frame_table import FrameTable

if TYPE_CHECKING:  # av's classes take no parameters when the program runs
    from av.packet import Packet


def table_from_index(film: InputContainer, picture: VideoStream) -> FrameTable | None:
    """The frame table without reading the film; afterwards the film is read from its start again.

    Returns:
        The table, None where the index is missing, partial, edited or does not tell the times of showing.
    """
    if not film.format.name.startswith("mov") or not picture.codec.intra_only or not picture.time_base:
        return None
    entries = list(picture.index_entries)
    plain = all(entry.is_keyframe and not entry.is_discard for entry in entries)
    times = np.array([entry.timestamp for entry in entries], dtype=np.int64)
    if not plain or len(entries) != picture.frames or len(entries) < 2 or np.any(np.diff(times) <= 0):
        return None
    first, last = (_packet_at(film, picture, int(time)) for time in (times[0], times[-1]))
    film.seek(int(times[0]), stream=picture)
    if first is None or last is None:
        return None
    return FrameTable(
        pts=times,
        keyframe=np.ones(len(times), dtype=np.bool_),
        time_base=picture.time_base,
        seek_points=times,
        last_duration=last.duration or 0,
    )


def _packet_at(film: InputContainer, picture: VideoStream, time: int) -> "Packet[VideoStream] | None":
    """The packet of an index entry, None when it is shown at another time than it is decoded."""
    film.seek(time, stream=picture)
    packet = next(film.demux(picture), None)
    return packet if packet is not None and packet.pts == packet.dts == time else None
