import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.records import Take, TakeLayer
from engine.timing import TimeRange
from msg_studio.look.theme import DARK, LIGHT, Role, Theme, apply_theme
from msg_studio.views.timeline import canvas as timeline_canvas
from msg_studio.views.timeline.colours import lane_colours
from msg_studio.views.timeline.peak_pyramid import PeakPyramid, guide_key, take_key
from msg_studio.views.timeline.waveform_painting import wave_image
from tests.msg_studio.scene import make_take
from tests.msg_studio.views.timeline.small_timeline import DOOR, FILM, S, silent, small_project
from tests.msg_studio.views.timeline.timeline_stage import Stage, staged


@pytest.fixture
def stage(qtbot: QtBot, qapp: QApplication) -> Iterator[Stage]:
    with staged(qtbot, qapp) as ready:
        yield ready


def picture(stage: Stage) -> QImage:
    return stage.view.canvas.picture().toImage()


def colours_along(image: QImage, y: int, left: int, right: int) -> list[str]:
    return [image.pixelColor(x, y).name() for x in range(left, right)]


def contrast(one: QColor, other: QColor) -> float:
    def luminance(colour: QColor) -> float:
        parts = np.array([colour.redF(), colour.greenF(), colour.blueF()])
        linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ np.array([0.2126, 0.7152, 0.0722]))

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_suggestion_is_a_dashed_outline_and_an_event_a_solid_bar(stage: Stage) -> None:
    image = picture(stage)
    solid, dashed = stage.box("door"), stage.box("found")
    top = colours_along(image, round(dashed.y), 420, 580)
    changes = sum(one != other for one, other in zip(top, top[1:], strict=False))
    assert changes > 20, "dashes along the upper edge"
    edge = colours_along(image, round(solid.y), 420, 580)
    assert sum(one != other for one, other in zip(edge, edge[1:], strict=False)) < 5, "one line"
    body = lane_colours("dark", "props").body
    assert image.pixelColor(420, round(solid.bottom) - 4) == body
    inside = image.pixelColor(420, round(dashed.bottom) - 4)
    assert contrast(inside, DARK.lane_background) < 1.5 < contrast(body, DARK.lane_background)


def test_selected_event_has_an_outline(stage: Stage) -> None:
    box = stage.box("door")
    before = picture(stage).pixelColor(500, round(box.y))
    stage.model.select("door")
    assert before != DARK.selection
    assert picture(stage).pixelColor(500, round(box.y)) == DARK.selection


def test_playhead_moves_on_the_screen(stage: Stage) -> None:
    canvas = stage.view.canvas

    def playhead_columns() -> set[int]:
        image, y = canvas.grab().toImage(), canvas.height() - 8
        return {x for x in range(10, 990) if image.pixelColor(x, y) == DARK.playhead}

    stage.playhead.seek(2 * S)
    assert playhead_columns() == {200}
    stage.playhead.follow(7 * S)
    assert playhead_columns() == {700}


class PaintLog(QObject):
    """Notes which parts of a widget are painted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rectangles: list[QRect] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.rectangles.extend(event.region())
        return False


def test_a_moving_playhead_repaints_its_stripes_only(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = stage.view.canvas
    stage.playhead.seek(2 * S)
    canvas.repaint()
    drawn: list[object] = []
    monkeypatch.setattr(timeline_canvas, "draw_timeline", lambda painter, scene: drawn.append(scene))
    log = PaintLog(canvas)
    canvas.installEventFilter(log)
    stage.playhead.follow(round(2.5 * S))
    qtbot.waitUntil(lambda: bool(log.rectangles))
    assert sum(rectangle.width() for rectangle in log.rectangles) <= 40
    assert drawn == [], "the picture below is kept"


def test_segment_is_shaded(stage: Stage) -> None:
    y = stage.view.canvas.rows.lanes[0].top + 4
    before = picture(stage).pixelColor(850, y)
    stage.playhead.set_mark_in(7 * S)
    stage.playhead.set_mark_out(9 * S)
    assert picture(stage).pixelColor(850, y) != before
    assert picture(stage).pixelColor(650, y) == before


def test_guide_is_drawn_from_its_pyramid(stage: Stage) -> None:
    sound = np.zeros((1, 10 * S), np.float32)
    sound[0, 5 * S : 6 * S : 2] = 0.9
    sound[0, 5 * S + 1 : 6 * S : 2] = -0.9
    pyramid = PeakPyramid.of(sound)
    stage.view.set_peaks({guide_key(FILM): pyramid}.get)
    row = stage.view.canvas.rows.guide
    image = picture(stage)
    near_top = row.top + 5
    assert image.pixelColor(550, near_top) == DARK.waveform_guide
    assert image.pixelColor(450, near_top) == DARK.lane_background


def test_missing_production_sound_is_told_in_the_guide(stage: Stage, qapp: QApplication) -> None:
    row = stage.view.canvas.rows.guide

    def written() -> int:
        image = picture(stage)
        return sum(
            image.pixelColor(x, y) != DARK.lane_background
            for x in range(8, 95)
            for y in range(row.top + 2, row.bottom - 2)
        )

    stage.view.set_peaks(lambda key: None, lambda key: "film.mp4 is not there")
    assert written() > 50
    stage.model.show_project(silent(small_project()))
    assert written() > 50


def test_muted_lane_is_drawn_paler(stage: Stage) -> None:
    box = stage.box("door")
    y = round(box.bottom) - 4
    before = picture(stage).pixelColor(420, y)
    project = stage.model.project
    lanes = tuple(replace(lane, muted=lane.name == "props") for lane in project.lanes)
    stage.model.edit("mute", replace(project, lanes=lanes))
    after = picture(stage).pixelColor(420, y)
    assert contrast(after, DARK.lane_background) < contrast(before, DARK.lane_background)


def test_light_theme_is_painted_light(stage: Stage, qapp: QApplication) -> None:
    apply_theme(qapp, "light")
    qapp.processEvents()
    y = stage.view.canvas.rows.lanes[0].top + 4
    assert picture(stage).pixelColor(850, y) == LIGHT.lane_background
    apply_theme(qapp)


@pytest.mark.parametrize("ratio", [1.5, 2.0])
def test_picture_is_as_sharp_as_the_screen(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, ratio: float
) -> None:
    monkeypatch.setattr(type(stage.view.canvas), "devicePixelRatioF", lambda self: ratio)
    found = stage.view.canvas.picture()
    assert found.width() == round(stage.view.canvas.width() * ratio)
    assert found.devicePixelRatio() == ratio


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("lane", ["feet", "moves", "props", "ambience", "fx", "another"])
def test_words_stand_out_on_every_event(theme: Theme, lane: str) -> None:
    colours = lane_colours(theme.name, lane)
    for ground in (colours.title, colours.body):
        assert contrast(theme.palette[Role.Text], ground) >= 4.5
    assert contrast(colours.wave, colours.body) >= 3


def test_wave_image_covers_what_lies_between_least_and_greatest() -> None:
    low = np.array([-1.0, 0.0, -0.25], np.float32)
    high = np.array([1.0, 0.0, 0.25], np.float32)
    image = wave_image(low, high, height=20, colour=QColor("#ffffff"))
    heights = [sum(image.pixelColor(x, y).alpha() > 127 for y in range(20)) for x in range(3)]
    assert heights == [20, 2, 10], "whole, a line, and the square root of a quarter"


def test_none_is_not_used_up_by_repaints(stage: Stage) -> None:
    canvas = stage.view.canvas
    for _ in range(20):  # caches fill first
        canvas.refresh()
        canvas.repaint()
    before = sys.getrefcount(None)
    for step in range(500):
        stage.playhead.follow(step * 800)
        canvas.refresh()
        canvas.repaint()
    assert abs(sys.getrefcount(None) - before) < 100


def test_an_event_in_view_is_drawn_and_one_out_of_view_is_not_even_laid_out(stage: Stage) -> None:
    stage.axis.show_range(TimeRange(0, 2 * S))
    assert [box.event.id for box in stage.view.canvas.boxes()] == ["steps"]


def test_focus_is_seen(stage: Stage) -> None:
    canvas = stage.view.canvas
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    assert canvas.hasFocus()
    assert canvas.grab().toImage().pixelColor(QPoint(1, canvas.height() // 2)) == DARK.focus


def hatched_columns(stage: Stage, take: Take) -> set[int]:
    """Columns of the door whose lower half differs from a take of its own, the waveform being silence."""
    silence = PeakPyramid.of(np.zeros((1, 2 * S), np.float32))
    stage.view.set_peaks({take_key(take): silence}.get)
    plain = replace(take, layers=())
    images = []
    for one in (plain, take):
        stage.model.show_project(small_project().with_takes([one]))
        images.append(picture(stage))
    box = stage.box("door")
    rows = range(round(box.y) + 16, round(box.bottom) - 3)
    columns = range(round(box.x) + 4, round(box.right) - 4)
    return {x for x in columns if any(images[0].pixelColor(x, y) != images[1].pixelColor(x, y) for y in rows)}


def test_what_was_made_anew_of_the_take_in_use_is_hatched(stage: Stage) -> None:
    take = replace(make_take(DOOR, 1), id="door_t1")
    kept = (TimeRange(0, S // 2), TimeRange(S, 2 * S))  # the door lies from 4 s to 6 s
    changed = hatched_columns(stage, replace(take, layers=tuple(TakeLayer("t", part) for part in kept)))
    assert changed <= set(range(449, 502))
    assert len(changed) > 45
