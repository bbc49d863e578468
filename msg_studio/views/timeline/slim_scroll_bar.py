"""A scroll bar that keeps quiet: a thin thumb, no arrows, nothing when all is seen."""

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QScrollBar, QWidget

from msg_studio.look.theme import theme_of

THICKNESS_PX = 12
LEAST_THUMB_PX = 24


class SlimScrollBar(QScrollBar):
    """Thin, in the colours of the theme."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self._owner = parent
        self._dressed_for = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Another palette, other colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            QTimer.singleShot(0, self, self._dress)  # the owner's palette may follow after ours

    def _dress(self) -> None:
        theme = theme_of(self._owner)  # its own palette has the style sheet's colours
        if self._dressed_for == theme.name:
            return
        self._dressed_for = theme.name
        thick, least = ("height", "min-width") if self._lies() else ("width", "min-height")
        self.setStyleSheet(
            f"QScrollBar {{ background: {theme.ruler_background.name()}; {thick}: {THICKNESS_PX}px;"
            " margin: 0; border: 0; }"
            f"QScrollBar::handle {{ background: {theme.grid_strong.name()}; {least}: {LEAST_THUMB_PX}px;"
            " border-radius: 4px; margin: 2px; }"
            f"QScrollBar::handle:hover {{ background: {theme.hatch.name()}; }}"
            "QScrollBar::handle:disabled { background: transparent; }"
            "QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }"
            "QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }"
        )

    def _lies(self) -> bool:
        return self.orientation() == Qt.Orientation.Horizontal
