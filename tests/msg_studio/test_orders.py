"""Orders to the engine and what becomes of the answers, with an engine that only notes what it is asked."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Signal

from engine.answers import EventsFound, MapMade, TakesMade
from engine.errors import InputError, OutputLocationError, ProjectError
from engine.orders import (
    ExportStems,
    FindEvents,
    GenerateTakes,
    Order,
    RegenerateRange,
    ScoreGuide,
    ScoreTake,
)
from engine.progress import Progress
from engine.project.project import EventSetup, new_project
from engine.project.snapshot import project_from_json
from engine.records import FoundEvent
from engine.timing import TimeRange
from msg_studio import commands
from msg_studio.files.map_shelf import MapShelf
from msg_studio.orders import EngineOrders
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.qt_models.job_list import JobList
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.take_orders import first_seed
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
        self.takes_place: Path | None = folder / "takes"
        self.orders = EngineOrders(
            self.model,
            self.engine,  # type: ignore[arg-type]  # signals of a class are no attributes to the checker
            self.jobs,
            maps=MapShelf(folder / "maps"),
            takes_folder=self.takes_folder,
            parent=self.model,
        )
        self.problems: list[str] = []
        self.orders.problem.connect(self.problems.append)

    def takes_folder(self) -> Path:
        if not self.takes_place:
            raise OutputLocationError("No place for takes.")
        return self.takes_place

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


@pytest.mark.parametrize(
    ("prompt", "takes", "words"),
    [("boots", 2, "2 takes of boots"), ("", 1, "1 take of footstep"), ("", 2, "2 takes of footstep")],
)
def test_an_order_is_listed_in_plain_words(desk: Desk, prompt: str, takes: int, words: str) -> None:
    commands.set_setup(desk.model, "e001", prompt=prompt)
    desk.orders.generate("e001", replace(OPTIONS, takes=takes))
    assert [job.words for job in desk.jobs.jobs] == [f"Generate {words}"]


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
        ScoreTake(film, make_take(STEP, 1), STEP, maps),
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


def test_orders_in_a_row_for_one_event_get_seeds_of_their_own(desk: Desk) -> None:
    desk.model.add_takes([make_take(STEP, 5)])
    desk.orders.generate("e001", OPTIONS)
    desk.orders.generate("e001", OPTIONS)
    desk.engine.cancelled.emit(1)
    desk.orders.generate("e001", OPTIONS)
    assert [order.seed for order in desk.engine.orders if isinstance(order, GenerateTakes)] == [6, 8, 10]


def test_a_read_only_project_orders_maps_and_exports_only(desk: Desk) -> None:
    desk.model.show_project(desk.model.project, read_only_reason="it is open elsewhere")
    for order in (desk.orders.find_events, lambda: desk.orders.generate("e001", OPTIONS)):
        with pytest.raises(ProjectError, match="read-only: it is open elsewhere"):
            order()
    desk.orders.score(STEP, None)
    desk.orders.export(desk.folder / "out", preview=False, cue_sheet=False)
    assert len(desk.engine.orders) == 2


def test_an_answer_a_read_only_project_cannot_take_is_said(desk: Desk) -> None:
    desk.orders.generate("e001", OPTIONS)
    desk.orders.find_events()
    desk.model.show_project(desk.model.project, read_only_reason="it is open elsewhere")
    desk.engine.finished.emit(1, TakesMade((make_take(STEP, 1),)))
    desk.engine.finished.emit(2, EventsFound(()))
    assert desk.model.project.takes == ()
    assert "Generate 2 takes of footstep: This project is open read-only" in desk.problems[0]


def test_no_place_for_takes_leaves_a_suggestion_as_it_was(desk: Desk) -> None:
    desk.model.edit("find events", desk.model.project.with_event(STEP, EventSetup(status="suggested")))
    desk.takes_place = None
    with pytest.raises(OutputLocationError, match="No place for takes"):
        desk.orders.generate("e001", OPTIONS)
    assert desk.model.project.setup("e001").status == "suggested"


def test_retry_is_refused_when_the_job_belongs_to_another_project(desk: Desk) -> None:
    desk.orders.generate("e001", OPTIONS)
    desk.engine.failed.emit(1, "interrupted", "The engine stopped.")
    desk.model.show_project(new_project("Other", make_film()).with_event(STEP))
    with pytest.raises(ProjectError, match="belongs to another project"):
        desk.orders.retry(1)
    assert len(desk.engine.orders) == 1


def test_retry_is_for_film_folder_and_event_as_they_are_now(desk: Desk) -> None:
    desk.orders.generate("e001", replace(OPTIONS, seed=7))
    desk.engine.failed.emit(1, "interrupted", "The engine stopped.")
    commands.relink(desk.model, make_film(Path("moved.mp4")))
    commands.move_event(desk.model, "e001", 480)
    desk.takes_place = desk.folder / "Film.msgproj"
    desk.orders.retry(1)
    again = desk.engine.orders[1]
    assert isinstance(again, GenerateTakes)
    assert (again.film, again.folder, again.seed) == (Path("moved.mp4"), desk.takes_place, 7)
    assert again.event == desk.model.project.event("e001")
    assert desk.jobs.job(2).kind == "generate takes"


def test_retry_for_a_deleted_event_is_refused(desk: Desk) -> None:
    desk.orders.generate("e001", OPTIONS)
    desk.engine.failed.emit(1, "interrupted", "The engine stopped.")
    commands.delete_event(desk.model, "e001")
    with pytest.raises(ProjectError, match="was deleted. Undo that"):
        desk.orders.retry(1)


def test_takes_follow_an_event_that_was_moved_while_they_were_made(desk: Desk) -> None:
    desk.orders.generate("e001", OPTIONS)
    desk.orders.generate("e002", OPTIONS)
    commands.move_event(desk.model, "e001", 4_800)
    longer = TimeRange(DOOR.range.start_samples - 4_800, DOOR.range.end_samples)
    commands.set_range(desk.model, "e002", longer)
    desk.engine.finished.emit(1, TakesMade((make_take(STEP, 1),)))
    desk.engine.finished.emit(2, TakesMade((make_take(DOOR, 1),)))
    assert [take.range for take in desk.model.project.takes] == [STEP.range.shifted(4_800), DOOR.range]


def test_the_last_job_to_end_is_told_after_its_answer_has_come(desk: Desk) -> None:
    takes_then: list[int] = []
    desk.orders.all_ended.connect(lambda: takes_then.append(len(desk.model.project.takes)))
    desk.orders.generate("e001", OPTIONS)
    desk.orders.find_events()
    desk.engine.failed.emit(2, "MediaError", "The film is gone.")
    assert takes_then == []
    desk.engine.finished.emit(1, TakesMade((make_take(STEP, 1),)))
    assert takes_then == [1]


def test_a_marked_stretch_of_a_take_is_made_anew_beside_it(desk: Desk) -> None:
    old = make_take(STEP, 1)
    desk.model.add_takes([old])
    marked = TimeRange(50_000, 60_000)
    desk.orders.regenerate("e001_t1", marked, 0.3, OPTIONS)
    order = desk.engine.orders[0]
    assert isinstance(order, RegenerateRange)
    assert (order.take, order.where, order.strength) == (old, marked, 0.3)
    assert (order.how.event.id, order.how.takes, order.how.seed) == ("e001", 2, 2)
    assert desk.jobs.job(1).words == "Regenerate 01:00:01:01 to 01:00:01:06 of take 1"
    desk.orders.generate("e001", OPTIONS)  # its seeds come after those that are being made
    second = desk.engine.orders[1]
    assert isinstance(second, GenerateTakes)
    assert second.seed == 4
    new = [replace(make_take(STEP, seed), id=f"e001_t1_r{seed}") for seed in (2, 3)]
    desk.engine.finished.emit(1, TakesMade(tuple(new), 0.1))
    assert desk.model.project.takes == (old, *new)
    assert desk.model.project.chosen == {"e001_t1"}
    assert not desk.model.undo_stack.canUndo()


def test_marks_outside_the_take_ask_nothing_of_the_engine(desk: Desk) -> None:
    desk.model.add_takes([make_take(STEP, 1)])
    for marked in (None, TimeRange(0, 60_000)):
        with pytest.raises(InputError):
            desk.orders.regenerate("e001_t1", marked, 1.0, OPTIONS)
    assert desk.engine.orders == []


def test_a_read_only_project_makes_no_stretch_anew(desk: Desk) -> None:
    desk.model.add_takes([make_take(STEP, 1)])
    desk.model.show_project(desk.model.project, read_only_reason="it is open elsewhere")
    with pytest.raises(ProjectError, match="read-only"):
        desk.orders.regenerate("e001_t1", TimeRange(50_000, 60_000), 1.0, OPTIONS)


def test_a_regeneration_that_was_interrupted_can_be_tried_again(desk: Desk) -> None:
    desk.model.add_takes([make_take(STEP, 1)])
    desk.orders.regenerate("e001_t1", TimeRange(50_000, 60_000), 1.0, OPTIONS)
    desk.engine.failed.emit(1, "interrupted", "The engine stopped.")
    desk.orders.retry(1)
    assert desk.engine.orders[1] == desk.engine.orders[0]


def test_arrived_takes_are_told_with_how_much_they_differ_and_what_went_unheeded(desk: Desk) -> None:
    told: list[str] = []
    desk.orders.arrived.connect(told.append)
    desk.orders.unheeded.connect(told.append)
    desk.orders.generate("e001", replace(OPTIONS, variation=0.1))
    takes = (make_take(STEP, 1), make_take(STEP, 2))
    desk.engine.finished.emit(1, TakesMade(takes, 0.1, notice="Not wanted, but unknown: qwertz."))
    assert told == [
        "2 takes arrived; they hardly differ: raise Variation under More",
        "Not wanted, but unknown: qwertz.",
    ]
