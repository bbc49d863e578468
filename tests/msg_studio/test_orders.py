"""Orders to the engine and what becomes of the answers, with an engine that only notes what it is asked."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Signal

from engine.errors import InputError
from engine.progress import Progress
from engine.project.project import EventSetup, new_project
from engine.project.snapshot import project_from_json
from engine.protocol import (
    EventsFound,
    ExportStems,
    FindEvents,
    GenerateTakes,
    MapMade,
    Order,
    ScoreGuide,
    ScoreTake,
    TakesMade,
)
from engine.records import FoundEvent
from msg_studio.map_shelf import MapShelf
from msg_studio.orders import EngineOrders, first_seed
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.qt_models.job_list import JobList
from msg_studio.qt_models.project_model import ProjectModel
from tests.msg_studio.scene import DOOR, STEP, make_film, make_take

OPTIONS = GenerateOptions(takes=2, steps=5, guidance=2.5, seed=None)


class NotingEngine(QObject):
    """Takes orders and does nothing."""

    progressed = Signal(int, object)
    finished = Signal(int, object)
    failed = Signal(int, str, str)
    cancelled = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Order] = []
        self.cancels: list[int] = []

    def submit(self, order: Order) -> int:
        self.orders.append(order)
        return len(self.orders)

    def cancel(self, job: int) -> None:
        self.cancels.append(job)


class Desk:
    """A model with a step and a door, and the orders that work for it."""

    def __init__(self, folder: Path) -> None:
        self.model = ProjectModel()
        self.model.show_project(new_project("Film", make_film()).with_event(STEP).with_event(DOOR))
        self.engine = NotingEngine()
        self.jobs = JobList()
        self.folder = folder
        self.orders = EngineOrders(
            self.model,
            self.engine,  # type: ignore[arg-type]  # signals of a class are no attributes to the checker
            self.jobs,
            maps=MapShelf(folder / "maps"),
            takes_folder=lambda: folder / "takes",
            parent=self.model,
        )
        self.problems: list[str] = []
        self.orders.problem.connect(self.problems.append)

    def states(self) -> list[str]:
        return [job.state for job in self.jobs.jobs]


@pytest.fixture
def desk(qapp: QCoreApplication, tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_events_found_become_suggestions(desk: Desk) -> None:
    desk.orders.find_events(picture_only=True)
    assert desk.engine.orders == [FindEvents(Path("film.mp4"), True)]
    found = FoundEvent(replace(STEP, id="e009"), "FEET_gravel", "steps on gravel")
    desk.engine.finished.emit(1, EventsFound((found,)))
    assert desk.model.project.setup("e009") == EventSetup(prompt="steps on gravel", status="suggested")
    assert desk.states() == ["done"]


def test_an_order_carries_what_the_user_set(desk: Desk) -> None:
    event = desk.model.project.event("e001")
    setup = EventSetup(prompt="boots", negative_prompt="music")
    desk.model.edit("set", desk.model.project.with_event(event, setup))
    desk.orders.generate("e001", replace(OPTIONS, seed=7))
    assert desk.engine.orders == [
        GenerateTakes(
            film=Path("film.mp4"),
            event=event,
            prompt="boots",
            negative_prompt="music",
            takes=2,
            seed=7,
            steps=5,
            guidance=2.5,
            folder=desk.folder / "takes",
            maps=desk.folder / "maps",
        )
    ]
    assert desk.jobs.running_for("e001")


def test_takes_that_arrive_are_added_and_the_first_is_chosen(desk: Desk) -> None:
    desk.orders.generate("e001", OPTIONS)
    desk.engine.progressed.emit(1, Progress("denoise", 2, 5))
    assert desk.states() == ["running"]
    desk.engine.finished.emit(1, TakesMade((make_take(STEP, 1), make_take(STEP, 2))))
    assert desk.model.project.chosen_take("e001") == make_take(STEP, 1)
    assert not desk.model.undo_stack.canUndo()


def test_the_same_seed_with_other_words_is_another_take(desk: Desk) -> None:
    desk.model.add_takes([make_take(STEP, 1)])
    desk.orders.generate("e001", OPTIONS)
    again = replace(make_take(STEP, 1), prompt="other", sha256="3" * 64)
    desk.engine.finished.emit(1, TakesMade((again,)))
    assert [take.id for take in desk.model.project.takes] == ["e001_t1", "e001_t1-2"]


def test_new_takes_get_seeds_of_their_own(desk: Desk) -> None:
    desk.model.add_takes([make_take(STEP, 1), make_take(STEP, 2)])
    assert first_seed(desk.model.project, "e001") == 3
    assert first_seed(desk.model.project, "e002") >= 0


def test_generating_a_suggestion_accepts_it(desk: Desk) -> None:
    suggested = desk.model.project.with_event(STEP, EventSetup(status="suggested"))
    desk.model.edit("find events", suggested)
    desk.orders.generate("e001", OPTIONS)
    assert desk.model.project.setup("e001").status == "to do"


def test_an_answer_for_a_project_that_was_left_is_not_used(desk: Desk) -> None:
    desk.orders.generate("e001", OPTIONS)
    desk.model.show_project(new_project("Other", make_film()).with_event(STEP))
    desk.engine.finished.emit(1, TakesMade((make_take(STEP, 1),)))
    assert desk.model.project.takes == ()
    assert desk.states() == ["done"]


def test_a_failure_is_said_and_can_be_tried_again(desk: Desk) -> None:
    desk.orders.generate("e001", OPTIONS)
    desk.engine.failed.emit(1, "interrupted", "The engine stopped.")
    assert desk.states() == ["interrupted"]
    assert "The engine stopped." in desk.problems[0]
    desk.orders.retry(1)
    assert desk.engine.orders[1] == desk.engine.orders[0]
    assert desk.states() == ["interrupted", "queued"]


def test_cancel_all_asks_the_engine_to_stop_each_job(desk: Desk) -> None:
    desk.orders.generate("e001", OPTIONS)
    desk.orders.generate("e002", OPTIONS)
    desk.orders.cancel_all()
    assert desk.engine.cancels == [1, 2]
    assert desk.states() == ["cancelling", "cancelling"]
    desk.engine.cancelled.emit(1)
    assert desk.states() == ["cancelled", "cancelling"]
    assert desk.orders.unfinished == 1


def test_a_map_is_of_the_take_or_of_the_production_sound(desk: Desk) -> None:
    made: list[Path] = []
    desk.orders.map_made.connect(made.append)
    desk.orders.score(STEP, make_take(STEP, 1))
    desk.orders.score(STEP, None)
    maps = desk.folder / "maps"
    film = Path("film.mp4")
    assert desk.engine.orders == [
        ScoreTake(film, make_take(STEP, 1), STEP.range, maps),
        ScoreGuide(film, STEP.range, maps),
    ]
    desk.engine.finished.emit(1, MapMade(maps / "a.npz"))
    assert made == [maps / "a.npz"]


def test_an_export_is_of_the_project_as_it_is_now(desk: Desk) -> None:
    desk.orders.export(desk.folder / "out", preview=True, cue_sheet=False)
    order = desk.engine.orders[0]
    assert isinstance(order, ExportStems)
    sent = project_from_json(order.project)
    assert sent.events == desk.model.project.events
    assert (order.out, order.preview, order.cue_sheet) == (desk.folder / "out", True, False)


def test_without_a_film_nothing_can_be_asked(desk: Desk) -> None:
    desk.model.show_project(new_project("Empty"))
    with pytest.raises(InputError, match="open a video first"):
        desk.orders.find_events()
    assert desk.engine.orders == []
