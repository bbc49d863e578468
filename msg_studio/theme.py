"""The dark look: Fusion with our own palette, equal on every machine."""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

Role = QPalette.ColorRole
Group = QPalette.ColorGroup

COLOURS = {
    Role.Window: "#26282c",
    Role.WindowText: "#e6e6e6",
    Role.Base: "#1c1e21",
    Role.AlternateBase: "#222428",
    Role.Text: "#e6e6e6",
    Role.Button: "#33363b",
    Role.ButtonText: "#e6e6e6",
    Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#33363b",
    Role.ToolTipText: "#e6e6e6",
    Role.PlaceholderText: "#9aa0a6",
    Role.Highlight: "#2f6db5",
    Role.HighlightedText: "#ffffff",
    Role.Link: "#7ab7ff",
    Role.LinkVisited: "#b79cff",
}
DISABLED_TEXT = "#80858b"


def dark_palette() -> QPalette:
    """Our colours; text stands out at 4.5:1 or better, disabled text aside."""
    palette = QPalette()
    for role, colour in COLOURS.items():
        palette.setColor(role, QColor(colour))
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        palette.setColor(Group.Disabled, role, QColor(DISABLED_TEXT))
    return palette


def apply_theme(application: QApplication) -> None:
    """Give the application its look."""
    application.setStyle("Fusion")
    application.setPalette(dark_palette())
