"""The whole picture of the timeline: bands, guide, marks, events, what is dragged, ruler."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPen, QPolygonF

from engine.timing import TimeRange
from msg_studio.guide_level import guide_muted
from msg_studio.look.theme import Role
from msg_studio.views.timeline.colours import text_colour, with_alpha
from msg_studio.views.timeline.event_painting import SILENT_OPACITY, draw_diamond, draw_event
from msg_studio.views.timeline.geometry import LANE_MARGIN_PX, LARGEST_DIAMOND_PX
from msg_studio.views.timeline.peak_pyramid import guide_key
from msg_studio.views.timeline.ruler_ticks import Tick, ticks
from msg_studio.views.timeline.scene import Scene, silent_lanes
from msg_studio.views.timeline.waveform_painting import draw_waveform

LABEL_SAMPLE = "00:00:00:00"
SMALL_TICK_PX = 5
FLAG_PX = 7
GRID_ALPHA = 0.6
INVITATION = "Drag in a lane to make an event, or let Find events look for them."
NO_FILM = "no film"
NO_SOUND = "the film has no production sound"
READING = "reading the production sound…"


def draw_timeline(painter: QPainter, scene: Scene) -> None:
    """Draw everything but the playhead, which moves above it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setFont(scene.font)
    marks = ticks(
        scene.project,
        scene.axis,
        width=scene.width,
        label_px=QFontMetricsF(scene.font).horizontalAdvance(LABEL_SAMPLE),
    )
    _draw_ground(painter, scene, marks)
    _draw_guide(painter, scene)
    painter.save()
    painter.setClipRect(QRectF(0, scene.rows.lanes_top, scene.width, scene.height))
    silent = silent_lanes(scene.project)
    for box in scene.boxes:
        draw_event(painter, scene, box, silent=box.event.lane in silent)
    _draw_outline(painter, scene)
    painter.restore()
    if not scene.project.events and scene.preview.outline is None:
        _draw_invitation(painter, scene)
    _draw_ruler(painter, scene, marks)
    _draw_segment(painter, scene)
    _draw_snapping(painter, scene)


def _draw_ground(painter: QPainter, scene: Scene, marks: list[Tick]) -> None:
    theme, rows = scene.theme, scene.rows
    painter.fillRect(QRectF(0, 0, scene.width, scene.height), theme.lane_background)
    for row in rows.lanes[1::2]:
        painter.fillRect(QRectF(0, row.top, scene.width, row.height), theme.lane_background_alternate)
    painter.fillRect(QRectF(0, rows.guide.top, scene.width, rows.guide.height), theme.lane_background)
    painter.setPen(QPen(with_alpha(theme.grid, GRID_ALPHA), 1))
    for tick in marks:
        if tick.label:
            x = round(tick.x) + 0.5
            painter.drawLine(QPointF(x, rows.guide.top), QPointF(x, scene.height))
    if None not in scene.marks:
        left, right = (scene.axis.x_of(mark) for mark in scene.marks if mark is not None)
        painter.fillRect(QRectF(left, rows.ruler.bottom, right - left, scene.height), theme.marked_range)
    painter.setPen(QPen(theme.grid, 1))
    for row in (rows.guide, *rows.lanes):
        if row.bottom >= rows.lanes_top:
            painter.drawLine(QPointF(0, row.bottom - 0.5), QPointF(scene.width, row.bottom - 0.5))
    end = scene.axis.x_of(scene.axis.duration)
    if end < scene.width:
        beyond = QRectF(end, rows.guide.top, scene.width - end, scene.height)
        painter.fillRect(beyond, theme.ruler_background)
        painter.fillRect(beyond, QBrush(theme.grid_strong, Qt.BrushStyle.BDiagPattern))


def _draw_guide(painter: QPainter, scene: Scene) -> None:
    row, clip = scene.rows.guide, scene.project.clip
    where = QRectF(0, row.top + 2, scene.width, row.height - 5)
    silent = guide_muted(scene.project)
    words = NO_FILM if clip is None else NO_SOUND if clip.audio is None else ""
    if clip is not None and not words:
        pyramid = scene.peaks(guide_key(clip))
        if pyramid is not None:
            draw_waveform(
                painter,
                where,
                pyramid,
                first=scene.axis.first_sample,
                samples_per_pixel=scene.axis.samples_per_pixel,
                colour=with_alpha(scene.theme.waveform_guide, SILENT_OPACITY if silent else 1.0),
                ratio=scene.ratio,
            )
            return
        words = scene.trouble(guide_key(clip)) or READING
    painter.setPen(scene.theme.muted_text)
    shown = QFontMetricsF(scene.font).elidedText(words, Qt.TextElideMode.ElideMiddle, scene.width - 16)
    painter.drawText(
        where.adjusted(8, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown
    )


def _draw_ruler(painter: QPainter, scene: Scene, marks: list[Tick]) -> None:
    theme, row = scene.theme, scene.rows.ruler
    painter.fillRect(QRectF(0, row.top, scene.width, row.height), theme.ruler_background)
    painter.setPen(QPen(theme.grid_strong, 1))
    painter.drawLine(QPointF(0, row.bottom - 0.5), QPointF(scene.width, row.bottom - 0.5))
    for tick in marks:
        x = round(tick.x) + 0.5
        painter.setPen(QPen(theme.hatch, 1))
        top = row.top + 4 if tick.label else row.bottom - 1 - SMALL_TICK_PX
        painter.drawLine(QPointF(x, top), QPointF(x, row.bottom - 1))
        if tick.label:
            painter.setPen(theme.muted_text)
            painter.drawText(QPointF(x + 4, row.top + row.height / 2 + 4), tick.label)


def _draw_segment(painter: QPainter, scene: Scene) -> None:
    """In and out: a line and a flag at each, above the events."""
    row, accent = scene.rows.ruler, scene.theme.mark_edge
    mark_in, mark_out = scene.marks
    if mark_in is not None and mark_out is not None:
        left, right = scene.axis.x_of(mark_in), scene.axis.x_of(mark_out)
        painter.fillRect(QRectF(left, row.top, right - left, row.height), with_alpha(accent, 0.30))
    for mark, side in ((mark_in, 1), (mark_out, -1)):
        if mark is None:
            continue
        x = scene.axis.x_of(mark)
        painter.setPen(QPen(with_alpha(accent, 0.8), 1))
        painter.drawLine(QPointF(x, row.top), QPointF(x, scene.height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        flag = [QPointF(x, row.top + 1), QPointF(x + side * FLAG_PX, row.top + 1), QPointF(x, row.top + 11)]
        painter.drawPolygon(QPolygonF(flag))


def _draw_outline(painter: QPainter, scene: Scene) -> None:
    """The event about to be made."""
    if scene.preview.outline is None:
        return
    name, where = scene.preview.outline
    row = scene.rows.lane(name)
    if row is None:
        return
    accent = scene.theme.focus
    rectangle = _span(scene, where, row.top + LANE_MARGIN_PX + 0.5, row.height - 2 * LANE_MARGIN_PX - 1)
    painter.setPen(QPen(accent, 1.4))
    painter.setBrush(with_alpha(accent, 0.25))
    painter.drawRoundedRect(rectangle, 3, 3)
    for hit in scene.preview.hits:
        y = row.bottom - LANE_MARGIN_PX - LARGEST_DIAMOND_PX - 1
        draw_diamond(
            painter,
            scene.axis.x_of(hit),
            y,
            LARGEST_DIAMOND_PX,
            fill=text_colour(scene.theme),
            edge=scene.theme.lane_background,
        )


def _draw_snapping(painter: QPainter, scene: Scene) -> None:
    """Where a drag has caught, and what it would make of it, in words."""
    preview, theme = scene.preview, scene.theme
    if preview.snapped is not None:
        x = round(scene.axis.x_of(preview.snapped)) + 0.5
        pen = QPen(theme.focus, 1)
        pen.setDashPattern([3.0, 3.0])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, scene.rows.ruler.bottom), QPointF(x, scene.height))
    if not preview.words:
        return
    metrics = QFontMetricsF(scene.font)
    sample, y = preview.words_at
    y = min((box.y for box in scene.boxes if box.event.id in preview.events), default=y)
    size = metrics.size(0, preview.words)
    width, height = size.width() + 14, size.height() + 6
    left = min(max(2.0, scene.axis.x_of(sample) + 10), scene.width - width - 2)
    top = y - height - 6 if y - height - 6 > scene.rows.ruler.bottom else y + 12
    badge = QRectF(round(left) + 0.5, round(top) + 0.5, round(width), round(height))
    painter.setPen(QPen(theme.hatch, 1))
    painter.setBrush(theme.palette[Role.ToolTipBase])
    painter.drawRoundedRect(badge, 4, 4)
    painter.setPen(theme.palette[Role.ToolTipText])
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, preview.words)


def _draw_invitation(painter: QPainter, scene: Scene) -> None:
    top = scene.rows.lanes_top
    painter.setPen(scene.theme.muted_text)
    where = QRectF(0, top, scene.width, scene.height - top)
    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, INVITATION)


def _span(scene: Scene, where: TimeRange, top: float, height: float) -> QRectF:
    left, right = scene.axis.x_of(where.start_samples), scene.axis.x_of(where.end_samples)
    return QRectF(left, top, max(2.0, right - left), height)
