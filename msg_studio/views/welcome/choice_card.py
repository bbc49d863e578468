"""A large button with an icon, a title and one line below it."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from msg_studio.look.fonts import semibold
from msg_studio.look.icons import icon
from msg_studio.look.theme import Role, Theme, theme_of

MARGIN_PX = 18
ICON_PX = 28
CORNER_PX = 8.0
GAP_PX = 10
TITLE_GROWTH = 1.2
SMALLEST_WIDTH_PX = 200


class ChoiceCard(QAbstractButton):
    """One of the few things to begin with.

    Args:
        icon_name: Drawing in assets/icons.
        title: What it does.
        line: One line that says more.
        parent: Owner.
    """

    def __init__(self, icon_name: str, title: str, line: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._line = line
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(line)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        text = QFontMetrics(self._title_font()).height() + 2 * self.fontMetrics().height()
        return QSize(SMALLEST_WIDTH_PX + 60, 2 * MARGIN_PX + ICON_PX + text)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        return QSize(SMALLEST_WIDTH_PX, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 (Qt's)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: D102 (Qt's)
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102 (Qt's)
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: D102 (Qt's)
        theme = theme_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_body(painter, theme)
        inside = self.rect().adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
        sign = icon(self._icon_name, colour=self.palette().color(Role.Link))
        sign.paint(painter, QRect(inside.topLeft(), QSize(ICON_PX, ICON_PX)))
        self._paint_words(painter, theme, inside.adjusted(0, ICON_PX + GAP_PX, 0, 0))
        painter.end()

    def _paint_body(self, painter: QPainter, theme: Theme) -> None:
        body = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        ground = self.palette().color(Role.Base if self.isDown() else Role.Button)
        if self.underMouse() and not self.isDown():
            ground = self.palette().color(Role.Midlight)
        painter.setPen(QPen(theme.grid_strong, 1))
        if self.hasFocus():
            painter.setPen(QPen(theme.focus, 2))
        painter.setBrush(ground)
        painter.drawRoundedRect(body, CORNER_PX, CORNER_PX)

    def _paint_words(self, painter: QPainter, theme: Theme, place: QRect) -> None:
        painter.setFont(self._title_font())
        painter.setPen(self.palette().color(Role.ButtonText))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(QPointF(place.left(), place.top() + metrics.ascent()), title)
        painter.setFont(self.font())
        painter.setPen(theme.muted_text)
        below = place.adjusted(0, metrics.height() + GAP_PX // 2, 0, 0)
        painter.drawText(below, Qt.TextFlag.TextWordWrap, self._line)

    def _title_font(self) -> QFont:
        font = semibold(self.font())
        font.setPointSizeF(self.font().pointSizeF() * TITLE_GROWTH)
        return font
