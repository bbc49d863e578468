"""The whole journey: a film in; events, ranked takes, stems, mix, preview, heatmaps and project out."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from engine.clip import Clip
from engine.errors import OutputLocationError
from engine.event_detection import Finding
from engine.export import HEATMAPS_FOLDER, STEMS_FOLDER, check_preview_place, write_export
from engine.heatmaps import Kind, draw_heatmaps
from engine.media.mux import PreviewReport
from engine.model_store import ModelCard
from engine.progress import CancelToken, Progress, ProgressListener, StageWatch, silent
from engine.project.damage import DamagedProjectError
from engine.project.disk import refusals_named
from engine.project.file_names import DATABASE
from engine.project.project import EventSetup, Project, new_project
from engine.project.project_file import open_project, save_project
from engine.project.project_lock import ProjectLock
from engine.records import ClipInfo, Event, Take
from engine.rendering import WrittenStems
from engine.scratch import output_folder
from engine.session import EngineSession
from engine.takes import MOST_TAKES, TakeOrder
from engine.ucs import class_for, prompt_of

PROJECT_FOLDER = "project.msgproj"
SEED_RULE = "first seed of an event: SHA-256 of 'SEED:EVENT_ID', first 8 bytes, modulo 2^31 - 16"


@dataclass(frozen=True)
class FoleyOrder:
    """What the journey is asked for.

    Attributes:
        clip: The film.
        out: Folder for everything that is made; made where it is missing.
        takes: Takes of each event.
        seed: The number all seeds come from.
        steps: Euler steps.
        guidance: Guidance weight.
    """

    clip: Path
    out: Path
    takes: int = 3
    seed: int = 1
    steps: int = 15
    guidance: float = 2.5


@dataclass(frozen=True)
class FoleyEvent:
    """One event and what was made for it.

    Attributes:
        event: The event as found.
        class_name: Sound class it was made with.
        prompt: Words that name the class inside its CatID.
        takes: Best reward first; the first one is chosen.
        heatmaps: PNG of the chosen take by kind.
    """

    event: Event
    class_name: str
    prompt: str
    takes: tuple[Take, ...]
    heatmaps: dict[Kind, Path]

    @property
    def chosen(self) -> Take:
        """The take in use."""
        return self.takes[0]


@dataclass(frozen=True)
class FoleyReport:
    """What the journey made and where it lies.

    Attributes:
        order: What was asked for.
        clip: The film.
        model: The model that made the takes.
        events: In the order they were found.
        stems: Lane stems, event stems and mix, with the gain they share.
        preview: The film with the mix.
        cue_sheet: The CSV.
        project: The project folder.
        seconds: Time each stage took, by name.
    """

    order: FoleyOrder
    clip: ClipInfo
    model: ModelCard
    events: tuple[FoleyEvent, ...]
    stems: WrittenStems
    preview: PreviewReport
    cue_sheet: Path
    project: Path
    seconds: dict[str, float]

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything written beside the project."""
        heatmaps = (path for event in self.events for path in event.heatmaps.values())
        stems = (*self.stems.lanes.values(), *self.stems.events.values(), self.stems.mix)
        return (*stems, self.preview.path, self.cue_sheet, *heatmaps)


def make_foley(
    session: EngineSession,
    order: FoleyOrder,
    *,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> FoleyReport:
    """Take a film from picture to stems.

    Every file appears under its final name whole or not at all; what an earlier run left in
    the folder is replaced file by file, its project goes to the project's own backup.

    Args:
        session: The engine with its model.
        order: What to make, and where.
        listener: Told of progress.
        cancel: Asked between steps whether to go on.

    Raises:
        OutputLocationError: When nothing can be written in the folder, or its project is open in a
            window; before any work.
        InputError: When the film cannot be used or a number is out of range.
        CheckpointError: When the model's weights are absent or damaged.
        WriteError: When the disk refuses.
        Cancelled: When the token was set.
    """
    with refusals_named(order.out):
        _check_place(order)
    watch = StageWatch(listener, cancel or CancelToken())
    with (
        _editing(order.out / PROJECT_FOLDER),
        output_folder(order.out, STEMS_FOLDER, HEATMAPS_FOLDER) as workspace,
    ):
        with watch.stage("read picture"):
            clip = session.open(order.clip, listener=listener, cancel=watch.cancel)
        with watch.stage("find events"):
            findings = session.detect_events(clip, listener=listener)
        with watch.stage("generate"):
            project = _with_takes(session, clip, findings, order, workspace, watch)
        with watch.stage("save project", told=True):
            project = save_project(project, order.out / PROJECT_FOLDER)
        return _written(session, clip, findings, project, order, watch)


def event_seed(seed: int, event_id: str) -> int:
    """First seed of an event's takes, the same for the same number and event (see SEED_RULE).

    It depends on no other event, so an event keeps its takes when others come and go.
    """
    digest = hashlib.sha256(f"{seed}:{event_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % (2**31 - MOST_TAKES)


def classes_beside(finding: Finding, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Classes of the other events that sound while one does: its stem keeps away from them."""
    own = finding.event.range
    beside = (
        other.class_name
        for other in findings
        if other.event.range.start_samples < own.end_samples
        and own.start_samples < other.event.range.end_samples
    )
    return tuple(dict.fromkeys(name for name in beside if name != finding.class_name))


def ranked(takes: Iterable[Take]) -> tuple[Take, ...]:
    """Takes, best reward first; of equals, the one made first."""
    return tuple(sorted(takes, key=lambda take: (-take.score.reward, take.seed)))


def _check_place(order: FoleyOrder) -> None:
    """Refuse a place where results would destroy something, before any work."""
    folder = order.out / PROJECT_FOLDER
    if folder.exists() and not folder.is_dir():
        raise OutputLocationError(f"{folder} is a file, wanted is a project folder: remove it or choose -o.")
    if (folder / DATABASE).exists():
        with suppress(DamagedProjectError):  # the save keeps a damaged one in its backup
            open_project(folder)
    check_preview_place(order.out, order.clip)


@contextmanager
def _editing(folder: Path) -> Iterator[None]:
    """The right to write over a project, where there is one; kept for the block."""
    lock = ProjectLock(folder)
    refusal = lock.acquire() if folder.exists() else ""
    if refusal:
        raise OutputLocationError(
            f"The project {folder} cannot be replaced, {refusal}: close it there, or choose another folder."
        )
    try:
        yield
    finally:
        lock.release()


def _with_takes(
    session: EngineSession,
    clip: Clip,
    findings: list[Finding],
    order: FoleyOrder,
    workspace: Path,
    watch: StageWatch,
) -> Project:
    """A new project with every event and its takes, the best one of each chosen."""
    project = new_project(clip.info.path.stem, clip.info)
    for number, finding in enumerate(findings, start=1):
        sound = class_for(finding.class_name)
        wanted = TakeOrder(
            event=finding.event,
            class_name=sound.name,
            prompt=prompt_of(sound),
            takes=order.takes,
            seed=event_seed(order.seed, finding.event.id),
            steps=order.steps,
            guidance=order.guidance,
            unwanted=classes_beside(finding, findings),
        )
        note = f"{finding.event.id}, {number} of {len(findings)}"
        listener = _noting(watch.listener, note)
        takes = session.generate(clip, wanted, workspace, listener=listener, cancel=watch.cancel)
        setup = EventSetup(prompt=wanted.prompt, status="review")
        project = project.with_event(finding.event, setup)
        project = project.with_takes(sorted(takes, key=lambda take: take.seed))  # take 1 first
        project = project.with_chosen(finding.event.id, ranked(takes)[0].id)
    return project


def _noting(listener: ProgressListener, note: str) -> ProgressListener:
    return lambda progress: listener(replace(progress, note=note))


def _written(
    session: EngineSession,
    clip: Clip,
    findings: list[Finding],
    project: Project,
    order: FoleyOrder,
    watch: StageWatch,
) -> FoleyReport:
    """Everything that carries the saved project to other programs and to people."""
    exported = write_export(project, order.out, watch=watch, preview=True, cue_sheet=True)
    assert exported.preview is not None
    assert exported.cue_sheet is not None
    with watch.stage("draw heatmaps"):
        events = []
        for number, finding in enumerate(findings, start=1):
            watch.cancel.check()
            events.append(_finished_event(session, clip, finding, project, order))
            watch.listener(Progress("draw heatmaps", number, len(findings), finding.event.id))
    return FoleyReport(
        order=order,
        clip=clip.info,
        model=session.model.card,
        events=tuple(events),
        stems=exported.stems,
        preview=exported.preview,
        cue_sheet=exported.cue_sheet,
        project=order.out / PROJECT_FOLDER,
        seconds=watch.seconds,
    )


def _finished_event(
    session: EngineSession, clip: Clip, finding: Finding, project: Project, order: FoleyOrder
) -> FoleyEvent:
    event = finding.event
    takes = ranked(project.takes_of(event.id))
    heatmaps = draw_heatmaps(
        session.score_take(clip, takes[0], event),
        order.out / HEATMAPS_FOLDER,
        event=event,
        title=f"{takes[0].id} {finding.class_name}",
        fps=clip.info.fps,
    )
    return FoleyEvent(event, finding.class_name, project.setup(event.id).prompt, takes, heatmaps)
