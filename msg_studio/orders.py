"""What the user orders from the engine, and what becomes of its answers."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

from engine.errors import InputError, ProjectError, StudioError
from engine.progress import Progress
from engine.project.project import Project
from engine.project.snapshot import project_to_json
from engine.protocol import (
    EventsFound,
    Exported,
    ExportStems,
    FindEvents,
    GenerateTakes,
    MapMade,
    Order,
    ScoreGuide,
    ScoreTake,
    TakesMade,
)
from engine.records import Event, Take
from msg_studio import commands
from msg_studio.files.map_shelf import MapShelf
from msg_studio.qt_models.event_table import class_words
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.qt_models.job_list import JobList
from msg_studio.qt_models.project_model import ProjectModel

LARGEST_FIRST_SEED = 2**31 - 1000


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
        map_made: A sync map was computed (Path).
        exported: Stems were written (Exported).
    """

    problem = Signal(str)
    all_ended = Signal()
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
        film, folder = self._film(), self._takes_folder()
        if self._model.project.setup(event_id).status == "suggested":
            commands.accept(self._model, event_id)
        project = self._model.project
        setup = project.setup(event_id)
        order = GenerateTakes(
            film=film,
            event=project.event(event_id),
            prompt=setup.prompt,
            negative_prompt=setup.negative_prompt,
            takes=options.takes,
            seed=self._free_seed(event_id) if options.seed is None else options.seed,
            steps=options.steps,
            guidance=options.guidance,
            folder=folder,
            maps=self._maps.folder,
        )
        takes = f"{options.takes} take{'' if options.takes == 1 else 's'}"
        words = f"Generate {takes} of {setup.prompt or class_words(order.event.cat_id)}"
        work = options.takes * order.event.range.duration_s * options.steps
        self._ask(order, words, self._add_takes, event_id=event_id, kind="generate", amount=work)

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
        if isinstance(order, GenerateTakes | FindEvents):
            self._check_editable()
        if isinstance(order, GenerateTakes):
            event = self._event(asked.event_id)
            if event is None:
                raise ProjectError(f"{asked.words}: the event was deleted. Undo that to try again.")
            order = replace(order, event=event, folder=self._takes_folder())
        if not isinstance(order, ExportStems):
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
            asked.order.seed + asked.order.takes - 1
            for job, asked in self._asked.items()
            if job in unfinished and isinstance(asked.order, GenerateTakes) and asked.event_id == event_id
        ]
        return first_seed(self._model.project, event_id, coming)

    def _film(self) -> Path:
        film = self._model.project.clip
        if film is None:
            raise InputError("There is no film yet: open a video first.")
        return film.path

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

    def _event(self, event_id: str) -> Event | None:
        return next((event for event in self._model.project.events if event.id == event_id), None)

    def _suggest(self, _order: FindEvents, answer: EventsFound) -> None:
        commands.add_suggestions(self._model, answer.found)

    def _add_takes(self, order: GenerateTakes, answer: TakesMade) -> None:
        self._check_editable()
        taken = {take.id for take in self._model.project.takes}
        takes = with_own_ids(answer.takes, taken)
        self._model.add_takes(moved_along(takes, order.event, self._event(order.event.id)))

    def _announce_map(self, _order: Order, answer: MapMade) -> None:
        self.map_made.emit(answer.path)

    def _announce_export(self, _order: Order, answer: Exported) -> None:
        self.exported.emit(answer)


def first_seed(project: Project, event_id: str, coming: Sequence[int] = ()) -> int:
    """A seed after all seeds used for the event, a random one for its first takes.

    Args:
        project: The project.
        event_id: The event.
        coming: Seeds of its takes that are being made.
    """
    used = [*(take.seed for take in project.takes_of(event_id)), *coming]
    after = max(used, default=LARGEST_FIRST_SEED) + 1
    return after if after < LARGEST_FIRST_SEED else random.randrange(LARGEST_FIRST_SEED)


def with_own_ids(takes: tuple[Take, ...], taken: set[str]) -> list[Take]:
    """Takes under names nobody has yet: the same seed with other words is another take."""
    named = []
    for take in takes:
        names = chain([take.id], (f"{take.id}-{number}" for number in count(2)))
        free = next(name for name in names if name not in taken)
        taken = {*taken, free}
        named.append(replace(take, id=free))
    return named


def moved_along(takes: Sequence[Take], ordered: Event, now: Event | None) -> list[Take]:
    """Takes where their event lies now; an event that was moved takes them along, a resized one does not.

    Args:
        takes: As they were made for the event as ordered.
        ordered: The event as it was then.
        now: The event as it is, None when it was deleted.
    """
    if now is None or now.range.duration_samples != ordered.range.duration_samples:
        return list(takes)
    by = now.range.start_samples - ordered.range.start_samples
    return [replace(take, range=take.range.shifted(by)) for take in takes]
