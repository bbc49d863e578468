"""Pictures of the open film by number: decoded in a thread of their own, the newest wish first."""

from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, Qt, Signal

from msg_studio.qt_models.shown_picture import OpenedFilm, ShownPicture
from msg_studio.workers.mailbox import Mailbox
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

LONGEST_WAIT_S = 5.0


class PictureFeed(QObject):
    """Answers the wish for a picture at once with what is quick, then with the exact picture.

    Only the newest wish is worked on. With a proxy the quick answer is the right picture at low
    resolution; without one it is the nearest picture at hand, often a keyframe before it. All
    signals come in the thread of this object.

    Signals:
        opened: A film can be shown now (OpenedFilm).
        failed: The film cannot be opened (str, why).
        picture_ready: A picture (ShownPicture).
        picture_failed: A picture cannot be decoded (int its number, str why).
        proxy_failed: The proxy is not used, or not any more (str, why).
    """

    opened = Signal(object)
    failed = Signal(str)
    picture_ready = Signal(object)
    picture_failed = Signal(int, str)
    proxy_failed = Signal(str)
    _answered = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mail: PictureMail = Mailbox()
        self._thread: Thread | None = None
        self._film = 0  # counts films, so that a late answer about an earlier one is noticed
        self._wished = -1
        self._stopped = False
        self._answered.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)

    def open(self, clip_path: Path) -> None:
        """Open a film in place of the one before; ``opened`` or ``failed`` follows.

        Reading through a large film takes seconds; wishes made meanwhile are answered after it.
        """
        self._leave_film()
        self._start()
        self._mail.order(OpenOrder(self._film, clip_path), drops_wish=True)

    def close(self) -> None:
        """Give the film and its proxy back; nothing more is heard of them."""
        self._leave_film()
        self._mail.order(CloseOrder(), drops_wish=True)

    def use_proxy(self, path: Path | None, fingerprint: str) -> None:
        """Take quick pictures of the open film from its proxy, or none from now on.

        Args:
            path: The proxy, None to go without.
            fingerprint: Fingerprint of the open film; a proxy of another film is refused.
        """
        self._mail.order(ProxyOrder(path, fingerprint))

    def show(self, index: int, *, playing: bool = False) -> None:
        """Wish for a picture in place of the one wished for before.

        Args:
            index: Its number, from 0.
            playing: Whether the next wish follows soon: a proxy's picture is enough then.
        """
        if index == self._wished:
            return  # it has come, or is on its way
        self._wished = index
        self._mail.wish(Wish(index, playing))

    def shut_down(self) -> None:
        """End the thread and give the files back; the feed cannot be used again."""
        if self._stopped:
            return
        self._leave_film()
        self._stopped = True
        self._mail.order(StopOrder(), drops_wish=True)
        if self._thread is not None:
            # The reading through of a very large film is not waited for; its thread ends with the process.
            self._thread.join(LONGEST_WAIT_S)

    def _leave_film(self) -> None:
        self._film += 1
        self._wished = -1

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._work, name="pictures", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        # Imported here because FFmpeg's libraries are loaded after the window is up, and beside it.
        from msg_studio.workers.picture_work import PictureWork

        PictureWork(self._mail, self._tell).run()

    def _tell(self, film: int, answer: Answer) -> None:
        if not self._stopped:
            self._answered.emit(film, answer)

    def _pass_on(self, film: int, answer: Answer) -> None:
        if film != self._film or self._stopped:
            return
        match answer:
            case OpenedFilm():
                self.opened.emit(answer)
            case OpenFailed(words):
                self.failed.emit(words)
            case ShownPicture():
                self.picture_ready.emit(answer)
            case PictureFailed(index, words):
                self.picture_failed.emit(index, words)
            case ProxyFailed(words):
                self.proxy_failed.emit(words)
