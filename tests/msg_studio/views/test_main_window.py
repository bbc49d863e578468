from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo, QImage, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from msg_studio.app import make_window, take_down
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.theme import apply_theme
from msg_studio.views.main_window import MainWindow
from tests.msg_studio.scene import saved_project

MAP_COLOUR = QColor("#cc8800")


@pytest.fixture
def model(qapp: QApplication) -> ProjectModel:
    return ProjectModel(qapp)


@pytest.fixture
def window(model: ProjectModel, qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    apply_theme(qapp)
    window = make_window(model)
    with qtbot.waitExposed(window):
        window.show()
    yield window
    take_down(window)


def write_heatmap(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    picture = QImage(64, 48, QImage.Format.Format_RGB32)
    picture.fill(MAP_COLOUR)
    assert picture.save(str(path))


def test_window_without_project_invites_to_open_one(window: MainWindow) -> None:
    assert window.pages.currentIndex() == 0
    assert window.pages.currentWidget().text() == "Open a project with File > Open project (Ctrl+O)."


def test_project_fills_the_window_and_selects_the_first_cue(
    window: MainWindow, model: ProjectModel, tmp_path: Path
) -> None:
    write_heatmap(tmp_path / "heatmaps" / "e001_t2.png")
    model.open(saved_project(tmp_path))
    assert window.windowTitle() == "Film - MultiSoundGen Studio"
    assert window.statusBar().currentMessage() == "no film: 2 events, 2 takes, starts at 01:00:00:00"
    assert [index.row() for index in window.cue_table.selectionModel().selectedRows()] == [0]
    assert window.take_table.model().rowCount() == 2
    picture = window.heatmap.grab().toImage()
    assert picture.pixelColor(picture.width() // 2, picture.height() // 2) == MAP_COLOUR


def test_arrow_key_walks_to_the_next_cue(
    window: MainWindow, model: ProjectModel, qtbot: QtBot, tmp_path: Path
) -> None:
    model.open(saved_project(tmp_path))
    qtbot.keyClick(window.cue_table, Qt.Key.Key_Down)
    assert model.selected is not None
    assert model.selected.id == "e002"
    assert window.take_table.model().rowCount() == 0
    assert window.heatmap.text() == "No heatmap of e002 here: msg-engine score makes one."


def test_second_project_replaces_the_first(window: MainWindow, model: ProjectModel, tmp_path: Path) -> None:
    model.open(saved_project(tmp_path))
    (tmp_path / "other").mkdir()
    model.open(saved_project(tmp_path / "other"))
    assert window.cue_table.model().rowCount() == 2
    assert [index.row() for index in window.cue_table.selectionModel().selectedRows()] == [0]


def test_project_that_cannot_be_opened_leaves_the_present_one(
    window: MainWindow, model: ProjectModel, tmp_path: Path
) -> None:
    model.open(saved_project(tmp_path))
    window.project_picked.emit(tmp_path / "Nothing.msgproj")
    assert "Nothing.msgproj" in window.statusBar().currentMessage()
    assert window.windowTitle() == "Film - MultiSoundGen Studio"


def test_text_is_drawn_with_a_real_font_on_our_palette(window: MainWindow, qapp: QApplication) -> None:
    assert QFontInfo(qapp.font()).family()
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor("#26282c")
    assert window.grab().toImage().pixelColor(2, window.height() - 40) != QColor("#efefef")
