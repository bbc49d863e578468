"""The heads of the timeline's rows: title, mute, solo and level of guide and lanes."""

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from engine.project.project import Lane, Project
from msg_studio.guide_level import GUIDE_MUTED, guide_gain_db
from msg_studio.look.fonts import semibold
from msg_studio.look.theme import Role, Theme, theme_of
from msg_studio.views.settled_edits import CalmNumber
from msg_studio.views.timeline.geometry import Row, Rows

WIDTH_PX = 210
BUTTON_PX = 24
GAP_PX = 3
STRIPE_PX = 4
GAIN_PX = 66
LEAST_DB, MOST_DB = -60.0, 12.0
GUIDE = "guide"

Change = Callable[[str, str, bool | float], None]


class GainBox(CalmNumber):
    """A level in decibels."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, name="Level", limits=(LEAST_DB, MOST_DB), value=0.0)
        self.setSuffix(" dB")
        self.setButtonSymbols(CalmNumber.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class ToggleButton(QToolButton):
    """A letter that is on or off; on is a filled ground, a frame and a strong letter, not colour alone."""

    def __init__(self, letter: str, on_colour: Callable[[Theme], QColor], parent: QWidget) -> None:
        super().__init__(parent)
        self._on_colour = on_colour
        self.setText(letter)
        self.setCheckable(True)
        self.setFixedSize(BUTTON_PX, BUTTON_PX)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet frame when off, a filled one when on, a ring with the focus."""
        theme, on = theme_of(self), self.isChecked()
        frame = QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.selection if on else theme.grid_strong, 1))
        painter.setBrush(self._on_colour(theme) if on else self._ground(theme))
        painter.drawRoundedRect(frame, 3, 3)
        painter.setPen(theme.lane_background if on else theme.muted_text)
        painter.setFont(semibold(self.font()) if on else self.font())
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.focus, 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _ground(self, theme: Theme) -> QColor:
        hovered = self.underMouse() and self.isEnabled()
        return theme.grid_strong if hovered else theme.palette[Role.Button]


class RowHead(QWidget):
    """Title, mute, solo and level of a row.

    Args:
        name: The row; the guide has no solo.
        change: Asked to change it: name, field of Lane, new value.
        parent: The column of heads.

    Signals:
        left: The user is done with the level.
    """

    left = Signal()

    def __init__(self, name: str, change: Change, parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._change = name, change
        self._gain_db = 0.0
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.mute = ToggleButton("M", lambda theme: theme.warning, self)
        self.solo = ToggleButton("S", lambda theme: theme.focus, self)
        self.solo.setHidden(name == GUIDE)
        self.gain = GainBox(self)
        self.mute.clicked.connect(lambda on: change(self._name, "muted", on))
        self.solo.clicked.connect(lambda on: change(self._name, "solo", on))
        self.gain.valueChanged.connect(self._set_gain)
        self.gain.left.connect(self.left)

    def show_lane(self, lane: Lane, *, read_only: bool) -> None:
        """Show the present state."""
        self._gain_db = lane.gain_db
        self.title.setText(lane.title)
        self.title.setToolTip(lane.title)
        self.mute.setChecked(lane.muted)
        self.solo.setChecked(lane.solo)
        if self.gain.value() != lane.gain_db:
            self.gain.blockSignals(True)
            self.gain.setValue(lane.gain_db)
            self.gain.blockSignals(False)
        for control, does in ((self.mute, "Mute"), (self.solo, "Solo"), (self.gain, "Level of")):
            control.setAccessibleName(f"{does} {lane.title}")
            control.setToolTip(f"{does} {lane.title}")
            control.setEnabled(not read_only)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the controls in the middle of a low head, in the upper part of a tall one."""
        super().resizeEvent(event)
        y = max(1, min((self.height() - 1 - BUTTON_PX) // 2, 8))
        left, right = STRIPE_PX + 8, self.width() - 7
        solo_x = right - GAIN_PX - GAP_PX - BUTTON_PX
        self.gain.setGeometry(right - GAIN_PX, y, GAIN_PX, BUTTON_PX)
        self.solo.move(solo_x, y)
        self.mute.move(solo_x - BUTTON_PX, y)
        self.title.setGeometry(left, y, solo_x - BUTTON_PX - GAP_PX - left, BUTTON_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The row's stripe, and a line below."""
        theme = theme_of(self)
        stripe = theme.waveform_guide if self._name == GUIDE else theme.lane(self._name)
        painter = QPainter(self)
        painter.fillRect(QRect(0, 2, STRIPE_PX, self.height() - 5), stripe)
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), theme.grid)
        painter.end()

    def _set_gain(self, gain_db: float) -> None:
        if gain_db != self._gain_db:
            self._change(self._name, "gain_db", gain_db)


class LaneHeads(QWidget):
    """All heads, beside the rows they belong to.

    Args:
        change: Asked to change a row: its name ("guide" for the guide), a field of Lane, its new value.
        parent: The timeline.

    Attributes:
        corner: Empty room beside the ruler.
        guide: Head of the guide.
        heads: Heads of the lanes by name.

    Signals:
        left: The user is done with a level.
    """

    left = Signal()

    def __init__(self, change: Change, parent: QWidget) -> None:
        super().__init__(parent)
        self._change = change
        self.setFixedWidth(WIDTH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.corner = QWidget(self)
        self.guide = RowHead(GUIDE, change, self)
        self.guide.left.connect(self.left)
        self._window = QWidget(self)  # cuts off heads that are scrolled away
        self.heads: dict[str, RowHead] = {}

    def show_project(self, project: Project, *, read_only: bool) -> None:
        """Show the lanes of a project, keeping heads that stay."""
        for name in set(self.heads) - {lane.name for lane in project.lanes}:
            gone = self.heads.pop(name)
            gone.hide()
            gone.deleteLater()
        for lane in project.lanes:
            if lane.name not in self.heads:
                self.heads[lane.name] = RowHead(lane.name, self._change, self._window)
                self.heads[lane.name].left.connect(self.left)
                self.heads[lane.name].show()
            self.heads[lane.name].show_lane(lane, read_only=read_only)
        muted = bool(project.settings.get(GUIDE_MUTED, False))
        guide = Lane(GUIDE, "Guide", gain_db=guide_gain_db(project), muted=muted)
        self.guide.show_lane(guide, read_only=read_only)
        self.guide.title.setToolTip("Guide: the film's production sound")

    def place(self, rows: Rows) -> None:
        """Lay the heads beside their rows."""
        top = rows.lanes_top
        self._window.setGeometry(0, top, self.width(), max(0, self.height() - top))
        self.corner.setGeometry(_beside(rows.ruler, self.width()))
        self.guide.setGeometry(_beside(rows.guide, self.width()))
        for row in rows.lanes:
            if row.name in self.heads:
                self.heads[row.name].setGeometry(0, row.top - top, self.width(), row.height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ruler's ground in the corner, a line below it and one to the right."""
        theme, corner = theme_of(self), self.corner.geometry()
        painter = QPainter(self)
        painter.fillRect(corner, theme.ruler_background)
        painter.fillRect(QRect(0, corner.bottom(), self.width(), 1), theme.grid_strong)
        painter.fillRect(QRect(self.width() - 1, 0, 1, self.height()), theme.grid_strong)
        painter.end()


def _beside(row: Row, width: int) -> QRect:
    return QRect(0, row.top, width, row.height)
