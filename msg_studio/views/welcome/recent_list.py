"""The projects opened last: one press opens them; those that are gone are shown grey and can be taken off."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from msg_studio.files.recent_projects import RecentProject
from msg_studio.look.fonts import semibold
from msg_studio.look.icons import icon
from msg_studio.look.theme import Role, theme_of

MOST_SHOWN = 5
ROW_PADDING_PX = 6
TARGET_PX = 28


class RecentRow(QAbstractButton):
    """The name of a project and where it lies."""

    def __init__(self, project: RecentProject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(project.name or project.folder.stem)
        self._place = _short(project.folder.parent) if project.present else "not found"
        self.setEnabled(project.present)
        self.setToolTip(str(project.folder))
        self.setAccessibleName(f"Open {self.text()}")
        self.setAccessibleDescription(
            f"{project.folder}" if project.present else f"{project.folder}: not found"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        return QSize(220, max(TARGET_PX, self.fontMetrics().height() + 2 * ROW_PADDING_PX))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: D102 (Qt's)
        theme = theme_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isEnabled() and (self.underMouse() or self.hasFocus()):
            painter.setPen(QPen(theme.focus, 1.5) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().color(Role.Midlight))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        colour = self.palette().color(Role.WindowText) if self.isEnabled() else theme.muted_text
        self._paint_words(painter, colour, theme.muted_text)
        painter.end()

    def _paint_words(self, painter: QPainter, strong: QColor, weak: QColor) -> None:
        line = self.rect().adjusted(8, 0, -8, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(semibold(self.font()) if self.isEnabled() else self.font())
        painter.setPen(strong)
        metrics = painter.fontMetrics()
        name = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, line.width() * 2 // 3)
        painter.drawText(line, middle, name)
        painter.setFont(self.font())
        painter.setPen(weak)
        rest = line.adjusted(metrics.horizontalAdvance(name) + 12, 0, 0, 0)
        place = self.fontMetrics().elidedText(self._place, Qt.TextElideMode.ElideMiddle, rest.width())
        painter.drawText(rest, middle | Qt.AlignmentFlag.AlignRight, place)


class RecentList(QWidget):
    """The list with a button on each line that takes it off.

    Signals:
        picked: A project to open.
        removed: A project to take off the list.
    """

    picked = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RecentRow] = []
        self.removers: list[QToolButton] = []
        self._parts: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.show_projects(())

    def show_projects(self, projects: Sequence[RecentProject]) -> None:
        """Show a list in place of the last one, the first few of it."""
        for part in self._parts:
            self._column.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts, self.rows, self.removers = [], [], []
        for project in projects[:MOST_SHOWN]:
            self._add(self._make_row(project))
        if not projects:
            self._add(QLabel("None yet.", self))

    def _make_row(self, project: RecentProject) -> QWidget:
        box = QWidget(self)
        row, remover = RecentRow(project, box), QToolButton(box)
        row.clicked.connect(lambda: self.picked.emit(project.folder))
        remover.clicked.connect(lambda: self.removed.emit(project.folder))
        remover.setIcon(icon("close"))
        remover.setAutoRaise(True)
        remover.setFixedSize(TARGET_PX, TARGET_PX)
        remover.setToolTip("Take it off this list; the project stays")
        remover.setAccessibleName(f"Take {row.text()} off the list")
        line = QHBoxLayout(box)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        line.addWidget(row, stretch=1)
        line.addWidget(remover)
        self.rows.append(row)
        self.removers.append(remover)
        return box

    def _add(self, part: QWidget) -> None:
        self._parts.append(part)
        self._column.addWidget(part)


def _short(folder: Path) -> str:
    """A path with the user's folder as ~."""
    try:
        return f"~/{folder.relative_to(Path.home()).as_posix()}".removesuffix("/.")
    except ValueError:
        return str(folder)
