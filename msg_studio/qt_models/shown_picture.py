"""Records between the thread that decodes pictures and the views that show them."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtGui import QImage

from engine.records import ClipInfo


class PictureTimes(Protocol):
    """When each picture of a film is shown: the part of the frame table that the window needs."""

    def __len__(self) -> int:
        """Number of pictures."""

    def index_at(self, sample_48k: int) -> int:
        """Picture shown at a timeline position; the first or last one outside the film."""

    def sample_of(self, index: int) -> int:
        """First 48 kHz sample at which a picture is shown."""


@dataclass(frozen=True, eq=False)
class OpenedFilm:
    """A film that can be shown now.

    Attributes:
        info: What it is.
        table: When each of its pictures is shown.
        longest_group: Most pictures from one keyframe up to the next; 1 when all are keyframes.
    """

    info: ClipInfo
    table: PictureTimes
    longest_group: int


@dataclass(frozen=True, eq=False)
class ShownPicture:
    """An answer to the wish for one picture.

    Attributes:
        index: Number of the picture wished for.
        image: The picture to paint, in memory of its own; smaller than the film when it is a proxy's.
        exact: Whether it is the picture wished for at full size.
        drawn: Number of the picture that ``image`` is of; not ``index`` when that one takes longer.
    """

    index: int
    image: QImage
    exact: bool
    drawn: int
