"""The window's icons: our own line drawings, sharp at any size, in the colours of the palette.

Drawn from assets/icons when they are painted, which costs nothing at start; an icon font with its
package took a tenth of a second.
"""

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from engine.assets import asset_path
from engine.errors import MissingComponentError

APPLICATION_ICON = "msg-studio"
MOST_KEPT = 32  # sizes and colours of one icon


def icon(name: str, *, colour: QColor | None = None) -> QIcon:
    """An icon of ours, such as "play" or "speaker-off".

    Args:
        name: File name in assets/icons, without its ending.
        colour: Its colour; None follows the palette, also when the theme changes later. Disabled
            and selected icons always take the palette's colours.

    Raises:
        MissingComponentError: When there is no such icon.
    """
    return QIcon(_LineIcon(name, _drawing(name), colour))


def application_icon() -> QIcon:
    """The program's own picture, for windows and task bars.

    Raises:
        MissingComponentError: When the program came without it.
    """
    return QIcon(_LineIcon(APPLICATION_ICON, _drawing(APPLICATION_ICON), None))


@cache
def _drawing(name: str) -> str:
    path = asset_path("icons", f"{name}.svg")
    if not path.is_file():
        raise MissingComponentError(f"The icon {name!r} is missing: {path} is not there.")
    return path.read_text(encoding="utf-8")


class _LineIcon(QIconEngine):
    """Paints a drawing; what is `currentColor` in it takes the colour asked for."""

    def __init__(self, name: str, drawing: str, colour: QColor | None) -> None:
        super().__init__()
        self._name = name
        self._drawing = drawing
        self._colour = colour
        self._drawn: dict[tuple[int, int, float, str], QPixmap] = {}

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(rect).center())
        content = self._drawing.replace("currentColor", self._colour_in(mode).name())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        QSvgRenderer(QByteArray(content.encode())).render(painter, square)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        key = (size.width(), size.height(), scale, self._colour_in(mode).name())
        if key not in self._drawn:
            if len(self._drawn) >= MOST_KEPT:
                self._drawn.clear()
            self._drawn[key] = self._draw(size, mode, state, scale)
        return self._drawn[key]

    def clone(self) -> QIconEngine:
        return _LineIcon(self._name, self._drawing, self._colour)

    def iconName(self) -> str:
        return self._name

    def key(self) -> str:
        return "msg-studio"

    def isNull(self) -> bool:
        return False

    def _draw(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        pixmap = QPixmap((QSizeF(size) * scale).toSize())
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def _colour_in(self, mode: QIcon.Mode) -> QColor:
        palette = QGuiApplication.palette()
        if mode == QIcon.Mode.Disabled:
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        if mode == QIcon.Mode.Selected:
            return palette.color(QPalette.ColorRole.HighlightedText)
        return self._colour or palette.color(QPalette.ColorRole.ButtonText)
