"""What the panels share: buttons that leave the focus alone, dressed tables, folds."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QTableView, QToolButton, QWidget

from msg_studio.views.timeline.slim_scroll_bar import SlimScrollBar

SMALLEST_TARGET_PX = 24


def make_button(text: str, about: str, parent: QWidget) -> QPushButton:
    """A button that a click does not focus, so that the transport keys stay where they were."""
    button = QPushButton(text, parent)
    button.setToolTip(about)
    button.setAccessibleDescription(about)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setMinimumHeight(SMALLEST_TARGET_PX)
    return button


def dress_table(table: QTableView, widths_in_digits: tuple[int, ...]) -> None:
    """Rows without grid and numbers; columns as wide as so many digits, the last takes the rest."""
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(max(SMALLEST_TARGET_PX, table.fontMetrics().height() + 8))
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    header.setSectionsMovable(True)
    header.setMinimumSectionSize(SMALLEST_TARGET_PX)
    table.setHorizontalScrollBar(SlimScrollBar(Qt.Orientation.Horizontal, table))
    table.setVerticalScrollBar(SlimScrollBar(Qt.Orientation.Vertical, table))
    digit = table.fontMetrics().horizontalAdvance("0")
    for column, digits in enumerate(widths_in_digits):
        table.setColumnWidth(column, digits * digit + 12)


def make_fold(text: str, content: QWidget, parent: QWidget) -> QToolButton:
    """A heading that shows and hides what lies below it; folded at first."""
    fold = QToolButton(parent)
    fold.setText(text)
    fold.setCheckable(True)
    fold.setAutoRaise(True)
    fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    fold.setArrowType(Qt.ArrowType.RightArrow)
    fold.setMinimumHeight(SMALLEST_TARGET_PX)
    fold.toggled.connect(content.setVisible)
    fold.toggled.connect(
        lambda open_: fold.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
    )
    content.hide()
    return fold
