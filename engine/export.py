"""What carries a project to other programs and to people: stems, mix, preview, cue sheet."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.cues import Cue, write_cue_sheet
from engine.errors import InputError
from engine.media.mux import PreviewReport, write_preview
from engine.progress import StageWatch
from engine.project.project import Project
from engine.rendering import CREATOR, WrittenStems, render, write_rendering

STEMS_FOLDER = "stems"
HEATMAPS_FOLDER = "heatmaps"
CUE_SHEET = "cues.csv"
PREVIEW_STEM = "preview"


@dataclass(frozen=True)
class WrittenExport:
    """What was written.

    Attributes:
        stems: Lane stems, event stems and mix, with the gain they share.
        preview: The film with the mix, None when it was not asked for.
        cue_sheet: The CSV, None when it was not asked for.
    """

    stems: WrittenStems
    preview: PreviewReport | None
    cue_sheet: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file, stems first."""
        preview = () if self.preview is None else (self.preview.path,)
        sheet = () if self.cue_sheet is None else (self.cue_sheet,)
        return (*self.stems.lanes.values(), *self.stems.events.values(), self.stems.mix, *preview, *sheet)


def write_export(
    project: Project, out: Path, *, watch: StageWatch, preview: bool, cue_sheet: bool, creator: str = CREATOR
) -> WrittenExport:
    """Render a project and write its files; each appears whole or not at all.

    Args:
        project: The project.
        out: Folder to write into; made where it is missing.
        watch: Told of the stages, asked between them whether to go on.
        preview: Whether to write the film with the mix.
        cue_sheet: Whether to write the cue sheet.
        creator: Creator block of the UCS file names.

    Raises:
        InputError: When the project has no film, or a take cannot be used.
        MediaError: When the film cannot be read for the preview.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
        Cancelled: When the watch's token was set.
    """
    report = sheet = None
    with watch.stage("write stems", told=True):
        rendering = render(project)
        stems = write_rendering(rendering, project, out, now=datetime.now(UTC), creator=creator)
    if preview and project.clip is not None:
        with watch.stage("write preview"):
            report = write_preview(
                project.clip.path,
                rendering.mix,
                out / PREVIEW_STEM,
                listener=watch.listener,
                cancel=watch.cancel,
            )
    if cue_sheet:
        with watch.stage("write cue sheet"):
            sheet = out / CUE_SHEET
            write_cue_sheet(sheet, _cues(project), rate=project.rate, start_label=project.start_label)
    return WrittenExport(stems, report, sheet)


def check_preview_place(out: Path, film: Path) -> None:
    """Refuse a folder where the preview would take the place of the film.

    Raises:
        InputError: When it would.
    """
    for suffix in ("mp4", "mov"):
        preview = out / f"{PREVIEW_STEM}.{suffix}"
        if preview.exists() and film.exists() and preview.samefile(film):
            raise InputError(f"{film} would be replaced by the new preview: choose another folder.")


def without_suggestions(project: Project) -> Project:
    """The project without the events nobody has accepted yet, and without their takes."""
    for event in project.events:
        if project.setup(event.id).status == "suggested":
            project = project.without_event(event.id)
    return project


def _cues(project: Project) -> list[Cue]:
    return [
        Cue(
            event,
            what=project.setup(event.id).prompt,
            takes=project.takes_of(event.id),
            chosen=project.chosen_take(event.id),
        )
        for event in project.events
    ]
