"""Decodes a film forward from any picture, knowing the number of each picture it gives."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from engine.media.container import open_container, picture_stream
from engine.media.frame_table import FrameTable

if TYPE_CHECKING:  # av's classes take no parameters when the program runs
    from av.packet import Packet
    from av.video.stream import VideoStream

Pictures = Iterator[tuple[int, VideoFrame]]
_Packets = Iterator["Packet[VideoStream]"]
_EARLIER_TRIES = 4
Threading = Literal["SLICE", "AUTO"]


class PictureSource:
    """An open film and its table. Not shared between threads: one source per thread.

    Args:
        path: The film.
        table: Its frame table.
        threading: "SLICE" answers single pictures soonest; "AUTO" is faster over long runs.
    """

    def __init__(self, path: Path, table: FrameTable, *, threading: Threading = "SLICE") -> None:
        self._path = path
        self._table = table
        self._threading = threading
        self._open()

    def __enter__(self) -> "PictureSource":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._film.close()

    def pictures_from(self, index: int) -> Pictures:
        """Decode from the keyframe a picture hangs on, to the end of the film.

        A new call ends the earlier one. Pictures that are damaged are left out.

        Args:
            index: Picture wanted; the first ones given may lie before it.

        Yields:
            Number of the picture and the picture, in rising order.
        """
        first_shown, packets = self._packets_from(index)
        for packet in packets:
            for frame in self._decoded(packet):
                number = self._table.index_of_pts(frame.pts)
                if number is not None and number >= first_shown:
                    first_shown = number + 1
                    yield number, frame

    def _decoded(self, packet: "Packet[VideoStream]") -> list[VideoFrame]:
        try:
            return packet.decode()
        except FFmpegError:
            return []  # a damaged picture; whoever misses its number decides what that means

    def _packets_from(self, index: int) -> tuple[int, _Packets]:
        """Packets from a keyframe at or before a picture, and the first number that may be trusted.

        A container may land later than asked, or give other times after a jump than in one
        run (.mpg), so the keyframe must be one of the table. Pictures before it in showing order
        but after it in the file hang on what was jumped over and must not be trusted.
        """
        newest = self._table.seek_point_before(index)
        for place in range(newest, max(-1, newest - _EARLIER_TRIES), -1):
            packets = self._seek(int(self._table.seek_points[place]))
            first = next((packet for packet in packets if packet.is_keyframe or packet.size == 0), None)
            if (
                first is not None
                and first.pts is not None
                and first.pts in self._table.seek_points[: newest + 1]
            ):
                trusted = int(np.searchsorted(self._table.pts, first.pts))
                return trusted, chain([first], packets)
        self.close()
        self._open()
        return 0, self._demuxed()

    def _seek(self, pts: int) -> _Packets:
        try:
            self._film.seek(pts, stream=self._stream)
        except FFmpegError:
            return iter(())  # this container cannot jump; it is read from its start instead
        return self._demuxed()

    def _demuxed(self) -> _Packets:
        packets = self._film.demux(self._stream)
        while True:
            try:
                yield next(packets)
            except (StopIteration, FFmpegError):
                return  # where the file ends or cannot be read on, the pictures end

    def _open(self) -> None:
        self._film = open_container(self._path)
        self._stream = picture_stream(self._film, self._path)
        self._stream.thread_type = self._threading
