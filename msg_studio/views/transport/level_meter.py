"""A stereo peak meter: bars, held peaks, a scale in decibels and a mark for what was too loud."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from msg_studio.look.theme import theme_of

LOWEST_DB = -54.0
LOUD_DB = -9.0
HIGHEST_DB = 6.0
TICKS_DB = (-48, -36, -24, -12, 0)
FALL_DB_PER_S = 24.0
HOLD_S = 1.5
SMALLEST_PT = 8.0

_BAR_PX = 8
_GAP_PX = 2
_HELD_PX = 2
_TICK_PX = 3
_OVER_PX = 26


@dataclass
class _Channel:
    """What one bar shows, in decibels, seconds and pixels."""

    level_db: float = LOWEST_DB
    held_db: float = LOWEST_DB
    held_since_s: float = 0.0
    level_px: int = 0
    held_px: int = 0


class LevelMeter(QWidget):
    """Two lying bars above a scale; a click takes the mark for overs away.

    Args:
        parent: Qt parent.
        timer: Seconds, for the fall of the bars.
    """

    def __init__(
        self, parent: QWidget | None = None, *, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(parent)
        self._timer = timer
        self._channels = (_Channel(), _Channel())
        self._last_s = timer()
        self._over = False
        self._over_px = 0  # width of the mark, asked of the font when first needed
        self._scale: QPixmap | None = None
        self.setAccessibleName("Level meter")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.show_underruns(0)

    @property
    def levels_db(self) -> tuple[float, float]:
        """What the bars show, left and right."""
        return self._channels[0].level_db, self._channels[1].level_db

    @property
    def held_db(self) -> tuple[float, float]:
        """The held peaks, left and right."""
        return self._channels[0].held_db, self._channels[1].held_db

    @property
    def over(self) -> bool:
        """Whether full scale was passed since the last click."""
        return self._over

    def show_levels(self, left: float, right: float) -> None:
        """Show new peaks, 1 is full scale; bars rise at once and fall by 24 dB a second."""
        now_s = self._timer()
        fall_db = (now_s - self._last_s) * FALL_DB_PER_S
        self._last_s = now_s
        for row, peak in enumerate((left, right)):
            self._move(self._channels[row], _decibels(peak), fall_db=fall_db, now_s=now_s)
            self._repaint_changed(row)
        if max(left, right) > 1 and not self._over:
            self._over = True
            self.update(self._over_rect())

    def show_underruns(self, count: int) -> None:
        """Say in the tool tip how often the sound device ran dry."""
        troubles = f"The sound device ran dry {count} times. " if count else ""
        self.setToolTip(f"Peaks of the mix in dB below full scale. {troubles}Click to clear OVER.")
        self.setAccessibleDescription(self.toolTip())

    def sizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        return QSize(220, self._bar_rect(1).bottom() + 1 + _TICK_PX + self._scale_metrics().height())

    def minimumSizeHint(self) -> QSize:  # noqa: D102 (Qt's)
        return QSize(150, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 (Qt's)
        self._over = False
        self.update(self._over_rect())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 (Qt's)
        self._scale = None
        for channel in self._channels:
            channel.level_px, channel.held_px = self._pixels(channel.level_db), self._pixels(channel.held_db)
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 (Qt's)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._scale = None
            self._over_px = 0
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 (Qt's)
        if self._scale is None or self._scale.devicePixelRatio() != self.devicePixelRatioF():
            self._scale = self._drawn_scale()
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.drawPixmap(0, 0, self._scale)
        for row, channel in enumerate(self._channels):
            self._draw_bar(painter, self._bar_rect(row), channel)
        if self._over:
            self._draw_over(painter)
        painter.end()

    def _move(self, channel: _Channel, peak_db: float, *, fall_db: float, now_s: float) -> None:
        channel.level_db = max(peak_db, channel.level_db - fall_db, LOWEST_DB)
        if channel.level_db >= channel.held_db:
            channel.held_db, channel.held_since_s = channel.level_db, now_s
        elif now_s - channel.held_since_s > HOLD_S:
            channel.held_db = max(channel.level_db, channel.held_db - fall_db)

    def _repaint_changed(self, row: int) -> None:
        """Repaint only the stretches of a bar that differ."""
        channel, bar = self._channels[row], self._bar_rect(row)
        level_px, held_px = self._pixels(channel.level_db), self._pixels(channel.held_db)
        if level_px != channel.level_px:
            self._repaint(bar, level_px, channel.level_px)
        if held_px != channel.held_px:
            self._repaint(bar, held_px - _HELD_PX, held_px)
            self._repaint(bar, channel.held_px - _HELD_PX, channel.held_px)
        channel.level_px, channel.held_px = level_px, held_px

    def _repaint(self, bar: QRect, one_px: int, other_px: int) -> None:
        first, last = min(one_px, other_px), max(one_px, other_px)
        self.update(bar.left() + first, bar.top(), last - first, bar.height())

    def _draw_bar(self, painter: QPainter, bar: QRect, channel: _Channel) -> None:
        theme = theme_of(self)
        begin_px = 0
        for limit_db, colour in ((LOUD_DB, theme.ok), (0.0, theme.warning), (HIGHEST_DB, theme.error)):
            end_px = min(channel.level_px, self._pixels(limit_db))
            if end_px > begin_px:
                painter.fillRect(bar.left() + begin_px, bar.top(), end_px - begin_px, bar.height(), colour)
            begin_px = max(begin_px, end_px)
        if channel.held_px > _HELD_PX:
            left = bar.left() + channel.held_px - _HELD_PX
            painter.fillRect(left, bar.top(), _HELD_PX, bar.height(), self._text_colour())

    def _draw_over(self, painter: QPainter) -> None:
        theme, where = theme_of(self), self._over_rect()
        painter.fillRect(where, theme.error_strip)
        painter.setFont(self._small_font())
        painter.setPen(theme.error_strip_text)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, "OVER")

    def _drawn_scale(self) -> QPixmap:
        """All that stands still: empty bars, ticks and numbers."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(math.ceil(self.width() * ratio), math.ceil(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(self.palette().color(QPalette.ColorRole.Window))
        painter = QPainter(picture)
        painter.setFont(self._small_font())
        for row in (0, 1):
            painter.fillRect(self._bar_rect(row), self.palette().color(QPalette.ColorRole.Base))
        below = self._bar_rect(1).bottom() + 1
        for tick_db in TICKS_DB:
            x = self._bar_rect(0).left() + self._pixels(tick_db)
            painter.fillRect(x - 1, below, 1, _TICK_PX, theme_of(self).muted_text)
            self._draw_number(painter, tick_db, QRect(x - 20, below + _TICK_PX, 40, self.height()))
        painter.end()
        return picture

    def _draw_number(self, painter: QPainter, tick_db: int, where: QRect) -> None:
        painter.setPen(theme_of(self).muted_text)
        # A true minus sign, as wide as the digits.
        words = str(tick_db).replace("-", "\N{MINUS SIGN}")
        painter.drawText(where, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)

    def _pixels(self, level_db: float) -> int:
        """Length of a bar."""
        share = (min(level_db, HIGHEST_DB) - LOWEST_DB) / (HIGHEST_DB - LOWEST_DB)
        return round(share * self._bar_rect(0).width())

    def _bar_rect(self, row: int) -> QRect:
        return QRect(0, row * (_BAR_PX + _GAP_PX), self.width() - self._over_width() - _GAP_PX, _BAR_PX)

    def _over_rect(self) -> QRect:
        width = self._over_width()
        return QRect(self.width() - width, 0, width, 2 * _BAR_PX + _GAP_PX)

    def _over_width(self) -> int:
        if not self._over_px:
            self._over_px = max(_OVER_PX, self._scale_metrics().horizontalAdvance("OVER") + 6)
        return self._over_px

    def _text_colour(self) -> QColor:
        return self.palette().color(QPalette.ColorRole.WindowText)

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(SMALLEST_PT, 0.8 * font.pointSizeF()))
        return font

    def _scale_metrics(self) -> QFontMetrics:
        return QFontMetrics(self._small_font())


def _decibels(peak: float) -> float:
    return 20 * math.log10(peak) if peak > 0 else LOWEST_DB
