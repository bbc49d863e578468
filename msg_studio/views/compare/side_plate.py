"""One side of a blind comparison: a letter, whether it plays, and whether it was heard long enough."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from msg_studio.look.fonts import semibold
from msg_studio.look.theme import Role, Theme, theme_of

SIZE = QSize(340, 116)
SMALLEST = QSize(220, 96)
CORNER_PX = 10.0
LETTER_GROWTH = 3.2
LINE_PX = 3
PAD_PX = 16
GROUND_SHARE = 0.16  # of the accent in the ground of the side that plays


class SidePlate(QAbstractButton):
    """X or Y; it knows and shows nothing of the take behind it.

    Args:
        letter: "X" or "Y".
        key: The key that plays it.
        parent: Owner.
    """

    def __init__(self, letter: str, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._key = key
        self._listened = False
        self._playing = False
        self._share = 0.0
        self.setText(letter)
        self.setToolTip(f"Hear {letter} ({key}, or Tab to swap)")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.show_state(listened=False, playing=False, share=0.0)

    def show_state(self, *, listened: bool, playing: bool, share: float) -> None:
        """Show what is heard.

        Args:
            listened: Whether this side is the one that is heard.
            playing: Whether anything plays.
            share: How much of what must be heard of it was heard; 1 is enough.
        """
        self._listened, self._playing, self._share = listened, playing, min(1.0, share)
        self.setAccessibleName(f"Side {self.text()}")
        self.setAccessibleDescription(self.state_words)
        self.update()

    @property
    def heard_enough(self) -> bool:
        """Whether this side was heard long enough for a vote."""
        return self._share >= 1

    @property
    def state_words(self) -> str:
        """What is shown below the letter."""
        if self._listened:
            return "Playing" if self._playing else "Paused"
        return "Heard" if self.heard_enough else "Not heard yet" if self._share == 0 else "Heard too briefly"

    def sizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        return SIZE

    def minimumSizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        return SMALLEST

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
        self._paint_words(painter, theme)
        self._paint_share(painter, theme)
        painter.end()

    def _paint_body(self, painter: QPainter, theme: Theme) -> None:
        palette = self.palette()
        base = palette.color(Role.Midlight if self.underMouse() else Role.Button)
        if self._listened:
            painter.setPen(QPen(theme.focus, 2))
            painter.setBrush(_mixed(palette.color(Role.Base), theme.focus, GROUND_SHARE))
        else:
            painter.setPen(QPen(theme.grid_strong, 1))
            painter.setBrush(base)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CORNER_PX, CORNER_PX)

    def _paint_words(self, painter: QPainter, theme: Theme) -> None:
        inside = self.rect().adjusted(PAD_PX, 10, -PAD_PX, -PAD_PX)
        painter.setPen(theme.muted_text)
        painter.setFont(self.font())
        painter.drawText(inside, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, self._key)
        painter.drawText(
            inside, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter, self.state_words
        )
        painter.setFont(self._letter_font())
        painter.setPen(self.palette().color(Role.ButtonText))
        above = QRect(inside.left(), inside.top(), inside.width(), inside.height() - 20)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, self.text())

    def _paint_share(self, painter: QPainter, theme: Theme) -> None:
        """A line at the foot that fills while the side is heard, until it counts."""
        foot = QRectF(PAD_PX, self.height() - LINE_PX - 5, self.width() - 2 * PAD_PX, LINE_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.grid_strong)
        painter.drawRoundedRect(foot, LINE_PX / 2, LINE_PX / 2)
        painter.setBrush(theme.ok if self.heard_enough else theme.focus)
        foot.setWidth(foot.width() * self._share)
        painter.drawRoundedRect(foot, LINE_PX / 2, LINE_PX / 2)

    def _letter_font(self) -> QFont:
        font = semibold(self.font())
        font.setPointSizeF(LETTER_GROWTH * self.font().pointSizeF())
        return font


def _mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    """A ground with some of a colour in it."""
    return QColor.fromRgbF(
        (1 - share) * ground.redF() + share * colour.redF(),
        (1 - share) * ground.greenF() + share * colour.greenF(),
        (1 - share) * ground.blueF() + share * colour.blueF(),
    )
