"""Colours of the timeline that follow from the theme: an event's bar in its parts."""

from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QColor

from msg_studio.look.theme import DARK, LIGHT, Role, Theme

TITLE_SHARE = 0.16  # of the lane's strong colour, in the strip under an event's title
DARK_WAVE_SHARE = 0.62
LIGHT_WAVE_SHARE = 0.72


@dataclass(frozen=True)
class LaneColours:
    """How the events of a lane look.

    Attributes:
        hue: The lane's own colour, for its stripe and outlines.
        body: Ground under the waveform.
        title: Ground under the title.
        wave: Waveform and diamonds.
    """

    hue: QColor
    body: QColor
    title: QColor
    wave: QColor


@cache
def lane_colours(theme_name: str, lane: str) -> LaneColours:
    """Colours of a lane's events in a theme ("dark" or "light")."""
    theme = DARK if theme_name == DARK.name else LIGHT
    hue, body = theme.lane(lane), theme.lane_fill(lane)
    if theme is DARK:
        wave = mixed(hue, QColor("#ffffff"), DARK_WAVE_SHARE)
    else:
        wave = mixed(hue, QColor("#000000"), LIGHT_WAVE_SHARE)
    return LaneColours(hue, body, mixed(hue, body, TITLE_SHARE), wave)


def text_colour(theme: Theme) -> QColor:
    """Words on the timeline; they stand out on every ground it has."""
    return theme.palette[Role.Text]


def mixed(colour: QColor, other: QColor, share: float) -> QColor:
    """A colour with `share` of itself and the rest of another."""
    pairs = (
        (colour.red(), other.red()),
        (colour.green(), other.green()),
        (colour.blue(), other.blue()),
    )
    return QColor(*(round(share * one + (1 - share) * two) for one, two in pairs))


def with_alpha(colour: QColor, alpha: float) -> QColor:
    """The colour, this opaque."""
    clear = QColor(colour)
    clear.setAlphaF(alpha)
    return clear
