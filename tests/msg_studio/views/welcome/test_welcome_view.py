"""The page before a project is open: every way to begin, by mouse, key and drop."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from msg_studio.files.recent_projects import RecentProject
from msg_studio.look.theme import apply_theme
from msg_studio.views.welcome.welcome_view import WelcomeView
from tests.msg_studio.scene import saved_project

COPY, LEFT, NO_KEYS = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def view(qtbot: QtBot) -> WelcomeView:
    made = WelcomeView()
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    return made


def mime_of(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drag(view: WelcomeView, mime: QMimeData) -> None:
    QApplication.sendEvent(view.viewport(), QDragEnterEvent(QPoint(10, 10), COPY, mime, LEFT, NO_KEYS))


def drop(view: WelcomeView, mime: QMimeData) -> None:
    drag(view, mime)
    QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(10, 10), COPY, mime, LEFT, NO_KEYS))


def test_film_is_picked_in_a_dialog_that_does_not_block(qtbot: QtBot, view: WelcomeView) -> None:
    qtbot.mouseClick(view.open_film, LEFT)
    assert view.dialog is not None
    with qtbot.waitSignal(view.film_picked) as picked:
        view.dialog.fileSelected.emit("/films/harbour.mp4")
    assert picked.args == [Path("/films/harbour.mp4")]
    view.dialog.reject()
    qtbot.waitUntil(lambda: view.dialog is None)


def test_project_is_picked_in_a_dialog(qtbot: QtBot, view: WelcomeView) -> None:
    qtbot.keyClick(view.open_project, Qt.Key.Key_Space)
    assert view.dialog is not None
    with qtbot.waitSignal(view.project_picked) as picked:
        view.dialog.fileSelected.emit("/films/Harbour.msgproj")
    assert picked.args == [Path("/films/Harbour.msgproj")]
    view.dialog.reject()


def test_dialogs_begin_where_they_are_told_each_time(qtbot: QtBot, tmp_path: Path) -> None:
    folders = [tmp_path / "reels", tmp_path / "projects"]
    for folder in folders:
        folder.mkdir()
    told = iter(folders)
    view = WelcomeView(dialog_folder=lambda: next(told))
    qtbot.addWidget(view)
    for ask, folder in zip((view.ask_for_film, view.ask_for_project), folders, strict=True):
        ask()
        assert view.dialog is not None
        assert Path(view.dialog.directory().absolutePath()) == folder
        view.dialog.reject()
        qtbot.waitUntil(lambda: view.dialog is None)


def test_sample_is_one_press_away(qtbot: QtBot, view: WelcomeView) -> None:
    with qtbot.waitSignal(view.sample_wanted):
        qtbot.mouseClick(view.open_sample, LEFT)


def test_dropped_film_and_project_are_opened(qtbot: QtBot, view: WelcomeView, tmp_path: Path) -> None:
    with qtbot.waitSignal(view.film_picked) as film:
        drop(view, mime_of(tmp_path / "a.mp4"))
    assert film.args == [tmp_path / "a.mp4"]
    folder = saved_project(tmp_path)
    with qtbot.waitSignal(view.project_picked) as project:
        drop(view, mime_of(folder))
    assert project.args == [folder]


def test_frame_says_what_a_drop_would_do_and_goes_again(view: WelcomeView, tmp_path: Path) -> None:
    drag(view, mime_of(tmp_path / "a.mp4"))
    assert view.drop_words == "Open the video a.mp4"
    QApplication.sendEvent(view.viewport(), QDragLeaveEvent())
    assert view.drop_words == ""


def test_bad_drop_says_why_until_something_better_comes(
    qtbot: QtBot, view: WelcomeView, tmp_path: Path
) -> None:
    with qtbot.assertNotEmitted(view.film_picked), qtbot.assertNotEmitted(view.project_picked):
        drop(view, mime_of(tmp_path / "note.txt"))
    assert view.problem.isVisible()
    assert "note.txt is a .txt file" in view.problem.text()
    assert view.drop_words == ""
    drop(view, mime_of(tmp_path / "a.mp4"))
    assert not view.problem.isVisible()


def test_text_dragged_from_elsewhere_is_no_file(view: WelcomeView) -> None:
    mime = QMimeData()
    mime.setText("hello")
    drop(view, mime)
    assert "no file of this machine" in view.problem.text()


def test_recent_projects_open_and_gone_ones_only_leave(
    qtbot: QtBot, view: WelcomeView, tmp_path: Path
) -> None:
    gone = tmp_path / "Old.msgproj"
    view.show_recent([RecentProject(tmp_path, "Harbour"), RecentProject(gone, "Old", present=False)])
    first, second = view.recent.rows
    with qtbot.waitSignal(view.project_picked) as picked:
        qtbot.mouseClick(first, LEFT)
    assert picked.args == [tmp_path]
    assert not second.isEnabled()
    assert "not found" in second.accessibleDescription()
    with qtbot.waitSignal(view.recent_removed) as removed:
        qtbot.mouseClick(view.recent.removers[1], LEFT)
    assert removed.args == [gone]
    view.show_recent([])
    assert view.recent.rows == []


def test_checks_are_told_by_word(view: WelcomeView) -> None:
    assert view.checks.text_of("Engine")[1] == "waiting"
    view.set_check("Engine", "starter, on cpu", "good")
    view.set_check("Disk", "full", "trouble")
    assert view.checks.text_of("Engine") == ("starter, on cpu", "good")
    assert view.checks.text_of("Disk") == ("full", "trouble")
    with pytest.raises(ValueError, match="waiting, good, trouble"):
        view.set_check("Engine", "?", "perhaps")


def test_every_control_has_a_name_and_room_for_the_pointer(view: WelcomeView) -> None:
    view.show_recent([RecentProject(Path("/a/Harbour.msgproj"), "Harbour")])
    QApplication.processEvents()
    ours = [one for one in view.findChildren(QAbstractButton) if one.isVisible()]
    assert len(ours) == 5
    for control in ours:
        assert control.accessibleName()
        assert min(control.width(), control.height()) >= 24


@pytest.mark.parametrize("name", ["light", "dark"])
def test_signs_follow_the_theme(qtbot: QtBot, view: WelcomeView, name: str) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    view.set_check("Sound", "on", "good")
    theme = apply_theme(application, name)  # type: ignore[arg-type]
    word = view.checks.findChildren(type(view.problem))[3]
    assert word.text() == "good"
    assert word.palette().color(word.foregroundRole()) == theme.ok


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_card_is_opened_by_keys(qtbot: QtBot, view: WelcomeView, key: Qt.Key) -> None:
    with qtbot.waitSignal(view.sample_wanted):
        qtbot.keyClick(view.open_sample, key)
