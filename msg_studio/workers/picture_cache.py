"""Pictures shown a moment ago, kept within a bound of memory."""

from collections import OrderedDict

from PySide6.QtGui import QImage


class PictureCache:
    """Exact pictures by number; the one not looked at for longest goes first.

    Args:
        limit_bytes: Memory for all of them; the newest is kept even when it alone is larger.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._pictures: OrderedDict[int, QImage] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._pictures)

    def get(self, index: int) -> QImage | None:
        """The picture with a number, None when it is not kept."""
        image = self._pictures.get(index)
        if image is not None:
            self._pictures.move_to_end(index)
        return image

    def keep(self, index: int, image: QImage) -> None:
        """Keep a picture that is not kept yet."""
        self._pictures[index] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > self._limit_bytes and len(self._pictures) > 1:
            _, oldest = self._pictures.popitem(last=False)
            self._bytes -= oldest.sizeInBytes()

    def clear(self) -> None:
        """Give the memory back."""
        self._pictures.clear()
        self._bytes = 0
