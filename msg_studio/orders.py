"""What the user orders from the engine, and what becomes of its answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

from engine.answers import EventsFound, Exported, MapMade, TakesMade
from engine.errors import InputError, ProjectError, StudioError
from engine.orders import (
    ExportStems,
    FindEvents,
    Order,
    RegenerateRange,
    ScoreGuide,
    ScoreTake,
)
from engine.progress import Progress
from engine.project.snapshot import project_to_json
from engine.records import Event, Take
from engine.timing import TimeRange
from msg_studio import commands
from msg_studio.answer_words import arrival_words
from msg_studio.files.map_shelf import MapShelf
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.qt_models.job_list import JobList
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.take_orders import (
    Places,
    TakesOrder,
    checked_stretch,
    first_seed,
    last_seed,
    moved_along,
    order_now,
    order_words,
    takes_order,
    with_own_ids,
)

AROUND_S = 2.5  # made along with a stretch, and thrown away


class Engine(Protocol):
    """The side of the engine's client that orders need."""

    progressed: SignalInstance
    finished: SignalInstance
    failed: SignalInstance
    cancelled: SignalInstance

    def submit(self, order: Order) -> int:
        """Queue an order and give its job number."""

    def cancel(self, job: int) -> None:
        """Stop a job, or forget it."""


@dataclass(frozen=True)
class Asked:
    """An order on its way.

    Attributes:
        order: What was asked.
        words: What the user reads in the list of jobs.
        event_id: The event it is for, empty for none.
        project_id: The project it was asked for; answers for another one are not used.
        answer: What to do with the result, called with the order and the result.
        kind: What it is likened to for the remaining time.
        amount: How much of its kind it is.
    """

    order: Order
    words: str
    event_id: str
    project_id: str
    answer: Callable[[Any, Any], None]
    kind: str = ""
    amount: float = 1.0


class EngineOrders(QObject):
    """Makes orders out of the user's wishes and puts the answers into the project.

    Signals:
        problem: A sentence for the user about an order that failed, or an answer that cannot be used.
        all_ended: The last unfinished job has ended, and its answer has come into the project.
        arrived: Takes have come into the project (str: what there is to say of them).
        unheeded: What of the last takes' order the engine could not heed, empty for nothing (str).
        map_made: A sync map was computed (Path).
        exported: Stems were written (Exported).
    """

    problem = Signal(str)
    all_ended = Signal()
    arrived = Signal(str)
    unheeded = Signal(str)
    map_made = Signal(Path)
    exported = Signal(object)

    def __init__(
        self,
        model: ProjectModel,
        engine: Engine,
        jobs: JobList,
        *,
        maps: MapShelf,
        takes_folder: Callable[[], Path],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._engine = engine
        self._jobs = jobs
        self._maps = maps
        self._takes_folder = takes_folder
        self._asked: dict[int, Asked] = {}
        engine.progressed.connect(self._note_progress)
        engine.finished.connect(self._take_answer)
        engine.failed.connect(self._note_failure)
        engine.cancelled.connect(self._note_cancel)

    @property
    def unfinished(self) -> int:
        """How many jobs wait or run."""
        return len(self._jobs.unfinished())

    def find_events(self, *, picture_only: bool = False) -> None:
        """Have the whole film searched for events; they arrive as suggestions.

        Raises:
            InputError: When there is no film.
            ProjectError: When the project is read-only.
        """
        self._check_editable()
        self._ask(
            FindEvents(self._film(), picture_only),
            "Find events on picture alone" if picture_only else "Find events",
            self._suggest,
        )

    def generate(self, event_id: str, options: GenerateOptions) -> None:
        """Have takes made of an event; a suggested event is accepted by that.

        Raises:
            InputError: When there is no film.
            ProjectError: When the project is read-only.
            OutputLocationError: When there is no place for takes.
            WriteError: When the disk refuses.
        """
        self._check_editable()
        places = self._places()
        if self._model.project.setup(event_id).status == "suggested":
            commands.accept(self._model, event_id)
        seed = self._free_seed(event_id) if options.seed is None else options.seed
        self._ask_for_takes(takes_order(self._model.project, event_id, options, places, seed=seed))

    def regenerate(
        self, take_id: str, marked: TimeRange | None, strength: float, options: GenerateOptions
    ) -> None:
        """Have the marked stretch of a take made anew; the take stays, new ones come beside it.

        Args:
            take_id: The take.
            marked: The stretch on the timeline, None where none is marked.
            strength: 1 makes it anew, less varies what is there.
            options: How it is to be made.

        Raises:
            InputError: When the stretch does not lie in the take, or there is no film.
            ProjectError: When the project is read-only.
            OutputLocationError: When there is no place for takes.
            WriteError: When the disk refuses.
        """
        self._check_editable()
        project = self._model.project
        take = project.take(take_id)
        where = checked_stretch(project, take, marked)
        seed = self._free_seed(take.event_id) if options.seed is None else options.seed
        how = takes_order(project, take.event_id, options, self._places(), seed=seed)
        self._ask_for_takes(RegenerateRange(how.film, take, where, strength, how))

    def score(self, event: Event, take: Take | None) -> None:
        """Have the sync map of a take over its event computed; of the production sound without a take.

        Raises:
            InputError: When there is no film.
        """
        film, where = self._film(), event.range
        order: Order = (
            ScoreTake(film, take, event, self._maps.folder)
            if take
            else ScoreGuide(film, where, self._maps.folder)
        )
        what = f"take {take.id}" if take else "production sound"
        self._ask(order, f"Heatmap of {what}", self._announce_map, event_id=event.id)

    def export(self, out: Path, *, preview: bool, cue_sheet: bool) -> None:
        """Have the stems and the mix of the project as it is now written."""
        order = ExportStems(project_to_json(self._model.project), out, preview, cue_sheet)
        self._ask(order, f"Export stems to {out.name}", self._announce_export)

    def retry(self, job: int) -> None:
        """Give an order that failed or was interrupted again, with film and folder as they are now.

        Raises:
            ProjectError: When its project is no longer the open one, or is read-only.
            InputError: When there is no film.
            OutputLocationError: When there is no place for takes.
            WriteError: When the disk refuses.
        """
        asked, order = self._asked[job], self._asked[job].order
        if asked.project_id != self._model.project.id:
            raise ProjectError(f"{asked.words} belongs to another project: open that one to try again.")
        if isinstance(order, TakesOrder | FindEvents):
            self._check_editable()
        if isinstance(order, TakesOrder):
            order = order_now(self._model.project, order, self._places())
        elif not isinstance(order, ExportStems):
            order = replace(order, film=self._film())
        self._give(replace(asked, order=order))

    def cancel(self, job: int) -> None:
        """Stop a job."""
        self._jobs.cancelling(job)
        self._engine.cancel(job)

    def cancel_all(self) -> None:
        """Stop every job."""
        for job in self._jobs.unfinished():
            self.cancel(job)

    def _check_editable(self) -> None:
        if self._model.read_only_reason:
            raise ProjectError(f"This project is open read-only: {self._model.read_only_reason}")

    def _free_seed(self, event_id: str) -> int:
        """A seed after those of the event's takes, and of those that are still being made."""
        unfinished = set(self._jobs.unfinished())
        coming = [
            last_seed(asked.order)
            for job, asked in self._asked.items()
            if job in unfinished and isinstance(asked.order, TakesOrder) and asked.event_id == event_id
        ]
        return first_seed(self._model.project, event_id, coming)

    def _film(self) -> Path:
        film = self._model.project.clip
        if film is None:
            raise InputError("There is no film yet: open a video first.")
        return film.path

    def _places(self) -> Places:
        return Places(self._film(), self._takes_folder(), self._maps.folder)

    def _ask_for_takes(self, order: TakesOrder) -> None:
        if isinstance(order, RegenerateRange):
            how, length_s = order.how, order.where.duration_s + AROUND_S
        else:
            how, length_s = order, order.event.range.duration_s
        self._ask(
            order,
            order_words(self._model.project, order),
            self._add_takes,
            event_id=how.event.id,
            kind=order.type,
            amount=how.takes * length_s * how.steps,
        )

    def _ask(
        self,
        order: Order,
        words: str,
        answer: Callable[[Any, Any], None],
        *,
        event_id: str = "",
        kind: str = "",
        amount: float = 1.0,
    ) -> None:
        self._give(Asked(order, words, event_id, self._model.project.id, answer, kind, amount))

    def _give(self, asked: Asked) -> None:
        job = self._engine.submit(asked.order)
        self._asked[job] = asked
        self._jobs.add(job, asked.words, event_id=asked.event_id, kind=asked.kind, amount=asked.amount)

    def _note_progress(self, job: int, progress: Progress) -> None:
        self._jobs.progress(job, progress)

    def _take_answer(self, job: int, result: object) -> None:
        self._jobs.finish(job)
        asked = self._asked.pop(job)
        if asked.project_id == self._model.project.id:
            try:
                asked.answer(asked.order, result)
            except StudioError as error:
                self.problem.emit(f"{asked.words}: {error}")
        self._tell_if_all_ended()

    def _note_failure(self, job: int, kind: str, sentence: str) -> None:
        self._jobs.fail(job, kind, sentence)
        self.problem.emit(f"{self._asked[job].words}: {sentence}")
        self._tell_if_all_ended()

    def _note_cancel(self, job: int) -> None:
        self._jobs.cancelled(job)
        del self._asked[job]
        self._tell_if_all_ended()

    def _tell_if_all_ended(self) -> None:
        if not self.unfinished:
            self.all_ended.emit()

    def _suggest(self, _order: FindEvents, answer: EventsFound) -> None:
        commands.add_suggestions(self._model, answer.found)

    def _add_takes(self, order: TakesOrder, answer: TakesMade) -> None:
        self._check_editable()
        taken = {take.id for take in self._model.project.takes}
        takes = moved_along(with_own_ids(answer.takes, taken), order, self._model.project)
        self._model.add_takes(takes)
        variation = (order.how if isinstance(order, RegenerateRange) else order).variation
        self.arrived.emit(arrival_words(self._model.project, takes, answer.distance, variation=variation))
        self.unheeded.emit(answer.notice)

    def _announce_map(self, _order: Order, answer: MapMade) -> None:
        self.map_made.emit(answer.path)

    def _announce_export(self, _order: Order, answer: Exported) -> None:
        self.exported.emit(answer)
