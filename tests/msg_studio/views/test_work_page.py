"""The page of a project: what comes and goes beside the cues moves nothing else."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from msg_studio.qt_models.job_list import JobList
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.stepping import even_stepping
from msg_studio.qt_models.time_axis import TimeAxis
from msg_studio.views.work_page import WorkPage
from tests.msg_studio.scene import DOOR, opened_project

SMALL = (1280, 676)  # what menus and status line leave of 1280x720


@pytest.fixture
def jobs(qapp: QApplication) -> JobList:
    return JobList(qapp)


@pytest.fixture
def page(qtbot: QtBot, jobs: JobList) -> Iterator[WorkPage]:
    window = QWidget()
    qtbot.addWidget(window)
    model, playhead = ProjectModel(window), Playhead(window)
    model.show_project(opened_project())
    playhead.set_duration(100 * 48_000)
    made = WorkPage(model, playhead, TimeAxis(window), jobs, stepping=even_stepping(model), parent=window)
    window.resize(*SMALL)
    made.resize(*SMALL)
    window.show()
    QApplication.processEvents()
    yield made
    made.maps.close()


def places(page: WorkPage) -> list[QPoint]:
    """Corners of the parts that must keep still."""
    parts = (page.timeline, page.picture, page.maps, page.inspector, page.takes, page.transport)
    return [
        part.mapTo(page, corner) for part in parts for corner in (QPoint(0, 0), part.rect().bottomRight())
    ]


def test_a_job_moves_nothing_but_the_cues(page: WorkPage, jobs: JobList, qtbot: QtBot) -> None:
    before = places(page)
    jobs.add(1, "Generate 4 takes of glass smash", event_id="e001")
    qtbot.waitUntil(page.jobs.isVisible)
    QApplication.processEvents()
    assert places(page) == before


def test_the_playhead_goes_to_the_next_suggestion(page: WorkPage) -> None:
    page.cues.next_suggestion()
    assert page.transport.timecode.label == "01:01:01:06"
    assert DOOR.range.start_samples == page.cues.cues.record(1).event.range.start_samples


def test_all_lanes_are_seen_in_a_small_window(page: WorkPage) -> None:
    assert page.timeline.canvas.rows.hidden_px == 0
