"""The thread side of the picture feed: owns the decoders, answers wishes in two steps, gives up old ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from engine.errors import Cancelled, StudioError
from engine.media.proxy import ProxyReader
from engine.media.video_reader import VideoReader
from msg_studio.qt_models.shown_picture import OpenedFilm, ShownPicture
from msg_studio.workers.picture_cache import PictureCache
from msg_studio.workers.picture_mail import (
    Answer,
    CloseOrder,
    OpenFailed,
    OpenOrder,
    PictureFailed,
    PictureMail,
    ProxyFailed,
    ProxyOrder,
    StopOrder,
    Wish,
)

REST_S = 0.08  # with a proxy, exact pictures are decoded once nothing new was wished for so long
SMALL_STEP = 25  # a picture on screen this near to the one wished for is not replaced by a farther one
NEXT_PICTURES = 4  # up to here ahead, the exact picture comes as soon as any other
KEPT_BYTES = 96 << 20  # eleven pictures of 1080p


class PictureWork:
    """Runs in the thread that decodes; everything it opens is used and closed in that thread.

    Args:
        mail: Where orders and wishes come from.
        tell: Takes the number of the film and an answer about it; called in this thread.
    """

    def __init__(self, mail: PictureMail, tell: Callable[[int, Answer], None]) -> None:
        self._mail = mail
        self._tell = tell
        self._film = 0
        self._reader: VideoReader | None = None
        self._proxy: ProxyReader | None = None
        self._cache = PictureCache(KEPT_BYTES)
        self._on_screen = -1  # number of the picture given last, -1 before the first
        self._exact = -1  # number of the exact picture given last

    def run(self) -> None:
        """Answer until told to stop."""
        while True:
            match self._mail.take():
                case StopOrder():
                    self._close()
                    return
                case OpenOrder(film, path):
                    self._open(film, path)
                case CloseOrder():
                    self._close()
                case ProxyOrder(path, fingerprint):
                    self._use_proxy(path, fingerprint)
                case Wish(index, playing):
                    self._show(index, playing=playing)

    def _answer(self, answer: Answer) -> None:
        self._tell(self._film, answer)

    def _open(self, film: int, path: Path) -> None:
        self._close()
        self._film = film
        try:
            reader = VideoReader(path)
        except StudioError as error:
            self._answer(OpenFailed(str(error)))
        else:
            self._reader = reader
            self._answer(OpenedFilm(reader.info, reader.table, longest_group(reader.table.keyframe)))

    def _close(self) -> None:
        self._close_proxy()
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self._cache.clear()
        self._on_screen = self._exact = -1

    def _use_proxy(self, path: Path | None, fingerprint: str) -> None:
        self._close_proxy()
        if path is None:
            return
        try:
            self._proxy = ProxyReader(path, fingerprint=fingerprint)
        except StudioError as error:
            self._answer(ProxyFailed(str(error)))

    def _close_proxy(self) -> None:
        if self._proxy is not None:
            self._proxy.close()
        self._proxy = None

    def _show(self, index: int, *, playing: bool) -> None:
        """A picture at once, and the exact one when the wish still stands."""
        if self._reader is None:
            return
        try:
            if self._give_kept(index) or self._give_quick(self._reader, index):
                return
            if (
                self._proxy is not None
                and (playing or not self._is_next(index))
                and self._mail.outdated_within(REST_S)
            ):
                return
            self._give_exact(self._reader, index)
        except Cancelled:
            return  # a newer wish lies in the mailbox
        except StudioError as error:
            self._answer(PictureFailed(index, str(error)))

    def _give_kept(self, index: int) -> bool:
        """Give the exact picture if it was shown a moment ago."""
        image = self._cache.get(index)
        if image is None:
            return False
        self._give(ShownPicture(index, image, exact=True, drawn=index))
        return True

    def _give_quick(self, reader: VideoReader, index: int) -> bool:
        """Give the proxy's picture, else one that is near and quick; whether it is the exact one already."""
        if self._proxy is not None and self._give_small(self._proxy, index):
            return False
        if self._is_next(index):
            return False
        pixels, near = reader.coarse_frame(index)
        if near == index:
            self._give_and_keep(index, to_image(pixels))
            return True
        if not self._better_left(index, near):
            self._give(ShownPicture(index, to_image(pixels), exact=False, drawn=near))
        return False

    def _give_small(self, proxy: ProxyReader, index: int) -> bool:
        """Give the proxy's picture; whether it could be read. A damaged proxy is used no more."""
        try:
            pixels = proxy.frame(index)
        except StudioError as error:
            self._close_proxy()
            self._answer(ProxyFailed(str(error)))
            return False
        self._give(ShownPicture(index, to_image(pixels), exact=False, drawn=index))
        return True

    def _give_exact(self, reader: VideoReader, index: int) -> None:
        pixels = reader.frame(index, give_up=lambda: self._mail.outdated)
        self._give_and_keep(index, to_image(pixels))

    def _is_next(self, index: int) -> bool:
        return 0 <= self._exact < index <= self._exact + NEXT_PICTURES

    def _better_left(self, index: int, near: int) -> bool:
        """Whether the picture on screen is a better stand-in than the quick one."""
        if self._on_screen < 0 or abs(self._on_screen - index) > abs(near - index):
            return False
        return near <= self._on_screen <= index or abs(self._on_screen - index) <= SMALL_STEP

    def _give_and_keep(self, index: int, image: QImage) -> None:
        self._cache.keep(index, image)
        self._give(ShownPicture(index, image, exact=True, drawn=index))

    def _give(self, picture: ShownPicture) -> None:
        self._on_screen = picture.drawn
        if picture.exact:
            self._exact = picture.index
        self._answer(picture)


def longest_group(keyframe: NDArray[np.bool_]) -> int:
    """Most pictures that must be decoded to reach one.

    Args:
        keyframe: (N,) whether decoding can begin at each picture of a film.
    """
    starts = np.unique([0, *np.flatnonzero(keyframe), len(keyframe)])
    return int(np.diff(starts).max())


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """A picture that owns its memory, in the format that paints quickest.

    Measured: 1080p painted at a third of its size takes 0.6 ms as RGB32, 1.9 ms as RGB888.

    Args:
        pixels: (H, W, 3) uint8; a turned picture's rows need not lie one after the other.
    """
    height, width, _ = pixels.shape
    in_rows = np.ascontiguousarray(pixels)
    borrowed = QImage(in_rows.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return borrowed.convertToFormat(QImage.Format.Format_RGB32)
