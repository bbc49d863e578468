"""How the picture and the words on it are painted."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPalette, QPen

from msg_studio.look.theme import Theme

LABEL_BACK = QColor(0, 0, 0, 190)  # behind words on the picture: white on it is 8:1 even over white
LABEL_TEXT = QColor("#ffffff")
QUIET_TEXT = QColor("#d5d8dc")
_MARGIN_PX = 8
_PAD_PX = 6
_HATCH_PX = 12
_TIMECODE_SHARE = 0.055  # height of burned-in timecode as a share of the picture's height
_SMALLEST_TIMECODE_PX = 13


def fitted(film: QSize, area: QRect) -> QRect:
    """The largest rectangle of a film's shape in the middle of an area."""
    size = film.scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(area.topLeft(), size)
    place.moveCenter(area.center())
    return place


def paint_picture(painter: QPainter, image: QImage, place: QRect, *, ratio: float) -> None:
    """Paint a picture scaled into a place.

    Args:
        painter: Its device has ``ratio`` pixels for one of ours.
        image: The picture.
        place: Where.
        ratio: Device pixel ratio.
    """
    wanted = place.size() * ratio
    if image.width() > 2 * wanted.width():
        # The painter looks at four pixels for each one it draws; fine lines would shimmer below half size.
        image = image.scaled(
            wanted, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.size() != wanted)
    painter.drawImage(QRectF(place), image, QRectF(image.rect()))


def paint_hatch(painter: QPainter, area: QRect, theme: Theme, palette: QPalette) -> None:
    """Fill an area where a picture should be and is not."""
    painter.fillRect(area, palette.color(QPalette.ColorRole.Window))
    painter.setPen(QPen(theme.hatch, 0))  # one device pixel at any scale
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    height = area.height()
    for foot in range(area.left(), area.right() + height, _HATCH_PX):
        painter.drawLine(foot, area.top(), foot - height, area.top() + height)


def paint_timecode(painter: QPainter, text: str, place: QRect, font: QFont) -> None:
    """Burn a timecode into the lower middle of the picture."""
    burned = QFont(font)
    burned.setPixelSize(max(_SMALLEST_TIMECODE_PX, round(place.height() * _TIMECODE_SHARE)))
    painter.setFont(burned)
    box = painter.fontMetrics().boundingRect(text).adjusted(-2 * _PAD_PX, -_PAD_PX, 2 * _PAD_PX, _PAD_PX)
    box.moveCenter(place.center())
    box.moveBottom(place.bottom() - _MARGIN_PX)
    _paint_label(painter, text, box, LABEL_TEXT)


def paint_film_words(painter: QPainter, text: str, place: QRect, font: QFont) -> int:
    """Paint words about the film into the upper left corner, cut where there is no room; their lower edge."""
    box = _small_box(painter, text, place, font)
    painted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width() - 2 * _PAD_PX)
    _paint_label(painter, painted, box, QUIET_TEXT)
    return box.bottom()


def paint_hint(painter: QPainter, text: str, place: QRect, font: QFont, *, below: int) -> None:
    """Paint words about the picture into the upper right corner, under what ends at ``below``."""
    box = _small_box(painter, text, place, font)
    box.moveRight(place.right() - _MARGIN_PX)
    box.moveTop(max(box.top(), below + _PAD_PX))
    _paint_label(painter, text, box, QUIET_TEXT)


def paint_trouble(painter: QPainter, text: str, place: QRect, font: QFont) -> None:
    """Paint a sentence over the middle of the picture, in as many lines as it takes."""
    painter.setFont(font)
    room = place.adjusted(4 * _PAD_PX, 0, -4 * _PAD_PX, 0)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    box = painter.fontMetrics().boundingRect(room, flags, text)
    _paint_label(painter, text, box.adjusted(-2 * _PAD_PX, -_PAD_PX, 2 * _PAD_PX, _PAD_PX), LABEL_TEXT)


def _small_box(painter: QPainter, text: str, place: QRect, font: QFont) -> QRect:
    """Room for words of one line in the upper left corner, no wider than the picture."""
    painter.setFont(font)
    metrics = painter.fontMetrics()
    width = min(metrics.horizontalAdvance(text) + 2 * _PAD_PX, place.width() - 2 * _MARGIN_PX)
    return QRect(place.left() + _MARGIN_PX, place.top() + _MARGIN_PX, width, metrics.height() + _PAD_PX)


def _paint_label(painter: QPainter, text: str, box: QRect, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(LABEL_BACK)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(colour)
    inner = box.adjusted(_PAD_PX, 0, -_PAD_PX, 0)
    painter.drawText(inner, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
