"""`python -m msg_studio.screenshots OUT`: pictures of the window on the sample project."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from engine.errors import OutputLocationError, StudioError, WriteError
from msg_studio.bench.sample_window import sample_window
from msg_studio.event_wait import wait_until
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.studio import Studio

LARGE, SMALL = (1440, 900), (1280, 720)
LIMIT_S = 120.0
SETTLE_MS = 400  # for what is painted a moment later: exact picture, wrapped words
WITHOUT_TAKES = "wind"

Out = Annotated[
    Path, typer.Argument(metavar="OUT", help="Folder for the pictures; made where it is missing.")
]


class Album:
    """Pictures of one window, written as PNG.

    Args:
        out: Their folder, which exists.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self.paths: list[Path] = []

    def take(self, name: str, widget: QWidget) -> None:
        """Write what a widget shows now.

        Raises:
            WriteError: When the disk refuses.
        """
        settle()
        path = self._out / f"{name}.png"
        if not widget.grab().save(str(path), "PNG"):
            raise WriteError(f"{path} could not be written: check that there is room and that you may write.")
        self.paths.append(path)


def settle() -> None:
    """Let the window come to rest."""
    loop = QEventLoop()
    QTimer.singleShot(SETTLE_MS, loop.quit)
    loop.exec()


def photograph(studio: Studio, album: Album) -> None:
    """Take all pictures of a window that shows the sample project.

    Raises:
        StudioError: When the engine does not do its part, or the disk refuses.
    """
    window, workshop = studio.window, studio.workshop
    window.resize(*LARGE)
    workshop.stage.playhead.seek(workshop.stage.model.project.events[0].hit_points[1].sample)
    album.take("window", window)
    window.action("light").trigger()
    album.take("window_light", window)
    window.action("dark").trigger()
    window.resize(*SMALL)
    album.take("window_small", window)
    window.resize(*LARGE)
    album.take("heatmaps", window.work.maps)
    album.take("timeline", window.work.timeline)
    for name, action in (("keys", "keys"), ("export", "export")):
        window.action(action).trigger()
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        album.take(name, dialog)
        dialog.close()
    generate(studio, album)
    compare(studio, album)
    workshop.files.close()
    album.take("welcome", window)


def generate(studio: Studio, album: Album) -> None:
    """Have takes made of the event that has none, with a picture while they are and one after."""
    stage, workshop = studio.workshop.stage, studio.workshop
    wait_until(lambda: workshop.engine.state == "ready", "The engine", limit_s=LIMIT_S)
    setups = stage.model.project.setups
    event_id = next(event for event, setup in setups.items() if setup.prompt == WITHOUT_TAKES)
    stage.model.select(event_id)
    workshop.orders.generate(event_id, GenerateOptions(takes=4, steps=25, guidance=2.5, seed=1))
    wait_until(lambda: stage.jobs.jobs[-1].done > 2, "The first steps", limit_s=LIMIT_S)
    album.take("generating", studio.window)
    wait_until(lambda: not stage.jobs.unfinished(), "The takes", limit_s=LIMIT_S)
    album.take("takes", studio.window)


def compare(studio: Studio, album: Album) -> None:
    """Compare the takes just made: one vote given and its reason, then how the page ends."""
    workshop, window = studio.workshop, studio.window
    playhead = workshop.stage.playhead
    window.action("compare").trigger()
    view = workshop.compare.view
    assert view is not None
    for verdict in ("second", ""):
        wait_until(lambda: playhead.playing, "The sound of a trial", limit_s=LIMIT_S)
        for side, plate in view.plates.items():
            view.side_wanted.emit(side)
            wait_until(partial(getattr, plate, "heard_enough"), "Enough of a side", limit_s=LIMIT_S)
        if verdict:
            view.answered.emit(verdict)
            view.reason_given.emit("T")
    album.take("compare", window)
    window.action("light").trigger()
    album.take("compare_light", window)
    window.action("dark").trigger()
    while not view.ended:
        wait_until(lambda: playhead.playing, "The sound of a trial", limit_s=LIMIT_S)
        view.skipped.emit()
    album.take("compare_end", window)
    view.left.emit()


def make_folder(out: Path) -> Path:
    """Make the folder for the pictures where it is missing.

    Raises:
        OutputLocationError: When it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputLocationError(
            f"The folder {out} cannot be made ({error.strerror}): choose another."
        ) from error
    return out


def main(out: Out) -> None:
    """Write pictures of the window on the sample project."""
    try:
        album = Album(make_folder(out))
        with sample_window() as studio:
            photograph(studio, album)
    except StudioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    for path in album.paths:
        typer.echo(str(path))


if __name__ == "__main__":
    typer.run(main)
