"""Reads the number of a coded film's picture from what a view has painted."""

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from msg_studio.views.picture.picture_painting import fitted
from tests.coded_film import number_in


def number_on_screen(view: QWidget, film: QSize) -> int:
    """The number painted in a view, -1 when none can be read.

    Args:
        view: Grabbed as it is.
        film: Size of the film, which says where the view paints it.
    """
    return number_in_image(grabbed(view), fitted(film, view.rect()))


def grabbed(view: QWidget) -> QImage:
    """What a view paints, one pixel for each of its own at any scale of the screen."""
    image = view.grab().toImage()
    image.setDevicePixelRatio(1)
    mode = Qt.TransformationMode.SmoothTransformation
    return image if image.size() == view.size() else image.scaled(view.size(), mode=mode)


def number_in_image(image: QImage, place: QRect | None = None) -> int:
    """The number shown in a part of an image, or in all of it."""
    part = image.copy(place) if place is not None else image
    part = part.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(part.constBits(), dtype=np.uint8).reshape(part.height(), part.bytesPerLine())
    return number_in(rows[:, : 3 * part.width()].reshape(part.height(), part.width(), 3))
