"""The window with the sample project in it, all panes filled: what the benches measure."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from msg_studio.app import make_application
from msg_studio.event_wait import wait_until
from msg_studio.private_folders import private_user_folders
from msg_studio.studio import Studio
from msg_studio.workers.engine_client import EngineClient

LIMIT_S = 60.0


@contextmanager
def sample_window(*, engine: Callable[[QObject], EngineClient] | None = None) -> Iterator[Studio]:
    """Open the window with the sample project, its first event selected, and close it at the end.

    It is drawn without a display unless the surroundings say otherwise.

    Args:
        engine: Gives the engine's client; one for the installed engine when None.

    Raises:
        WorkError: When a part of it does not come.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with private_user_folders():
        make_application()
        studio = Studio(engine=engine)
        try:
            studio.window.show()
            fill(studio)
            yield studio
        finally:
            studio.shut_down()
            QApplication.processEvents()


def fill(studio: Studio) -> None:
    """Open the sample project and wait until picture and heatmaps are there.

    Raises:
        WorkError: When they do not come.
    """
    arrived = []
    studio.ready.connect(lambda: arrived.append(True))
    studio.start()
    wait_until(lambda: bool(arrived), "What works behind the window", limit_s=LIMIT_S)
    model, work = studio.workshop.stage.model, studio.window.work
    studio.open_sample()
    wait_until(lambda: model.is_open, "The sample project", limit_s=LIMIT_S)
    model.select(model.project.events[0].id)
    wait_until(lambda: work.picture.picture is not None, "The first picture", limit_s=LIMIT_S)
    wait_until(lambda: work.maps.plots is not None, "The heatmap", limit_s=LIMIT_S)
