"""The window's own font, so that it looks alike on every machine and timecode does not jump.

Studio Inter is Inter with digits of one width (see packaging/studio_font.py).
"""

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from engine.assets import asset_path
from engine.errors import MissingComponentError

FAMILY = "Studio Inter"
FILES = ("StudioInter-Regular.ttf", "StudioInter-Bold.ttf")
SMALLEST_POINTS = 10.0
LARGEST_POINTS = 18.0


def studio_font(application: QApplication) -> QFont:
    """Our font in the size that the desktop uses for its text, within reason.

    Raises:
        MissingComponentError: When a font file is missing or Qt cannot read it.
    """
    load_fonts()
    font = QFont(FAMILY)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)  # hinting fills the dots of i and j
    wanted = application.font().pointSizeF()
    font.setPointSizeF(min(max(wanted, SMALLEST_POINTS), LARGEST_POINTS))
    return font


def semibold(font: QFont) -> QFont:
    """The same font, stronger, for headings and the one number that matters."""
    strong = QFont(font)
    strong.setWeight(QFont.Weight.DemiBold)
    return strong


def load_fonts() -> None:
    """Make our font known to Qt; nothing happens the second time.

    Raises:
        MissingComponentError: When a font file is missing or Qt cannot read it.
    """
    if QFontDatabase.hasFamily(FAMILY):
        return
    for name in FILES:
        path = asset_path("fonts", name)
        if not path.is_file():
            raise MissingComponentError(
                f"The window's font is missing: {path} is not there. Install the program again."
            )
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            raise MissingComponentError(
                f"The window's font {path} is damaged ({path.stat().st_size} bytes). Install the program "
                "again."
            )
