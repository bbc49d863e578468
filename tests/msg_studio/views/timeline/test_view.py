from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.timing import TimeRange
from msg_studio.views.timeline.geometry import RULER_PX
from tests.msg_studio.views.timeline.small_timeline import DOOR, STEPS, S, event, small_project
from tests.msg_studio.views.timeline.timeline_stage import ALT, LEFT, NONE, PX, SHIFT, Stage, staged


@pytest.fixture
def stage(qtbot: QtBot, qapp: QApplication) -> Iterator[Stage]:
    with staged(qtbot, qapp) as ready:
        yield ready


def wheel(stage: Stage, x: float, turn: int, keys: Qt.KeyboardModifier) -> None:
    canvas = stage.view.canvas
    at = QPointF(x, 100)
    event = QWheelEvent(
        at,
        QPointF(canvas.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_click_selects_and_moves_nothing(stage: Stage) -> None:
    before = stage.model.project
    stage.playhead.seek(9 * S)
    stage.click(stage.title_at("door", 450))
    assert stage.model.selected == DOOR
    assert stage.model.project is before
    assert (stage.playhead.position, stage.playhead.playing) == (9 * S, False)


def test_click_beside_events_selects_none(stage: Stage) -> None:
    stage.model.select("door")
    stage.click(stage.lane_at("props", 800))
    assert stage.model.selected is None


def test_body_moves_with_its_hit_points_in_one_step(stage: Stage) -> None:
    start = stage.title_at("steps", 200)
    stage.drag(start, start + QPoint(60, 0), start + QPoint(100, 0))
    moved = stage.event("steps")
    assert moved.range == TimeRange(2 * S, 4 * S)
    assert [hit.sample for hit in moved.hit_points] == [round(2.5 * S), round(3.5 * S)]
    assert stage.model.undo_stack.count() == 1
    stage.model.undo_stack.undo()
    assert stage.event("steps") == STEPS


def test_body_moves_to_another_lane(stage: Stage) -> None:
    stage.drag(stage.title_at("steps", 200), stage.lane_at("fx", 200))
    assert (stage.event("steps").lane, stage.event("steps").range) == ("fx", STEPS.range)


def test_move_stops_at_the_ends_of_the_film(stage: Stage) -> None:
    start = stage.title_at("steps", 200)
    stage.drag(start, start - QPoint(190, 0), keys=SHIFT)
    assert stage.event("steps").range == TimeRange(0, 2 * S)


def test_moved_event_catches_with_its_hit_point_on_another_one(stage: Stage) -> None:
    # The second hit point, at 2.2 s, comes within 4 px of the door's at 5 s; edges pass the door's by far.
    stage.model.edit("other hits", stage.model.project.with_event(event("steps", "feet", 1, 3, 1.5, 2.2)))
    start = stage.title_at("steps", 200)
    stage.drag(start, start + QPoint(284, 0))
    assert stage.event("steps").hit_points[1].sample == 5 * S
    assert any("hit point of cue" in words for words in stage.said)


def test_shift_lets_a_drag_go_free(stage: Stage) -> None:
    start = stage.title_at("steps", 200)
    stage.drag(start, start + QPoint(254, 0), keys=SHIFT)
    assert stage.event("steps").range.start_samples == S + 254 * PX


def test_edges_resize(stage: Stage) -> None:
    stage.drag(stage.title_at("door", 402), stage.title_at("door", 462))
    stage.drag(stage.title_at("door", 598), stage.title_at("door", 698))
    assert stage.event("door").range == TimeRange(round(4.6 * S), 7 * S)
    assert stage.model.undo_stack.count() == 2


def test_shrinking_past_a_hit_point_drops_it_and_says_so(stage: Stage) -> None:
    stage.drag(stage.title_at("steps", 298), stage.title_at("steps", 198))
    assert [hit.sample for hit in stage.event("steps").hit_points] == [round(1.5 * S)]
    assert any("drops 1 hit point" in words for words in stage.said)


def test_edge_cannot_cross_the_other_one(stage: Stage) -> None:
    stage.drag(stage.title_at("door", 598), stage.title_at("door", 100))
    assert stage.event("door").range == TimeRange(4 * S, 4 * S + S // 100)


def test_hit_point_moves_between_its_neighbours(stage: Stage) -> None:
    start = stage.hit_at("steps", 0)
    stage.drag(start, start + QPoint(40, 0), keys=SHIFT)
    assert stage.event("steps").hit_points[0].sample == round(1.5 * S) + 40 * PX
    stage.drag(stage.hit_at("steps", 0), start + QPoint(300, 0), keys=SHIFT)
    assert stage.event("steps").hit_points[0].sample == round(2.5 * S) - 1


def test_double_click_adds_a_hit_point_and_delete_removes_it(stage: Stage) -> None:
    at = stage.title_at("door", 450)
    stage.click(at)
    QTest.mouseDClick(stage.view.canvas, LEFT, NONE, at)
    assert [hit.sample for hit in stage.event("door").hit_points] == [round(4.5 * S), 5 * S]
    stage.key(Qt.Key.Key_Delete)
    assert stage.event("door") == DOOR


def test_delete_removes_the_picked_hit_point_first_then_the_event(stage: Stage) -> None:
    stage.click(stage.hit_at("steps", 1))
    stage.key(Qt.Key.Key_Delete)
    assert [hit.sample for hit in stage.event("steps").hit_points] == [round(1.5 * S)]
    stage.key(Qt.Key.Key_Delete)
    assert "steps" not in [event.id for event in stage.model.project.events]


def test_delete_without_selection_does_nothing(stage: Stage) -> None:
    stage.key(Qt.Key.Key_Delete)
    assert stage.model.undo_stack.count() == 0


def test_drag_in_an_empty_lane_makes_an_event(stage: Stage) -> None:
    stage.drag(stage.lane_at("ambience", 800), stage.lane_at("ambience", 750), stage.lane_at("ambience", 700))
    made = stage.model.selected
    assert made is not None
    assert (made.lane, made.range) == ("ambience", TimeRange(7 * S, 8 * S))
    assert stage.model.undo_stack.count() == 1


def test_outline_is_there_while_an_event_is_drawn(stage: Stage) -> None:
    stage.press(stage.lane_at("ambience", 700))
    stage.move(stage.lane_at("ambience", 800))
    assert stage.view.canvas.pointing.preview.outline == ("ambience", TimeRange(7 * S, 8 * S))
    assert len(stage.model.project.events) == 3
    stage.release(stage.lane_at("ambience", 800))
    assert stage.view.canvas.pointing.preview.outline is None


@pytest.mark.parametrize("part", ["body", "start", "end", "hit", "lane", "ruler", "mark"])
def test_escape_leaves_everything_as_it_was(stage: Stage, part: str) -> None:
    stage.playhead.seek(S)
    stage.playhead.set_mark_in(8 * S)
    stage.model.select("steps")
    before = (stage.model.project, stage.playhead.position, stage.playhead.mark_in, stage.model.selected)
    starts = {
        "body": stage.title_at("steps", 200),
        "start": stage.title_at("steps", 102),
        "end": stage.title_at("steps", 298),
        "hit": stage.hit_at("steps", 0),
        "lane": stage.lane_at("fx", 800),
        "ruler": QPoint(500, 5),
        "mark": QPoint(800, 5),
    }
    stage.press(starts[part])
    stage.move(starts[part] + QPoint(37, 0))
    stage.key(Qt.Key.Key_Escape)
    stage.move(starts[part] + QPoint(50, 0))
    stage.release(starts[part] + QPoint(50, 0))
    after = (stage.model.project, stage.playhead.position, stage.playhead.mark_in, stage.model.selected)
    assert after == before
    assert stage.model.undo_stack.count() == 0
    assert stage.view.canvas.pointing.preview.events == {}


def test_ruler_and_guide_seek_and_scrub(stage: Stage) -> None:
    sought: list[int] = []
    stage.playhead.sought.connect(sought.append)
    stage.click(QPoint(300, 5))
    stage.drag(QPoint(400, RULER_PX + 8), QPoint(450, RULER_PX + 8), QPoint(500, RULER_PX + 8))
    assert sought == [3 * S, 4 * S, round(4.5 * S), 5 * S]
    assert stage.model.undo_stack.count() == 0


def test_alt_drag_marks_in_and_out_and_marks_can_be_dragged(stage: Stage) -> None:
    stage.drag(QPoint(700, 5), QPoint(500, 5), keys=ALT)
    assert (stage.playhead.mark_in, stage.playhead.mark_out) == (5 * S, 7 * S)
    assert stage.playhead.position == 0
    stage.drag(QPoint(700, 5), QPoint(800, 5), keys=NONE)
    stage.drag(QPoint(500, 5), QPoint(400, 5), keys=NONE)
    assert (stage.playhead.mark_in, stage.playhead.mark_out) == (4 * S, 8 * S)


def test_read_only_project_selects_and_seeks_but_edits_nothing(stage: Stage) -> None:
    stage.model.show_project(small_project(), read_only_reason="open in another window")
    before = stage.model.project
    stage.drag(stage.title_at("steps", 200), stage.title_at("steps", 300))
    stage.drag(stage.lane_at("fx", 700), stage.lane_at("fx", 800))
    QTest.mouseDClick(stage.view.canvas, LEFT, NONE, stage.title_at("door", 450))
    stage.model.select("steps")
    stage.key(Qt.Key.Key_Delete)
    stage.view.nudge_frames(1)
    stage.view.tap_hit()
    assert stage.model.project is before
    assert any("open in another window" in words for words in stage.said)
    stage.click(QPoint(300, 5))
    assert stage.playhead.position == 3 * S
    assert not stage.view.heads.heads["feet"].mute.isEnabled()
    assert "Read-only" in stage.view.accessibleDescription()


@pytest.mark.parametrize("turn", [120, 360, -120])
@pytest.mark.parametrize("x", [0.0, 333.0, 990.0])
def test_zoom_keeps_the_sample_under_the_mouse(stage: Stage, x: float, turn: int) -> None:
    stage.axis.zoom(8, around_x=500)
    before = stage.axis.sample_at(x)
    wheel(stage, x, turn, Qt.KeyboardModifier.ControlModifier)
    assert stage.axis.samples_per_pixel != PX / 8
    assert abs(stage.axis.sample_at(x) - before) <= stage.axis.samples_per_pixel


def test_shift_wheel_goes_along_the_film(stage: Stage) -> None:
    stage.axis.zoom(4, around_x=0)
    wheel(stage, 100, -120, SHIFT)
    assert stage.axis.first_sample > 0
    assert stage.view.along.value() > 0


def test_wheel_scrolls_lanes_that_do_not_fit(stage: Stage, qtbot: QtBot) -> None:
    stage.view.resize(stage.view.width(), 170)
    qtbot.waitUntil(lambda: stage.view.canvas.rows.hidden_px > 0)
    wheel(stage, 100, -120, NONE)
    assert stage.view.canvas.rows.lanes[0].top < stage.view.canvas.rows.lanes_top
    assert stage.view.down.isVisible()
    assert stage.axis.first_sample == 0


def test_zoom_to_selection_and_to_all(stage: Stage) -> None:
    stage.model.select("door")
    stage.view.zoom_to_selection()
    assert 0 < stage.axis.x_of(4 * S) < 100
    assert 900 < stage.axis.x_of(6 * S) < 1000
    stage.view.zoom_to_all()
    assert stage.axis.samples_per_pixel == PX


def test_nudging_by_frame_and_millisecond(stage: Stage) -> None:
    stage.model.select("steps")
    stage.key(Qt.Key.Key_Period, ALT)
    assert stage.event("steps").range.start_samples == S + S // 25
    stage.key(Qt.Key.Key_Comma, ALT)
    stage.view.nudge_ms(-1)
    assert stage.event("steps").range.start_samples == S - 48
    assert stage.said[-1] == "Event nudged by -1.0 ms to 01:00:00:24"


def test_nudging_moves_the_picked_hit_point_alone(stage: Stage) -> None:
    stage.click(stage.hit_at("steps", 0))
    stage.view.nudge_ms(5)
    assert stage.event("steps").range == STEPS.range
    assert stage.event("steps").hit_points[0].sample == round(1.5 * S) + 240


def test_a_tap_inside_the_selected_event_is_a_hit_of_it(stage: Stage) -> None:
    event = stage.model.project.events[0]
    stage.model.select(event.id)
    inside = event.range.start_samples + event.range.duration_samples // 2 + 7
    stage.playhead.follow(inside)
    stage.view.tap_hit()
    assert stage.model.selected is not None
    assert inside in [hit.sample for hit in stage.model.selected.hit_points]
    assert stage.view.canvas.taps.hits == ()


def test_taps_close_together_become_one_event_in_one_step(stage: Stage, qtbot: QtBot) -> None:
    stage.view.canvas.taps.timer.setInterval(10)
    stage.model.select("door")
    for second in (7.0, 7.5, 8.2):
        stage.playhead.follow(round(second * S))
        stage.view.tap_hit()
    qtbot.waitUntil(lambda: len(stage.model.project.events) == 4)
    made = stage.model.selected
    assert made is not None
    assert [hit.sample for hit in made.hit_points] == [7 * S, round(7.5 * S), round(8.2 * S)]
    assert (made.lane, made.range) == ("props", TimeRange(round(6.9 * S), round(8.7 * S)))
    assert stage.model.undo_stack.count() == 1


def test_taps_apart_become_two_events(stage: Stage, qtbot: QtBot) -> None:
    stage.view.canvas.taps.timer.setInterval(10)
    for second in (7.0, 8.2):
        stage.playhead.follow(round(second * S))
        stage.view.tap_hit()
    qtbot.waitUntil(lambda: len(stage.model.project.events) == 5)


def test_lane_heads_change_the_mix_and_follow_undo(stage: Stage) -> None:
    head = stage.view.heads.heads["props"]
    QTest.mouseClick(head.mute, LEFT)
    head.gain.setValue(-6.5)
    lane = next(lane for lane in stage.model.project.lanes if lane.name == "props")
    assert (lane.muted, lane.gain_db) == (True, -6.5)
    stage.model.undo_stack.undo()
    stage.model.undo_stack.undo()
    assert (head.mute.isChecked(), head.gain.value()) == (False, 0.0)
    assert head.mute.accessibleName() == "Mute Props"


def test_guide_head_sets_the_guide(stage: Stage) -> None:
    QTest.mouseClick(stage.view.heads.guide.mute, LEFT)
    stage.view.heads.guide.gain.setValue(-20)
    assert stage.model.project.settings == {"guide_muted": True, "guide_gain_db": -20.0}


def test_selected_event_is_said_in_words(stage: Stage) -> None:
    stage.model.select("found")
    words = stage.view.accessibleDescription()
    assert words.startswith("Cue 3: cloth (footstep); moves, suggested; 01:00:04:00 to 01:00:06:00, 2.00 s")
    assert "64% sure: 2 contacts seen" in words


def test_hint_says_what_can_be_done_under_the_mouse(stage: Stage) -> None:
    QTest.mouseMove(stage.view.canvas, stage.title_at("door", 450))
    assert stage.said[-1].startswith("Drag to move")
    QTest.mouseMove(stage.view.canvas, stage.lane_at("fx", 450))
    assert stage.said[-1].startswith("Drag to make an event")


def test_page_turns_with_playback_but_not_when_the_user_looks_elsewhere(stage: Stage) -> None:
    stage.axis.show_range(TimeRange(0, S))
    stage.playhead.play()
    stage.playhead.follow(S // 2)
    stage.playhead.follow(round(1.5 * S))
    assert 0 <= stage.axis.x_of(round(1.5 * S)) < stage.axis.width_px
    stage.axis.scroll_to(6 * S)
    first = stage.axis.first_sample
    stage.playhead.follow(round(1.6 * S))
    assert stage.axis.first_sample == first


def test_event_that_vanishes_during_its_drag_ends_the_drag(stage: Stage) -> None:
    start = stage.title_at("steps", 200)
    stage.press(start)
    stage.move(start + QPoint(50, 0))
    stage.model.edit("other", stage.model.project.without_event("steps"))
    stage.move(start + QPoint(60, 0))
    stage.release(start + QPoint(60, 0))
    assert [event.id for event in stage.model.project.events] == ["door", "found"]


def test_project_without_film_refuses_an_event_in_words(stage: Stage) -> None:
    stage.model.show_project(replace(small_project(), clip=None, events=(), setups={}))
    stage.drag(stage.lane_at("fx", 100), stage.lane_at("fx", 200))
    assert stage.said[-1] == "This project has no film yet: open a video first."


def test_enter_in_a_level_gives_the_keys_back_to_the_lanes(stage: Stage) -> None:
    stage.view.activateWindow()
    level = stage.view.heads.heads["feet"].gain
    level.setFocus()
    QTest.keyClick(level, Qt.Key.Key_Return)
    assert stage.view.canvas.hasFocus()


def test_a_level_typed_after_a_click_replaces_the_old_one(stage: Stage) -> None:
    level = stage.view.heads.heads["feet"].gain
    stage.view.activateWindow()
    QTest.mouseClick(level.lineEdit(), LEFT, pos=QPoint(4, 10))
    QApplication.processEvents()
    QTest.keyClicks(level, "-6")
    QTest.keyClick(level, Qt.Key.Key_Return)
    assert level.value() == -6.0
