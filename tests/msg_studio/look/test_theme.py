"""Both palettes are legible, lanes stay apart for all eyes, and the font is ours."""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import MissingComponentError
from engine.ucs import LANES
from msg_studio.look import fonts
from msg_studio.look.fonts import semibold
from msg_studio.look.theme import DARK, LIGHT, Theme, apply_theme, palette_of, theme_of

Role = QPalette.ColorRole
THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)

# What the three rarer kinds of eyes see of linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "no green": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "no blue": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def linear(colour: QColor) -> list[float]:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: QColor) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def seen_by(eyes: str, colour: QColor) -> tuple[float, float, float]:
    """CIE Lab of what those eyes see."""
    rgb = linear(colour)
    red, green, blue = (
        min(max(sum(m * p for m, p in zip(row, rgb, strict=True)), 0), 1) for row in EYES[eyes]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    """The application, given back with the look it had."""
    font, palette, sheet = qapp.font(), qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.setStyleSheet(sheet)
    qapp.setFont(font)
    qapp.setPalette(palette)


def test_contrast_is_computed_as_the_guideline_says() -> None:
    assert contrast(QColor("#ffffff"), QColor("#000000")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("#ffffff")) == pytest.approx(4.48, abs=0.01)


@THEMES
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (Role.WindowText, Role.Window),
        (Role.Text, Role.Base),
        (Role.Text, Role.AlternateBase),
        (Role.ButtonText, Role.Button),
        (Role.HighlightedText, Role.Highlight),
        (Role.ToolTipText, Role.ToolTipBase),
        (Role.PlaceholderText, Role.Base),
        (Role.Link, Role.Window),
        (Role.Link, Role.Base),
        (Role.LinkVisited, Role.Window),
    ],
    ids=lambda role: role.name,
)
def test_text_of_widgets_stands_out(theme: Theme, text: Role, ground: Role) -> None:
    palette = palette_of(theme)
    assert contrast(palette.color(text), palette.color(ground)) >= 4.5


@THEMES
def test_painted_text_stands_out(theme: Theme) -> None:
    text, window, base = (theme.palette[role] for role in (Role.Text, Role.Window, Role.Base))
    pairs = [(text, fill) for fill in theme.lane_fills.values()]
    pairs += [(text, theme.ruler_background), (theme.muted_text, theme.ruler_background)]
    pairs += [(theme.muted_text, theme.lane_background), (theme.muted_text, theme.lane_background_alternate)]
    pairs += [
        (words, ground)
        for words in (theme.ok, theme.warning, theme.error, theme.muted_text)
        for ground in (window, base)
    ]
    pairs += [(theme.warning_strip_text, theme.warning_strip), (theme.error_strip_text, theme.error_strip)]
    pairs += [(theme.done_strip_text, theme.done_strip)]
    assert min(contrast(*pair) for pair in pairs) >= 4.5


@THEMES
def test_painted_things_stand_out_of_their_lane(theme: Theme) -> None:
    things = [theme.playhead, theme.mark_edge, theme.waveform, theme.waveform_guide, theme.suggestion]
    things += [theme.focus, theme.selection, theme.hatch, *theme.lanes.values()]
    for ground in (theme.lane_background, theme.lane_background_alternate):
        assert min(contrast(thing, ground) for thing in things) >= 3
    assert contrast(theme.field_edge, theme.palette[Role.Window]) >= 3
    assert contrast(theme.focus, theme.palette[Role.Window]) >= 3


@THEMES
def test_every_lane_has_its_colours(theme: Theme) -> None:
    assert set(theme.lanes) == set(theme.lane_fills) == set(LANES)
    assert theme.lane("feet") == theme.lanes["feet"]
    assert theme.lane("weather") == theme.suggestion
    assert theme.lane_fill("weather") == theme.grid_strong


@THEMES
@pytest.mark.parametrize("eyes", EYES)
def test_lanes_differ_for_all_eyes(theme: Theme, eyes: str) -> None:
    seen = [seen_by(eyes, colour) for colour in theme.lanes.values()]
    assert min(math.dist(*pair) for pair in itertools.combinations(seen, 2)) > 20  # 2 is just noticeable


def test_open_windows_follow_a_change_of_theme(qtbot: QtBot, application: QApplication) -> None:
    apply_theme(application, "dark")
    window = QWidget()
    field = QLineEdit("gravel", window)
    qtbot.addWidget(window)
    window.show()
    assert theme_of(field) is DARK
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        assert apply_theme(application, name) is theme
        for widget in (window, field):
            assert theme_of(widget) is theme
            assert widget.palette().color(Role.Text) == theme.palette[Role.Text]
        corner = field.grab().toImage().pixelColor(field.width() - 8, 4)
        assert contrast(corner, theme.palette[Role.Base]) < 1.05


@pytest.mark.parametrize("arrows", list(QDoubleSpinBox.ButtonSymbols), ids=lambda kind: kind.name)
def test_numbers_in_boxes_have_room(
    qtbot: QtBot, application: QApplication, arrows: QDoubleSpinBox.ButtonSymbols
) -> None:
    box = QDoubleSpinBox(suffix=" dB", buttonSymbols=arrows)
    qtbot.addWidget(box)
    box.show()
    apply_theme(application, "dark")
    needed = QFontMetricsF(box.font()).horizontalAdvance("99.99 dB")
    assert box.lineEdit().width() >= needed


def test_system_theme_is_dark_where_the_desktop_asks_for_nothing(application: QApplication) -> None:
    assert apply_theme(application, "system") is DARK


def test_font_is_ours_and_really_there(qtbot: QtBot, application: QApplication) -> None:
    apply_theme(application)
    assert QFontInfo(application.font()).family() == "Studio Inter"
    assert QFontInfo(semibold(application.font())).family() == "Studio Inter"
    label = QLabel("01:00:12:07")
    qtbot.addWidget(label)
    assert QFontInfo(label.font()).family() == "Studio Inter"


def test_digits_have_one_width(application: QApplication) -> None:
    apply_theme(application)
    for font in (application.font(), semibold(application.font())):
        metrics = QFontMetricsF(font)
        assert len({metrics.horizontalAdvance(digit * 8) for digit in "0123456789"}) == 1


def test_cyrillic_and_signs_are_in_the_font(application: QApplication) -> None:
    apply_theme(application)
    for letter in "Прослушать ёЖ → · – … × ± ≥ ★ ☆ ◆".replace(" ", ""):
        assert QFontMetricsF(application.font()).inFontUcs4(ord(letter)), letter


@pytest.mark.parametrize(("system", "ours"), [(9.0, 10.0), (13.0, 13.0), (40.0, 18.0)])
def test_font_follows_the_size_of_the_system(application: QApplication, system: float, ours: float) -> None:
    before = QFont(application.font())
    before.setPointSizeF(system)
    application.setFont(before)
    assert fonts.studio_font(application).pointSizeF() == ours


@pytest.mark.parametrize(("content", "words"), [(None, "is not there"), (b"no font", "is damaged (7 bytes)")])
def test_a_font_that_cannot_be_loaded_is_an_error(
    application: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes | None,
    words: str,
) -> None:
    monkeypatch.setattr(fonts, "FAMILY", "A family nobody has")
    monkeypatch.setattr(fonts, "asset_path", lambda *parts: tmp_path / parts[-1])
    if content is not None:
        (tmp_path / fonts.FILES[0]).write_bytes(content)
    with pytest.raises(MissingComponentError, match=r"Install the program again\.") as problem:
        fonts.load_fonts()
    assert words in str(problem.value)
