"""Draws sync maps as pictures: what fits what (slow), and when (fast) with its lag curve.

Letters: A sound steps, V picture steps.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.image import AxesImage
from matplotlib.text import Text

from engine.atomic_file import written_atomically
from engine.records import Event, FloatArray, SyncMap

Kind = Literal["slow", "fast"]

MOST_STEPS_SHOWN = 1024
DOTS_PER_INCH = 130

_FONT = "DejaVu Sans"  # comes with matplotlib: equal on every machine
_GROUND, _PANEL, _FRAME = "#222428", "#1a1b1e", "#5a5f66"
_WORDS, _QUIET = "#e8eaed", "#a8adb4"
_PERFECT, _MEASURED = "#ffffff", "#ff8f3f"
_LONGEST_TITLE = 54


@dataclass(frozen=True)
class _Style:
    """How one kind of map is named and coloured."""

    heading: str
    lowest: float
    highest: float
    height_inches: float


# The fast map has its means removed and is contrasted from 0 on: below, nothing agrees.
_STYLES: dict[Kind, _Style] = {
    "slow": _Style("Slow stream: what is seen and heard", -1.0, 1.0, 7.0),
    "fast": _Style("Fast stream: when it is seen and heard", 0.0, 1.0, 9.2),
}


def draw_heatmaps(
    sync_map: SyncMap, folder: Path, *, event: Event, title: str, fps: Fraction
) -> dict[Kind, Path]:
    """Draw the slow and the fast map of an event's take into FOLDER/EVENT_KIND.png.

    Args:
        sync_map: What was measured.
        folder: Where to write; it must exist.
        event: The event.
        title: What the maps are of.
        fps: Picture rate of the film, for the offset in words.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    heatmaps: dict[Kind, Path] = {kind: folder / f"{event.id}_{kind}.png" for kind in _STYLES}
    for kind, path in heatmaps.items():
        draw_sync_map(sync_map, path, title=title, kind=kind, frame_ms=float(1000 / fps))
    return heatmaps


def draw_sync_map(sync_map: SyncMap, path: Path, *, title: str, kind: Kind, frame_ms: float = 40.0) -> None:
    """Write one map of a sync map as a PNG: picture time to the right, sound time upwards.

    A line shows where perfect sync lies, another one the measured offset, if it can be
    measured. The fast map has its lag curve below.

    Args:
        sync_map: What was measured.
        path: The PNG to write; its folder must exist.
        title: What the map is of, such as the event and its take.
        kind: "slow" or "fast".
        frame_ms: Length of a picture of the film, for the offset in words.

    Raises:
        ValueError: When the map of that kind is not (A, V) with at least one step each.
        OutputLocationError: When nothing can be written at ``path``.
        WriteError: When the disk refuses during the writing.
    """
    values, step_s = _map_of(sync_map, kind)
    style = _STYLES[kind]
    figure = Figure(figsize=(7.6, style.height_inches), dpi=DOTS_PER_INCH, facecolor=_GROUND)
    FigureCanvasAgg(figure)
    _write_heading(figure, sync_map, title=title, style=style, frame_ms=frame_ms)
    map_axes, bar_axes, lag_axes = _panels(figure, style, kind)
    image = _draw_map(map_axes, values, step_s, sync_map, style)
    _draw_colour_bar(figure, image, bar_axes, style)
    if lag_axes is not None:
        _draw_lag_curve(lag_axes, sync_map)
    _settle_text(figure)
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        about = {"Title": title, "Software": "MultiSoundGen Studio"}
        figure.savefig(file, format="png", facecolor=_GROUND, metadata=about)


def _map_of(sync_map: SyncMap, kind: Kind) -> tuple[FloatArray, float]:
    slow = kind == "slow"
    values = sync_map.slow if slow else sync_map.fast
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"The {kind} map must be (A, V) with at least one step each, got {values.shape}")
    return values, sync_map.slow_step_s if slow else sync_map.fast_step_s


def _panels(figure: Figure, style: _Style, kind: Kind) -> tuple[Axes, Axes, Axes | None]:
    """Map, colour bar and, for the fast map, lag curve; placed in inches, so that maps are alike."""
    width, height = figure.get_size_inches()

    def panel(left: float, bottom: float, wide: float, high: float) -> Axes:
        axes = figure.add_axes((left / width, bottom / height, wide / width, high / height))
        axes.set_facecolor(_PANEL)
        axes.tick_params(colors=_QUIET, labelsize=9, length=3)
        for spine in axes.spines.values():
            spine.set_color(_FRAME)
        return axes

    bottom = style.height_inches - 6.35
    lag_axes = panel(0.8, 0.62, 5.35, 1.5) if kind == "fast" else None
    return panel(0.8, bottom, 5.35, 5.35), panel(6.35, bottom, 0.16, 5.35), lag_axes


def _write_heading(figure: Figure, sync_map: SyncMap, *, title: str, style: _Style, frame_ms: float) -> None:
    score = sync_map.score
    width, height = figure.get_size_inches()
    left, right = 0.8 / width, 6.15 / width
    shown = title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"
    figure.text(left, 1 - 0.3 / height, shown, size=13, weight="bold", color=_WORDS, va="center")
    figure.text(left, 1 - 0.55 / height, style.heading, size=9.5, color=_QUIET, va="center")
    words = score.offset_in_words(frame_ms=frame_ms)
    figure.text(left, 1 - 0.8 / height, words, size=10.5, color=_MEASURED, va="center")
    reward = f"reward {score.reward:+.2f}".replace("-", "\N{MINUS SIGN}")
    figure.text(right, 1 - 0.8 / height, reward, size=10.5, color=_WORDS, va="center", ha="right")


def _draw_map(axes: Axes, values: FloatArray, step_s: float, sync_map: SyncMap, style: _Style) -> AxesImage:
    start = sync_map.start_s
    picture_end, sound_end = start + values.shape[1] * step_s, start + values.shape[0] * step_s
    image = axes.imshow(
        np.clip(np.nan_to_num(_pooled(values)), style.lowest, style.highest),
        cmap="cividis",
        vmin=style.lowest,
        vmax=style.highest,
        origin="lower",
        extent=(start, picture_end, start, sound_end),
        interpolation="nearest",
        aspect="auto",
    )
    both = np.array([start, max(picture_end, sound_end)])
    axes.plot(both, both, color=_PERFECT, linewidth=1.1, linestyle=(0, (5, 4)), label="perfect sync")
    score = sync_map.score
    if score.measurable:
        label = f"measured offset, {_signed(score.offset_ms)} ms"
        axes.plot(both, both + score.offset_ms / 1000, color=_MEASURED, linewidth=1.6, label=label)
    axes.set(xlim=(start, picture_end), ylim=(start, sound_end))
    axes.set_xlabel("picture time (s)", color=_WORDS, size=10)
    axes.set_ylabel("sound time (s)", color=_WORDS, size=10)
    _add_legend(axes, "upper left")
    return image


def _draw_colour_bar(figure: Figure, image: AxesImage, axes: Axes, style: _Style) -> None:
    bar = figure.colorbar(image, cax=axes)
    bar.set_label("cosine similarity", color=_WORDS, size=10)
    bar.set_ticks(list(np.linspace(style.lowest, style.highest, 5)))
    bar.outline.set_edgecolor(_FRAME)


def _draw_lag_curve(axes: Axes, sync_map: SyncMap) -> None:
    lags, scores = sync_map.lag_ms, np.nan_to_num(sync_map.lag_score)
    axes.axvline(0.0, color=_PERFECT, linewidth=1.1, linestyle=(0, (5, 4)), label="0 ms: perfect sync")
    axes.fill_between(lags, scores, 0.0, color="#7d7c78", alpha=0.25, linewidth=0)
    axes.plot(lags, scores, color="#e2cb5f", linewidth=1.6)
    peak = int(np.argmax(scores))
    label = f"peak {scores[peak]:.2f} at {_signed(float(lags[peak]))} ms".replace("-", "\N{MINUS SIGN}")
    axes.plot(lags[peak], scores[peak], "o", color=_MEASURED, markersize=7, label=label)
    axes.set_xlim(float(lags[0]), float(lags[-1]))
    axes.margins(y=0.18)
    axes.grid(color=_FRAME, alpha=0.35, linewidth=0.6)
    axes.set_xlabel("lag (ms): sound early  \N{LEFT RIGHT ARROW}  sound late", color=_WORDS, size=10)
    axes.set_ylabel("agreement", color=_WORDS, size=10)
    _add_legend(axes, "upper left" if lags[peak] > 0 else "upper right")


def _add_legend(axes: Axes, place: Literal["upper left", "upper right"]) -> None:
    legend = axes.legend(loc=place, fontsize=8.5, facecolor=_PANEL, edgecolor=_FRAME, framealpha=0.85)
    for words in legend.get_texts():
        words.set_color(_WORDS)


def _signed(milliseconds: float) -> str:
    return f"{milliseconds:+.0f}".replace("-", "\N{MINUS SIGN}")


def _pooled(values: FloatArray) -> FloatArray:
    """The map with at most MOST_STEPS_SHOWN steps a side; the strongest of merged steps stays visible."""
    for axis in (0, 1):
        factor = -(-values.shape[axis] // MOST_STEPS_SHOWN)
        if factor > 1:
            starts = np.arange(0, values.shape[axis], factor)
            values = np.maximum.reduceat(values, starts, axis=axis)
    return values


def _settle_text(figure: Figure) -> None:
    """One font for all text, whatever the user's matplotlib is set to; signs it lacks become boxes."""
    known = get_font(findfont(_FONT)).get_charmap()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_fontfamily(_FONT)
        text.set_parse_math(False)
        words = text.get_text()
        text.set_text("".join(sign if ord(sign) in known else "\N{WHITE SQUARE}" for sign in words))
