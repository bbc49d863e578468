"""msg-studio --selftest: the whole studio once, without a display: font, sample, engine, one job, close."""

import sys
from collections.abc import Callable

import numpy as np
from PySide6.QtGui import QFontInfo, QImage
from PySide6.QtWidgets import QApplication

from engine.errors import MissingComponentError, StudioError, WorkError
from msg_studio.app import make_application
from msg_studio.event_wait import wait_until
from msg_studio.look.fonts import FAMILY
from msg_studio.private_folders import private_user_folders
from msg_studio.studio import Studio
from msg_studio.workers.engine_client import EngineClient
from msg_studio.workshop import Workshop

LOADING_LIMIT_S = 60.0
SAMPLE_LIMIT_S = 30.0
ENGINE_LIMIT_S = 120.0
JOB_LIMIT_S = 120.0
FEWEST_COLOURS = 200  # a blank window has a handful


def run_selftest(say: Callable[[str], object] = sys.stdout.write) -> int:
    """Start everything that a user starts, use it once and end it; says a line for each step.

    Args:
        say: Takes each line.

    Returns:
        0 when all of it works, 3 when something is missing, 4 when something failed.
    """
    with private_user_folders():
        try:
            _try_studio(say)
        except StudioError as error:
            say(f"FAILED       {error}\n")
            return 3 if error.exit_code == 3 else 4
    say("selftest     passed\n")
    return 0


def _try_studio(say: Callable[[str], object]) -> None:
    application = make_application()
    studio = Studio()
    try:
        studio.window.show()
        say(f"font         {_check_font(application)}\n")
        _await_workshop(studio)
        say(f"sample       {_open_sample(studio)}\n")
        say(f"window       {_check_picture(studio.window.grab().toImage())}\n")
        say(f"engine       {_await_engine(studio.workshop.engine)}\n")
        say(f"find events  {_find_events(studio.workshop)}\n")
    finally:
        studio.shut_down()
    say("close        clean\n")


def _await_workshop(studio: Studio) -> None:
    arrived = []
    studio.ready.connect(lambda: arrived.append(True))
    studio.start()
    wait_until(lambda: bool(arrived), "What works behind the window", limit_s=LOADING_LIMIT_S)


def _check_font(application: QApplication) -> str:
    family = QFontInfo(application.font()).family()
    if family != FAMILY:
        raise MissingComponentError(
            f"Text is drawn with the font {family!r}, wanted is {FAMILY!r}. Install the program again."
        )
    return family


def _open_sample(studio: Studio) -> str:
    model, picture = studio.workshop.stage.model, studio.window.work.picture
    studio.open_sample()
    wait_until(lambda: model.is_open, "The sample project", limit_s=SAMPLE_LIMIT_S)
    project = model.project
    lost = [take.id for take in project.takes if not take.path.is_file()]
    if project.clip is None or not project.clip.path.is_file():
        lost.append("the film")
    if lost or not project.takes:
        raise MissingComponentError(
            f"The sample project is not whole: {', '.join(lost) or 'its takes'} missing. "
            "Install the program again."
        )
    model.select(project.events[0].id)
    wait_until(lambda: picture.picture is not None, "The first picture", limit_s=SAMPLE_LIMIT_S)
    return f"{len(project.events)} events, {len(project.takes)} takes"


def _check_picture(image: QImage) -> str:
    pixels = image.convertToFormat(QImage.Format.Format_RGB32)
    colours = len(np.unique(np.frombuffer(pixels.constBits(), dtype=np.uint32)))
    if colours < FEWEST_COLOURS:
        raise WorkError(f"The window is blank: it shows {colours} colours, wanted are {FEWEST_COLOURS}.")
    return f"{image.width()} x {image.height()}, {colours} colours"


def _await_engine(engine: EngineClient) -> str:
    seconds = wait_until(
        lambda: engine.model is not None or engine.state == "stopped",
        f"The engine (its log: {engine.log_path})",
        limit_s=ENGINE_LIMIT_S,
    )
    if engine.model is None:
        raise MissingComponentError(f"The engine does not start. {engine.reason}")
    return f"{engine.model.model} on {engine.model.device}, ready after {seconds:.1f} s"


def _find_events(workshop: Workshop) -> str:
    stage = workshop.stage
    workshop.orders.find_events()
    number = stage.jobs.jobs[-1].number
    seconds = wait_until(
        lambda: not stage.jobs.job(number).is_open, "The answer of the engine", limit_s=JOB_LIMIT_S
    )
    job = stage.jobs.job(number)
    if job.state != "done":
        raise WorkError(f"The engine was asked for events and {job.state}: {job.message}")
    project = stage.model.project
    found = [event for event in project.events if project.setup(event.id).status == "suggested"]
    return f"{len(found)} suggested in {seconds:.1f} s"
