"""The look: Fusion with our own dark and light palettes, our own font, and the colours we paint with.

Own palettes, because Qt's colour scheme does nothing without a desktop that serves it; equal
pictures on all machines. Every text stands out at 4.5:1 or better, every painted thing at 3:1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from engine.assets import asset_path
from msg_studio.look.fonts import studio_font

ThemeName = Literal["dark", "light", "system"]

Role = QPalette.ColorRole
Group = QPalette.ColorGroup


@dataclass(frozen=True)
class Theme:
    """The colours that are painted by hand; what Qt paints follows the palette.

    The colours of lanes differ in lightness as well, so that they stay apart for people who do
    not tell red from green or blue from yellow; a lane is also named in words wherever it is shown.

    Attributes:
        name: "dark" or "light".
        palette: Colours by role for the widgets; disabled ones beside them.
        disabled_text: Text of what cannot be used now.
        lanes: Strong colour of each lane by its name: edges, diamonds, dots; 3:1 on the lanes.
        lane_fills: Body of an event by its lane's name; palette text on it stands out at 4.5:1.
        lane_background: Behind events.
        lane_background_alternate: Behind events of every second lane.
        ruler_background: Behind timecode labels.
        picture_background: Around the picture, where the film does not reach.
        grid: Fine lines of scales.
        grid_strong: Lines of whole seconds, borders between lanes.
        playhead: The line that shows where we are.
        marked_range: Shade of the stretch between in and out, translucent.
        mark_edge: The in and out marks themselves.
        waveform: Sound of takes.
        waveform_guide: Production sound.
        suggestion: Edge of events that were found and not yet accepted.
        hatch: Lines over what is not there: missing picture, no map computed.
        focus: Ring around what the keys act on.
        selection: Edge of the selected event.
        field_edge: Edge of text fields and boxes to tick; 3:1 on the window.
        muted_text: Secondary words; still 4.5:1 on window and base.
        ok: Good news in text and signs.
        warning: Trouble that leaves the work going, in text and signs.
        error: Trouble that stops something, in text and signs.
        warning_strip: Background of an amber strip.
        warning_strip_text: Text on it.
        error_strip: Background of a red strip.
        error_strip_text: Text on it.
        done_strip: Background of a green strip.
        done_strip_text: Text on it.
    """

    name: str
    palette: Mapping[Role, QColor]
    disabled_text: QColor
    lanes: Mapping[str, QColor]
    lane_fills: Mapping[str, QColor]
    lane_background: QColor
    lane_background_alternate: QColor
    ruler_background: QColor
    picture_background: QColor
    grid: QColor
    grid_strong: QColor
    playhead: QColor
    marked_range: QColor
    mark_edge: QColor
    waveform: QColor
    waveform_guide: QColor
    suggestion: QColor
    hatch: QColor
    focus: QColor
    selection: QColor
    field_edge: QColor
    muted_text: QColor
    ok: QColor
    warning: QColor
    error: QColor
    warning_strip: QColor
    warning_strip_text: QColor
    error_strip: QColor
    error_strip_text: QColor
    done_strip: QColor
    done_strip_text: QColor

    def lane(self, name: str) -> QColor:
        """Strong colour of a lane; one that is not ours is grey."""
        return self.lanes.get(name, self.suggestion)

    def lane_fill(self, name: str) -> QColor:
        """Colour of an event's body on a lane; one that is not ours is grey."""
        return self.lane_fills.get(name, self.grid_strong)


def _colours(**named: str) -> Mapping[str, QColor]:
    return MappingProxyType({name: QColor(colour) for name, colour in named.items()})


def _palette(colours: dict[Role, str]) -> Mapping[Role, QColor]:
    return MappingProxyType({role: QColor(colour) for role, colour in colours.items()})


DARK = Theme(
    name="dark",
    palette=_palette(
        {
            Role.Window: "#26282c",
            Role.WindowText: "#e8e9eb",
            Role.Base: "#1b1d20",
            Role.AlternateBase: "#212327",
            Role.Text: "#e8e9eb",
            Role.Button: "#34373d",
            Role.ButtonText: "#e8e9eb",
            Role.BrightText: "#ffffff",
            Role.ToolTipBase: "#3c4047",
            Role.ToolTipText: "#f2f3f4",
            Role.PlaceholderText: "#a0a5ac",
            Role.Highlight: "#2f6db5",
            Role.HighlightedText: "#ffffff",
            Role.Accent: "#2f6db5",
            Role.Link: "#7ab7ff",
            Role.LinkVisited: "#b79cff",
            Role.Light: "#4a4e55",
            Role.Midlight: "#3e4248",
            Role.Mid: "#202226",
            Role.Dark: "#17181b",
            Role.Shadow: "#0c0d0e",
        }
    ),
    disabled_text=QColor("#80858c"),
    lanes=_colours(feet="#e8733a", moves="#5596fa", props="#3ddba0", ambience="#bd74aa", fx="#f4df52"),
    lane_fills=_colours(feet="#5b3624", moves="#29446f", props="#1f5443", ambience="#4f3048", fx="#57501f"),
    lane_background=QColor("#1b1d20"),
    lane_background_alternate=QColor("#202226"),
    ruler_background=QColor("#2b2e33"),
    picture_background=QColor("#0b0c0d"),
    grid=QColor("#33363c"),
    grid_strong=QColor("#4a4e56"),
    playhead=QColor("#ffffff"),
    marked_range=QColor(122, 183, 255, 44),
    mark_edge=QColor("#7ab7ff"),
    waveform=QColor("#c3d7ee"),
    waveform_guide=QColor("#8f98a3"),
    suggestion=QColor("#a9aeb6"),
    hatch=QColor("#70767e"),
    focus=QColor("#7ab7ff"),
    selection=QColor("#ffffff"),
    field_edge=QColor("#737982"),
    muted_text=QColor("#a0a5ac"),
    ok=QColor("#4fd39a"),
    warning=QColor("#f2b13c"),
    error=QColor("#ff8a80"),
    warning_strip=QColor("#f2b13c"),
    warning_strip_text=QColor("#211700"),
    error_strip=QColor("#b3261e"),
    error_strip_text=QColor("#ffffff"),
    done_strip=QColor("#1d6346"),
    done_strip_text=QColor("#ffffff"),
)

LIGHT = Theme(
    name="light",
    palette=_palette(
        {
            Role.Window: "#eceef1",
            Role.WindowText: "#1d2025",
            Role.Base: "#ffffff",
            Role.AlternateBase: "#f4f5f7",
            Role.Text: "#1d2025",
            Role.Button: "#f7f8f9",
            Role.ButtonText: "#1d2025",
            Role.BrightText: "#ffffff",
            Role.ToolTipBase: "#fdfdfd",
            Role.ToolTipText: "#1d2025",
            Role.PlaceholderText: "#5f656d",
            Role.Highlight: "#1f5fae",
            Role.HighlightedText: "#ffffff",
            Role.Accent: "#1f5fae",
            Role.Link: "#0b57c2",
            Role.LinkVisited: "#6a3fb5",
            Role.Light: "#ffffff",
            Role.Midlight: "#e2e5e9",
            Role.Mid: "#c3c7cd",
            Role.Dark: "#9aa0a8",
            Role.Shadow: "#6b7078",
        }
    ),
    disabled_text=QColor("#858b93"),
    lanes=_colours(feet="#c95f0a", moves="#1f5ce6", props="#005547", ambience="#a03592", fx="#55480a"),
    lane_fills=_colours(feet="#f7d6bb", moves="#c9d9fb", props="#b9ded6", ambience="#ecd0e8", fx="#e6dfb4"),
    lane_background=QColor("#fafbfc"),
    lane_background_alternate=QColor("#f1f3f5"),
    ruler_background=QColor("#e2e5e9"),
    picture_background=QColor("#14161a"),
    grid=QColor("#dfe2e6"),
    grid_strong=QColor("#bcc1c8"),
    playhead=QColor("#b3001b"),
    marked_range=QColor(31, 95, 174, 34),
    mark_edge=QColor("#1f5fae"),
    waveform=QColor("#2d4a6b"),
    waveform_guide=QColor("#6d757e"),
    suggestion=QColor("#5f656d"),
    hatch=QColor("#858b93"),
    focus=QColor("#1f5fae"),
    selection=QColor("#101216"),
    field_edge=QColor("#80868e"),
    muted_text=QColor("#5a6068"),
    ok=QColor("#0a6b45"),
    warning=QColor("#8a5300"),
    error=QColor("#b3261e"),
    warning_strip=QColor("#ffcf70"),
    warning_strip_text=QColor("#2b1d00"),
    error_strip=QColor("#b3261e"),
    error_strip_text=QColor("#ffffff"),
    done_strip=QColor("#1d6346"),
    done_strip_text=QColor("#ffffff"),
)


def apply_theme(application: QApplication, name: ThemeName = "dark") -> Theme:
    """Give the application its look; may be called again to change it while windows are open.

    Args:
        application: Its windows follow at once.
        name: "dark", "light", or "system" for what the desktop asks for (dark where it asks for nothing).

    Returns:
        The colours now in use.

    Raises:
        MissingComponentError: When the program came without its font.
    """
    theme = _wanted(application, name)
    palette = palette_of(theme)
    if application.style().name() != "fusion":
        application.setStyle("Fusion")
    application.setStyleSheet("")  # with a sheet in force, open windows would keep the colours before
    application.setFont(studio_font(application))
    application.setPalette(palette)
    QToolTip.setPalette(palette)
    set_sheet = partial(application.setStyleSheet, _style_sheet(theme))
    if application.topLevelWidgets():
        set_sheet()
    else:  # making widgets takes twice as long under a sheet; on finished ones it costs next to nothing
        QTimer.singleShot(0, application, set_sheet)
    return theme


def theme_of(widget: QWidget) -> Theme:
    """The colours that go with a widget's palette."""
    return DARK if widget.palette().color(Role.Window).lightness() < 128 else LIGHT


def palette_of(theme: Theme) -> QPalette:
    """The theme's colours for Qt's own widgets."""
    palette = QPalette()
    for role, colour in theme.palette.items():
        palette.setColor(role, colour)
    for role in (Role.WindowText, Role.Text, Role.ButtonText, Role.HighlightedText, Role.PlaceholderText):
        palette.setColor(Group.Disabled, role, theme.disabled_text)
    palette.setColor(Group.Disabled, Role.Highlight, theme.palette[Role.Midlight])
    return palette


def _wanted(application: QApplication, name: ThemeName) -> Theme:
    if name == "system":
        asked = application.styleHints().colorScheme()
        return LIGHT if asked == Qt.ColorScheme.Light else DARK
    return LIGHT if name == "light" else DARK


def _style_sheet(theme: Theme) -> str:
    """Only what Fusion draws badly: edges of fields and boxes that drown in a dark window."""
    edge, focus = theme.field_edge.name(), theme.focus.name()
    faint, full = theme.grid_strong.name(), theme.palette[Role.Highlight].name()
    tick, up, down = (
        asset_path("icons", f"{name}.svg").as_posix() for name in ("tick-white", "spin-up", "spin-down")
    )
    box = 'QAbstractSpinBox[buttonSymbols="UpDownArrows"]'  # without arrows, a style sheet hides the number
    return f"""
        QToolTip {{ border: 1px solid {edge}; padding: 3px 5px; }}
        QSplitter::handle:hover {{ background: {focus}; }}
        QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
        QLineEdit, QPlainTextEdit, QTextEdit {{
            background: palette(base); border: 1px solid {edge}; border-radius: 3px; padding: 2px 4px;
        }}
        QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus {{ border-color: {focus}; }}
        QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled {{ border-color: {faint}; }}
        {box} {{
            background: palette(base); border: 1px solid {edge}; border-radius: 3px; padding: 2px 1px;
        }}
        {box}:focus {{ border-color: {focus}; }}
        {box}:disabled {{ border-color: {faint}; }}
        {box}::up-button, {box}::down-button {{
            subcontrol-origin: border; width: 18px; border: none; background: transparent;
        }}
        {box}::up-button {{ subcontrol-position: top right; }}
        {box}::down-button {{ subcontrol-position: bottom right; }}
        {box}::up-button:hover, {box}::down-button:hover {{ background: {faint}; }}
        {box}::up-arrow {{ image: url("{up}"); width: 9px; height: 9px; }}
        {box}::down-arrow {{ image: url("{down}"); width: 9px; height: 9px; }}
        QComboBox {{
            background: palette(button); border: 1px solid {edge}; border-radius: 3px; padding: 1px 4px;
        }}
        QComboBox:editable {{ background: palette(base); padding: 1px 2px; }}
        QComboBox:focus {{ border-color: {focus}; }}
        QComboBox:disabled {{ border-color: {faint}; }}
        QComboBox::drop-down {{
            subcontrol-origin: border; subcontrol-position: center right; width: 20px; border: none;
        }}
        QComboBox::down-arrow {{ image: url("{down}"); width: 9px; height: 9px; }}
        QCheckBox::indicator, QRadioButton::indicator, QTableWidget::indicator {{
            width: 13px; height: 13px; background: palette(base); border: 1px solid {edge};
        }}
        QCheckBox::indicator, QTableWidget::indicator {{ border-radius: 3px; }}
        QRadioButton::indicator {{ border-radius: 7px; }}
        QCheckBox::indicator:checked, QTableWidget::indicator:checked {{
            background: {full}; image: url("{tick}");
        }}
        QRadioButton::indicator:checked {{
            background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
                stop: 0 #ffffff, stop: 0.42 #ffffff, stop: 0.5 {full}, stop: 1 {full});
        }}
        QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {focus}; }}
        QCheckBox::indicator:disabled, QRadioButton::indicator:disabled, QTableWidget::indicator:disabled {{
            border-color: {faint};
        }}
    """
