from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.assets import asset_path
from engine.errors import OutputLocationError
from engine.project.project import new_project
from msg_studio.views.export_dialog import (
    ExportChoice,
    ExportDialog,
    check_folder,
    default_folder,
    left_out,
)
from tests.msg_studio.scene import make_film, opened_project


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> ExportDialog:
    dialog = ExportDialog(opened_project(), tmp_path / "Film.msgproj")
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def test_export_goes_beside_the_project_by_default(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    dialog.preview_box.setChecked(False)
    with qtbot.waitSignal(dialog.export_wanted) as asked:
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    assert asked.args == [ExportChoice(tmp_path / "Film_export", preview=False, cue_sheet=True)]
    assert not dialog.isVisible()
    assert list(tmp_path.iterdir()) == []  # nothing is written by asking


def test_nothing_is_exported_beside_the_sample_film() -> None:
    sample = new_project("Sample", make_film(asset_path("demo", "demo.mp4")))
    assert default_folder(sample, None) == Path.home() / "Sample_export"
    mine = new_project("Film", make_film(Path("/films/film.mp4")))
    assert default_folder(mine, None) == Path("/films/Film_export")


def test_what_is_left_out_is_named(dialog: ExportDialog) -> None:
    assert [dialog.left_out_list.item(0).text()] == ["Cue 2, door close: only suggested"]
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "1 of 2 events are exported. Left out:" in words
    unchosen = opened_project().with_chosen("e001", None)
    assert left_out(unchosen)[0] == "Cue 1, footstep: no take chosen"


@pytest.mark.parametrize("place", ["vanished/deep", "file"])
def test_a_bad_folder_is_refused_at_once(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").touch()
    dialog.folder_box.setText(str(tmp_path / place))
    assert dialog.problem.isVisible()
    assert str(tmp_path / place) in dialog.problem.text()
    assert not dialog.export_button.isEnabled()
    dialog.folder_box.setText(str(tmp_path))
    assert not dialog.problem.isVisible()
    assert dialog.export_button.isEnabled()


def test_a_folder_that_vanishes_meanwhile_is_refused(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    place = tmp_path / "drive"
    place.mkdir()
    dialog.folder_box.setText(str(place / "stems"))
    place.rmdir()
    with qtbot.assertNotEmitted(dialog.export_wanted):
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert "does not exist" in dialog.problem.text()


def test_nothing_chosen_or_no_film_is_nothing_to_export(qtbot: QtBot, tmp_path: Path) -> None:
    for project, words in (
        (replace(opened_project(), chosen=frozenset()), "no event has a chosen take"),
        (new_project("Empty"), "no film"),
    ):
        dialog = ExportDialog(project, tmp_path)
        qtbot.addWidget(dialog)
        assert words in dialog.problem.text()
        assert not dialog.export_button.isEnabled()


def test_a_place_where_nothing_can_be_written_is_refused() -> None:
    with pytest.raises(OutputLocationError, match="Cannot write /proc/export"):
        check_folder(Path("/proc/export"))


def test_escape_leaves_without_exporting(qtbot: QtBot, dialog: ExportDialog) -> None:
    with qtbot.assertNotEmitted(dialog.export_wanted):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_return_in_the_folder_exports(qtbot: QtBot, dialog: ExportDialog) -> None:
    with qtbot.waitSignal(dialog.export_wanted):
        qtbot.keyClick(dialog.folder_box, Qt.Key.Key_Return)
