"""A button that shows its key: a cap with the key's name, and what it does."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from msg_studio.look.fonts import semibold
from msg_studio.look.theme import Role, Theme, theme_of

HEIGHT_PX, TALL_PX = 28, 40
CORNER_PX = 6.0
PAD_PX = 10
GAP_PX = 8
CAP_PAD_PX = 5


class KeyButton(QAbstractButton):
    """Does what its key does; it never takes the focus, so that keys stay with the page.

    Args:
        key: What stands on the key.
        words: What it does.
        parent: Owner.
        tall: Whether it is one of the answers, taller than the rest.
        checkable: Whether it is switched on and off.
    """

    def __init__(
        self, key: str, words: str, parent: QWidget, *, tall: bool = False, checkable: bool = False
    ) -> None:
        super().__init__(parent)
        self._key = key
        self._tall = tall
        self.setText(words)
        self.setAccessibleName(words)
        self.setAccessibleDescription(f"Key {key}")
        self.setToolTip(f"{words} ({key})")
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def say(self, words: str) -> None:
        """Name it anew."""
        self.setText(words)
        self.setAccessibleName(words)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        words = self.fontMetrics().horizontalAdvance(self.text())
        height = TALL_PX if self._tall else HEIGHT_PX
        return QSize(2 * PAD_PX + self._cap_width() + GAP_PX + words, height)

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
        self._paint_cap(painter, theme)
        role = Role.HighlightedText if self.isChecked() else Role.ButtonText
        painter.setFont(self.font())
        painter.setPen(self.palette().color(role) if self.isEnabled() else theme.disabled_text)
        place = self.rect().adjusted(PAD_PX + self._cap_width() + GAP_PX, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()

    def _paint_body(self, painter: QPainter, theme: Theme) -> None:
        ground = self.palette().color(Role.Highlight if self.isChecked() else Role.Button)
        if self.isEnabled() and not self.isChecked() and (self.underMouse() or self.isDown()):
            ground = self.palette().color(Role.Base if self.isDown() else Role.Midlight)
        painter.setPen(QPen(theme.grid_strong, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CORNER_PX, CORNER_PX)

    def _paint_cap(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(self._cap_font())
        height = painter.fontMetrics().height() + 4
        cap = QRect(PAD_PX, (self.height() - height) // 2, self._cap_width(), height)
        painter.setPen(QPen(theme.field_edge if self.isEnabled() else theme.grid_strong, 1))
        painter.setBrush(self.palette().color(Role.Base))
        painter.drawRoundedRect(QRectF(cap).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(self.palette().color(Role.Text) if self.isEnabled() else theme.disabled_text)
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._key)

    def _cap_font(self) -> QFont:
        font = semibold(self.font())
        font.setPointSizeF(0.9 * self.font().pointSizeF())
        return font

    def _cap_width(self) -> int:
        metrics = self.fontMetrics()
        return max(metrics.horizontalAdvance(self._key) + 2 * CAP_PAD_PX, metrics.height() + 2)
