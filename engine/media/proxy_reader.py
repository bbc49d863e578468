"""Opens a proxy and gives any picture of it by a direct jump; says what makes a file a proxy of ours.

A proxy is a .mov at a constant rate in which every picture is a keyframe and picture i has the
time i, so that no table has to be read. A line of JSON in its metadata names the film.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame

from engine.errors import InputError, MediaError
from engine.media.container import cut_short, open_container, picture_stream
from engine.media.picture import Colours

if TYPE_CHECKING:
    from collections.abc import Iterator

PROXY_RATE_HZ = 25  # also the time base: the film's own times do not matter here
_METADATA_KEY = "comment"
_KIND = "MultiSoundGen proxy"
_VERSION = 1


@dataclass(frozen=True)
class ProxyFacts:
    """What a proxy says about itself.

    Attributes:
        fingerprint: Fingerprint of the film it was made of.
        count: Pictures, as many as the film shows.
    """

    fingerprint: str
    count: int

    def to_metadata(self) -> dict[str, str]:
        """Metadata of the container."""
        facts = {"kind": _KIND, "version": _VERSION, "film": self.fingerprint, "pictures": self.count}
        return {_METADATA_KEY: json.dumps(facts)}

    @classmethod
    def from_metadata(cls, metadata: dict[str, str]) -> "ProxyFacts | None":
        """The facts in a container's metadata, None when it is no proxy that this program reads."""
        try:
            facts = json.loads(metadata.get(_METADATA_KEY, ""))
            known = facts["kind"] == _KIND and facts["version"] == _VERSION
            return cls(str(facts["film"]), int(facts["pictures"])) if known else None
        except (ValueError, TypeError, KeyError):  # a comment of somebody else
            return None


class ProxyReader:
    """An open proxy. Not shared between threads: one reader per thread.

    Opening it marks it as used, which keeps it from being pruned early.

    Args:
        path: The proxy.
        fingerprint: Fingerprint of the film it must belong to, None for any.

    Attributes:
        fingerprint: Fingerprint of the film it was made of.
        count: Pictures; picture i is picture i of the film.
        width: Pixels across.
        height: Pixels down.

    Raises:
        MediaError: When it is missing, no proxy of ours, of another film, or cut short.
    """

    def __init__(self, path: Path, *, fingerprint: str | None = None) -> None:
        self._path = path
        self._film = open_container(path)
        try:
            facts = _checked(path, self._film, fingerprint=fingerprint)
            self._stream = picture_stream(self._film, path)
        except BaseException:
            self._film.close()
            raise
        self.fingerprint, self.count = facts.fingerprint, facts.count
        self.width, self.height = self._stream.width, self._stream.height
        self._running: Iterator[VideoFrame] = iter(())
        self._next = -1  # the picture the running decoding gives next, -1 when none runs
        with suppress(OSError):  # a read-only disk: the proxy only seems less used than it is
            os.utime(path)

    def __enter__(self) -> "ProxyReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._running = iter(())
        self._film.close()

    def frame(self, index: int) -> Colours:
        """One picture.

        Args:
            index: Number of the picture, from 0, as in the film.

        Returns:
            (H, W, 3) uint8 of ``height`` and ``width``.

        Raises:
            InputError: When there is no such picture.
            MediaError: When the proxy is damaged there.
        """
        if not 0 <= index < self.count:
            raise InputError(
                f"{self._path} has pictures 0 to {self.count - 1}, asked was {index}: choose one inside."
            )
        try:
            frame = self._decoded(index)
        except FFmpegError as error:
            raise self._damaged(index) from error
        if frame is None or frame.pts != index or frame.is_corrupt:
            raise self._damaged(index)
        self._next = index + 1
        return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)

    def _decoded(self, index: int) -> VideoFrame | None:
        if index != self._next:
            self._next = -1
            self._film.seek(index, stream=self._stream)
            self._running = self._film.decode(self._stream)
        return next(self._running, None)

    def _damaged(self, index: int) -> MediaError:
        self._next = -1
        return MediaError(
            f"Picture {index} of the proxy {self._path} is damaged: delete it, it is made anew."
        )


def _checked(path: Path, film: InputContainer, *, fingerprint: str | None) -> ProxyFacts:
    """The facts of a proxy that is ours, whole and of the film wanted.

    Raises:
        MediaError: When it is not.
    """
    facts = ProxyFacts.from_metadata(film.metadata)
    if facts is None:
        raise MediaError(f"{path} is not a proxy this program can read: delete it, it is made anew.")
    if fingerprint is not None and facts.fingerprint != fingerprint:
        raise MediaError(
            f"{path} is the proxy of another film ({facts.fingerprint[:12]}, wanted was {fingerprint[:12]}): "
            "delete it, it is made anew."
        )
    stream = picture_stream(film, path)
    entries = stream.index_entries
    reach = entries[-1].pos + entries[-1].size if len(entries) else 0
    there, size = stream.frames, path.stat().st_size
    if there != facts.count or len(entries) != facts.count or reach > size:
        raise cut_short(path, f"{there} of {facts.count} pictures in {size} bytes")
    return facts
