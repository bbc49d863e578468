"""How an event looks: a bar with number, words, status shape, waveform and diamonds."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen, QPolygonF

from engine.project.project import EventSetup
from engine.timing import TimeRange
from msg_studio.views.timeline.colours import LaneColours, lane_colours, text_colour, with_alpha
from msg_studio.views.timeline.geometry import LARGEST_DIAMOND_PX, TITLE_PX, Box, diamond_px
from msg_studio.views.timeline.peak_pyramid import take_key
from msg_studio.views.timeline.scene import Scene, reason_word, title_of
from msg_studio.views.timeline.waveform_painting import draw_waveform

ROUNDING_PX = 3.5
TEXT_PADDING_PX = 5.0
STATUS_PX = 8.0
LEAST_TITLE_PX = 22.0  # narrower events show no words
GRIP_PX = 3.0
PICKED_PX = 1.5  # by which the picked diamond is larger
SILENT_OPACITY = 0.42
WAVE_OPACITY = 0.72
HATCH_ALPHA, JOIN_ALPHA = 0.5, 0.9


def draw_event(painter: QPainter, scene: Scene, box: Box, *, silent: bool) -> None:
    """Draw one event.

    Args:
        painter: Clipped to the lanes.
        scene: What is drawn.
        box: The event's rectangle.
        silent: Whether its lane is not heard.
    """
    setup = scene.project.setup(box.event.id)
    colours = lane_colours(scene.theme.name, box.event.lane)
    selected = box.event.id == scene.selected
    silent = silent or setup.muted
    suggested = setup.status == "suggested"
    painter.save()
    painter.setOpacity(SILENT_OPACITY if silent else 1.0)
    if box.width < LEAST_TITLE_PX:
        _draw_sliver(painter, box, colours, suggested=suggested)
    elif suggested:
        _draw_dashes(painter, box, colours, selected=selected)
    else:
        _draw_bar(painter, scene, box, colours)
    if box.shows_diamonds:
        _draw_hits(painter, scene, box, colours, suggested=suggested)
    painter.setOpacity(1.0)
    if box.width >= LEAST_TITLE_PX:
        colour = scene.theme.muted_text if silent else text_colour(scene.theme)
        _draw_title(painter, scene, box, setup, colour=colour)
    if selected:
        _draw_selection(painter, scene, box)
    painter.restore()


def title_height(font: QFont, box: Box) -> float:
    """Height of the strip that carries the title; half of a low event at most."""
    return min(QFontMetricsF(font).height() + 2, max(TITLE_PX, box.height * 0.5))


def draw_diamond(painter: QPainter, x: float, y: float, half: float, *, fill: QColor, edge: QColor) -> None:
    """A diamond, for a hit point."""
    painter.setPen(QPen(edge, 1.2))
    painter.setBrush(fill)
    points = [QPointF(x, y - half), QPointF(x + half, y), QPointF(x, y + half), QPointF(x - half, y)]
    painter.drawPolygon(QPolygonF(points))


def draw_status(painter: QPainter, status: str, x: float, y: float, colour: QColor) -> None:
    """The shape of a status, the same one as in the cue table: ? ○ … ◐ ●."""
    circle = QRectF(x, y - STATUS_PX / 2, STATUS_PX, STATUS_PX)
    painter.setPen(QPen(colour, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if status == "generating":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for dot in range(3):
            painter.drawEllipse(QPointF(x + 1 + dot * 3.2, y), 1.2, 1.2)
        return
    if status == "approved":
        painter.setBrush(colour)
    painter.drawEllipse(circle)
    if status == "review":
        painter.setBrush(colour)
        painter.drawPie(circle, 90 * 16, 180 * 16)


def _rectangle(box: Box) -> QRectF:
    """Sides on half pixels, so that a line of one pixel is sharp."""
    left, right = round(box.x) + 0.5, round(box.right) - 0.5
    return QRectF(left, round(box.y) + 0.5, max(1.0, right - left), round(box.height) - 1)


def _draw_sliver(painter: QPainter, box: Box, colours: LaneColours, *, suggested: bool) -> None:
    """An event too narrow for anything but its ground and colour; dashed when it is a suggestion."""
    where = QRect(round(box.x), round(box.y), max(3, round(box.width)), round(box.height))
    if suggested:
        pen = QPen(colours.hue, 1)
        pen.setDashPattern([3.0, 3.0])
        painter.setPen(pen)
        painter.drawLine(where.left(), where.top(), where.left(), where.bottom())
        painter.drawLine(where.right(), where.top(), where.right(), where.bottom())
        return
    painter.fillRect(where, colours.title)
    painter.fillRect(QRect(where.left(), where.top(), 1, where.height()), colours.hue)
    painter.fillRect(QRect(where.left(), where.top(), where.width(), 2), colours.hue)


def _draw_bar(painter: QPainter, scene: Scene, box: Box, colours: LaneColours) -> None:
    rectangle = _rectangle(box)
    strip = title_height(scene.font, box)
    ground = QLinearGradient(rectangle.topLeft(), rectangle.bottomLeft())
    share = min(0.99, strip / rectangle.height())
    ground.setStops(
        [(0, colours.title), (share, colours.title), (share + 0.001, colours.body), (1, colours.body)]
    )
    painter.setPen(QPen(with_alpha(colours.hue, 0.75), 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(rectangle, ROUNDING_PX, ROUNDING_PX)
    _draw_sound(painter, scene, box, colours, top=rectangle.top() + strip)


def _draw_sound(painter: QPainter, scene: Scene, box: Box, colours: LaneColours, *, top: float) -> None:
    """The chosen take where it lies in the film, as far as the event shows it."""
    take = scene.chosen.get(box.event.id)
    pyramid = scene.peaks(take_key(take)) if take is not None else None
    if take is None or pyramid is None:
        return
    left, right = max(0.0, box.x + 1), min(float(scene.width), box.right - 1)
    where = QRectF(left, top + 1, right - left, box.bottom - top - 3)
    if where.width() < 1 or where.height() < 3:
        return
    axis = scene.axis
    first = axis.first_sample + left * axis.samples_per_pixel - take.range.start_samples
    draw_waveform(
        painter,
        where,
        pyramid,
        first=first,
        samples_per_pixel=axis.samples_per_pixel,
        colour=with_alpha(colours.wave, WAVE_OPACITY),
        ratio=scene.ratio,
    )
    if take.remade is not None:
        _draw_remade(painter, scene, take.remade, where, colours)


def _draw_remade(
    painter: QPainter, scene: Scene, remade: TimeRange, where: QRectF, colours: LaneColours
) -> None:
    """Hatching over the stretch of a take that was made anew, a line at each join."""
    left = max(where.left(), scene.axis.x_of(remade.start_samples))
    right = min(where.right(), scene.axis.x_of(remade.end_samples))
    if left >= right:
        return
    stretch = QRectF(left, where.top(), right - left, where.height())
    painter.fillRect(stretch, QBrush(with_alpha(colours.wave, HATCH_ALPHA), Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(with_alpha(colours.wave, JOIN_ALPHA), 1))
    for edge in (remade.start_samples, remade.end_samples):
        x = scene.axis.x_of(edge)
        if where.left() < x < where.right():
            painter.drawLine(QPointF(round(x) + 0.5, where.top()), QPointF(round(x) + 0.5, where.bottom()))


def _draw_dashes(painter: QPainter, box: Box, colours: LaneColours, *, selected: bool) -> None:
    """A suggestion: an outline of dashes, almost nothing inside."""
    pen = QPen(colours.hue, 1.2)
    pen.setDashPattern([4.0, 3.0])
    painter.setPen(pen)
    painter.setBrush(with_alpha(colours.hue, 0.16 if selected else 0.07))
    painter.drawRoundedRect(_rectangle(box), ROUNDING_PX, ROUNDING_PX)


def _draw_title(painter: QPainter, scene: Scene, box: Box, setup: EventSetup, *, colour: QColor) -> None:
    suggested = setup.status == "suggested"
    left = max(0.0, box.x) + TEXT_PADDING_PX
    right = min(float(scene.width), box.right) - TEXT_PADDING_PX
    strip = QRectF(left, round(box.y), right - left, title_height(scene.font, box) + 1)
    number = str(scene.numbers[box.event.id])
    metrics = QFontMetricsF(scene.font)
    number_px = metrics.horizontalAdvance(number)
    painter.setPen(colour)
    painter.setFont(scene.font)
    painter.drawText(strip, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, number)
    if strip.width() < number_px + STATUS_PX + TEXT_PADDING_PX:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    used = number_px + TEXT_PADDING_PX
    words = title_of(box.event, setup)
    if suggested:
        words = f"? {box.event.confidence:.0%} {reason_word(box.event)}: {words}"
    else:
        draw_status(painter, setup.status, left + used, strip.center().y(), colour)
        used += STATUS_PX + TEXT_PADDING_PX
    if setup.muted:
        words = f"muted: {words}"
    painter.setPen(colour)
    strip.setLeft(left + used)
    elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, strip.width())
    painter.drawText(strip, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)


def _draw_hits(painter: QPainter, scene: Scene, box: Box, colours: LaneColours, *, suggested: bool) -> None:
    top = box.y + title_height(scene.font, box) + 1
    stem = QPen(with_alpha(colours.wave, 0.38), 1)
    edge = scene.theme.lane_background
    picked = scene.selected_hit if box.event.id == scene.selected else -1
    for index, hit in enumerate(box.event.hit_points):
        x = scene.axis.x_of(hit.sample)
        if not -LARGEST_DIAMOND_PX < x < scene.width + LARGEST_DIAMOND_PX:
            continue
        if not suggested:
            painter.setPen(stem)
            painter.drawLine(QPointF(round(x) + 0.5, top), QPointF(round(x) + 0.5, box.bottom - 2))
        half = diamond_px(hit, box) + (PICKED_PX if index == picked else 0)
        fill = scene.theme.focus if index == picked else colours.wave
        draw_diamond(painter, x, box.hit_y, half, fill=fill, edge=edge)


def _draw_selection(painter: QPainter, scene: Scene, box: Box) -> None:
    """An outline of two pixels, and grips where the edges can be dragged."""
    rectangle = _rectangle(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(scene.theme.selection, 2))
    painter.drawRoundedRect(rectangle, ROUNDING_PX, ROUNDING_PX)
    if rectangle.width() < 6 * GRIP_PX:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(scene.theme.selection))
    for left in (rectangle.left(), rectangle.right() - GRIP_PX):
        painter.drawRect(QRectF(left, rectangle.center().y() - 5, GRIP_PX, 10))
