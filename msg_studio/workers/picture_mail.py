"""What the picture feed asks its thread for, and what it hears back."""

from dataclasses import dataclass
from pathlib import Path

from msg_studio.qt_models.shown_picture import OpenedFilm, ShownPicture
from msg_studio.workers.mailbox import Mailbox


@dataclass(frozen=True)
class OpenOrder:
    """Open a film in place of the one before.

    Attributes:
        film: Number that answers about this film carry.
        path: The file.
    """

    film: int
    path: Path


@dataclass(frozen=True)
class ProxyOrder:
    """Use a proxy of the open film.

    Attributes:
        path: The proxy, None to go without.
        fingerprint: Fingerprint of the film it must belong to.
    """

    path: Path | None
    fingerprint: str


@dataclass(frozen=True)
class CloseOrder:
    """Give the files back."""


@dataclass(frozen=True)
class StopOrder:
    """Give the files back and end the thread."""


@dataclass(frozen=True)
class Wish:
    """Show one picture.

    Attributes:
        index: Its number.
        playing: Whether the next wish follows soon, so that a proxy's picture is enough.
    """

    index: int
    playing: bool


@dataclass(frozen=True)
class OpenFailed:
    """The film cannot be opened; ``words`` say why."""

    words: str


@dataclass(frozen=True)
class ProxyFailed:
    """The proxy is not used; ``words`` say why."""

    words: str


@dataclass(frozen=True)
class PictureFailed:
    """The picture ``index`` cannot be decoded; ``words`` say why."""

    index: int
    words: str


Order = OpenOrder | ProxyOrder | CloseOrder | StopOrder
Answer = OpenedFilm | ShownPicture | OpenFailed | ProxyFailed | PictureFailed
PictureMail = Mailbox[Order, Wish]
