"""Two windows in two processes on one project: the second one reads only, until the first one is gone."""

import subprocess
import sys
from pathlib import Path

from pytestqt.qtbot import QtBot

from msg_studio.files.project_files import ProjectFiles
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.workers.autosave import Autosave
from tests.msg_studio.scene import saved_project

FIRST_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from msg_studio.files.project_files import ProjectFiles
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.workers.autosave import Autosave
application = QCoreApplication([])
model = ProjectModel()
root = Path(sys.argv[2])
files = ProjectFiles(model, Autosave(model, root=root / "working"), root=root, recent_file=root / "r.json")
files.opened.connect(lambda: (sys.stdout.write("open\\n"), sys.stdout.flush()))
files.open_folder(Path(sys.argv[1]))
application.exec()
"""


def test_first_window_edits_second_reads_and_a_crash_gives_the_project_free(
    qtbot: QtBot, tmp_path: Path
) -> None:
    folder = saved_project(tmp_path)
    model = ProjectModel()
    autosave = Autosave(model, root=tmp_path / "user" / "working")
    files = ProjectFiles(model, autosave, root=tmp_path / "user", recent_file=tmp_path / "recent.json")
    command = [sys.executable, "-c", FIRST_WINDOW, str(folder), str(tmp_path / "user")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as first:
        try:
            assert first.stdout is not None
            assert first.stdout.readline() == "open\n"
            with qtbot.waitSignal(files.opened):
                files.open_folder(folder)
            assert f"on this machine (process {first.pid}, since " in model.read_only_reason
        finally:
            first.kill()
    with qtbot.waitSignal(files.opened):
        files.open_folder(folder)
    assert model.read_only_reason == ""
    files.close()
    files.shut_down()
    autosave.shut_down()
