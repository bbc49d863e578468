"""What the user orders from the engine, and what becomes of its answers."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

from engine.errors import InputError
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
from msg_studio.map_shelf import MapShelf
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
        answer: What to do with the result.
    """

    order: Order
    words: str
    event_id: str
    project_id: str
    answer: Callable[[Any], None]


class EngineOrders(QObject):
    """Makes orders out of the user's wishes and puts the answers into the project.

    Signals:
        problem: A sentence for the user about an order that cannot be given or failed.
        map_made: A sync map was computed (Path).
        exported: Stems were written (Exported).
    """

    problem = Signal(str)
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
        """
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
        """
        film = self._film()
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
            seed=first_seed(project, event_id) if options.seed is None else options.seed,
            steps=options.steps,
            guidance=options.guidance,
            folder=self._takes_folder(),
            maps=self._maps.folder,
        )
        words = f"Generate {options.takes} takes of {setup.prompt or order.event.cat_id}"
        work = options.takes * order.event.range.duration_s * options.steps
        self._ask(order, words, self._add_takes, event_id=event_id, kind="generate", amount=work)

    def score(self, event: Event, take: Take | None) -> None:
        """Have the sync map of a take over its event computed; of the production sound without a take.

        Raises:
            InputError: When there is no film.
        """
        film, where = self._film(), event.range
        order: Order = (
            ScoreTake(film, take, where, self._maps.folder)
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
        """Give an order that failed or was interrupted again."""
        asked = self._asked[job]
        self._ask(asked.order, asked.words, asked.answer, event_id=asked.event_id)

    def cancel(self, job: int) -> None:
        """Stop a job."""
        self._jobs.cancelling(job)
        self._engine.cancel(job)

    def cancel_all(self) -> None:
        """Stop every job."""
        for job in self._jobs.unfinished():
            self.cancel(job)

    def _film(self) -> Path:
        film = self._model.project.clip
        if film is None:
            raise InputError("There is no film yet: open a video first.")
        return film.path

    def _ask(
        self,
        order: Order,
        words: str,
        answer: Callable[[Any], None],
        *,
        event_id: str = "",
        kind: str = "",
        amount: float = 1.0,
    ) -> None:
        job = self._engine.submit(order)
        self._asked[job] = Asked(order, words, event_id, self._model.project.id, answer)
        self._jobs.add(job, words, event_id=event_id, kind=kind, amount=amount)

    def _note_progress(self, job: int, progress: Progress) -> None:
        self._jobs.progress(job, progress)

    def _take_answer(self, job: int, result: object) -> None:
        self._jobs.finish(job)
        asked = self._asked.pop(job)
        if asked.project_id == self._model.project.id:
            asked.answer(result)

    def _note_failure(self, job: int, kind: str, sentence: str) -> None:
        self._jobs.fail(job, kind, sentence)
        self.problem.emit(f"{self._asked[job].words}: {sentence}")

    def _note_cancel(self, job: int) -> None:
        self._jobs.cancelled(job)
        del self._asked[job]

    def _suggest(self, answer: EventsFound) -> None:
        commands.add_suggestions(self._model, answer.found)

    def _add_takes(self, answer: TakesMade) -> None:
        taken = {take.id for take in self._model.project.takes}
        self._model.add_takes(with_own_ids(answer.takes, taken))

    def _announce_map(self, answer: MapMade) -> None:
        self.map_made.emit(answer.path)

    def _announce_export(self, answer: Exported) -> None:
        self.exported.emit(answer)


def first_seed(project: Project, event_id: str) -> int:
    """A seed after all seeds used for the event, a random one for its first takes."""
    used = [take.seed for take in project.takes_of(event_id)]
    return max(used) + 1 if used else random.randrange(LARGEST_FIRST_SEED)


def with_own_ids(takes: tuple[Take, ...], taken: set[str]) -> list[Take]:
    """Takes under names nobody has yet: the same seed with other words is another take."""
    named = []
    for take in takes:
        names = chain([take.id], (f"{take.id}-{number}" for number in count(2)))
        free = next(name for name in names if name not in taken)
        taken = {*taken, free}
        named.append(replace(take, id=free))
    return named
