"""What the engine process does for each order of the window."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch

from engine.answers import EventsFound, Exported, FilmOpened, MapMade, Result, TakesMade
from engine.class_choice import choose_class, choose_unwanted, classes_of_others
from engine.clip import Clip
from engine.errors import Cancelled, InputError, MediaError, OutputLocationError, ProjectError
from engine.export import (
    HEATMAPS_FOLDER,
    STEMS_FOLDER,
    check_preview_place,
    without_suggestions,
    write_export,
)
from engine.feature_cache import FeatureCache, default_folder
from engine.leak_detection import leak_notice
from engine.orders import (
    ExportStems,
    FindEvents,
    GenerateTakes,
    OpenFilm,
    Order,
    RegenerateRange,
    ScoreGuide,
    ScoreTake,
)
from engine.progress import CancelToken, Progress, ProgressListener, StageWatch
from engine.project.disk import refusals_named
from engine.project.project import Project
from engine.project.snapshot import project_from_json
from engine.project.take_files import add_take_file
from engine.protocol import Ready
from engine.records import FoundEvent, SyncMap, Take
from engine.scratch import Scratch, output_folder
from engine.session import EngineSession
from engine.sync_map_file import guide_map_path, read_sync_map, take_map_path, write_sync_map
from engine.take_sound import new_part
from engine.take_variety import mean_distance
from engine.takes import MadeTake, RangeOrder, TakeOrder
from engine.timing import samples_to_seconds
from engine.ucs import class_for, prompt_of

KEPT_CLIPS = 2

_STAGE_WORDS = {"generate": "denoise"}


class OrderWork:
    """One model, loaded, and the films it was last asked about.

    Args:
        model: Name of the model.
        models_folder: Where models lie; the bundled ones when None.
        threads: CPU threads; the library's choice when None.
        scratch: For files that are not finished.

    Raises:
        InputError: When there is no such model.
        CheckpointError: When its weights are absent or damaged.
    """

    def __init__(
        self, *, model: str, models_folder: Path | None, threads: int | None, scratch: Scratch
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        cache = FeatureCache(default_folder())
        self._session = EngineSession(model=model, models_folder=models_folder, cache=cache)
        self._scratch = scratch
        self._clips: dict[tuple[Path, int, int], Clip] = {}
        parts = self._session.model
        _ = parts.cavp, parts.codec, parts.decoder, parts.generator  # damage shows now, not later

    @property
    def ready(self) -> Ready:
        """What the window is told of the model."""
        model = self._session.model
        return Ready(model.card.name, model.generator_sha256, model.card.licence, self._session.device)

    def do(self, order: Order, *, listener: ProgressListener, cancel: CancelToken) -> Result:
        """Do an order.

        Raises:
            StudioError: When it cannot be done; the message is for the user.
        """

        def in_our_words(progress: Progress) -> None:
            listener(replace(progress, stage=_STAGE_WORDS.get(progress.stage, progress.stage)))

        watch = StageWatch(in_our_words, cancel)
        match order:
            case OpenFilm():
                return FilmOpened(self._clip(order.film, watch).info)
            case FindEvents():
                return self._find(order, watch)
            case GenerateTakes():
                return self._generate(order, watch)
            case RegenerateRange():
                return self._regenerate(order, watch)
            case ScoreTake() | ScoreGuide():
                return self._score(order, watch)
            case ExportStems():
                return self._export(order, watch)

    def _clip(self, film: Path, watch: StageWatch) -> Clip:
        """The film, read again only when its file changed."""
        watch.cancel.check()
        try:
            state = film.stat()
        except OSError:
            return self._session.open(film)  # which says what is wrong
        key = (film.absolute(), state.st_size, state.st_mtime_ns)
        clip = self._clips.pop(key, None) or self._session.open(
            film, listener=watch.listener, cancel=watch.cancel
        )
        self._clips[key] = clip
        for old in list(self._clips)[:-KEPT_CLIPS]:
            del self._clips[old]
        watch.cancel.check()
        return clip

    def _find(self, order: FindEvents, watch: StageWatch) -> EventsFound:
        clip = self._clip(order.film, watch)
        if not order.picture_only:
            clip.hear(listener=watch.listener, cancel=watch.cancel)
        self._session.embed(clip, listener=watch.listener, cancel=watch.cancel)
        watch.cancel.check()
        findings = self._session.detect_events(clip, picture_only=order.picture_only, listener=watch.listener)
        watch.cancel.check()
        return EventsFound(
            tuple(
                FoundEvent(finding.event, finding.class_name, prompt_of(class_for(finding.class_name)))
                for finding in findings
            )
        )

    def _generate(self, order: GenerateTakes, watch: StageWatch) -> TakesMade:
        wanted, notice = self._take_order(order)
        clip = self._clip(order.film, watch)
        with self._scratch.workspace() as folder:
            making = self._session.make_takes(
                clip, wanted, folder, listener=watch.listener, cancel=watch.cancel
            )
            return self._guarded(_stored(_finished_of(making), order, notice))

    def _regenerate(self, order: RegenerateRange, watch: StageWatch) -> TakesMade:
        wanted, notice = self._take_order(order.how)
        clip = self._clip(order.film, watch)
        asked = RangeOrder(order.where, wanted, order.strength)
        with self._scratch.workspace() as folder:
            making = self._session.regenerate(
                clip, order.take, asked, folder, listener=watch.listener, cancel=watch.cancel
            )
            return self._guarded(_stored(_finished_of(making), order.how, notice))

    def _guarded(self, made: TakesMade) -> TakesMade:
        """The takes, with a word on those that may hold speech or music."""
        words = leak_notice(made.takes, self._session.model.card)
        return replace(made, notice=" ".join(part for part in (made.notice, words) if part))

    def _take_order(self, order: GenerateTakes) -> tuple[TakeOrder, str]:
        """The engine's order, and what it made of unknown words; its adapter is put on."""
        if not order.folder.is_dir():
            raise OutputLocationError(f"The project folder {order.folder} is gone: save the project again.")
        self._session.use_adapter(order.adapter)
        known = self._session.model.generator.config.classes
        choice = choose_class(order.event.cat_id, order.prompt, known=known)
        away, unknown = choose_unwanted(order.negative_prompt, known=known, wanted=choice.sound.name)
        names = [sound.name for sound in away] + classes_of_others(order.others, known=known)
        wanted = TakeOrder(
            event=order.event,
            class_name=choice.sound.name,
            prompt=order.prompt,
            takes=order.takes,
            seed=order.seed,
            steps=order.steps,
            guidance=order.guidance,
            negative_prompt=order.negative_prompt,
            named_by="seed",
            unwanted=tuple(dict.fromkeys(names)),
            variation=order.variation,
            level_db=order.level_db,
        )
        return wanted, unknown

    def _score(self, order: ScoreTake | ScoreGuide, watch: StageWatch) -> MapMade:
        clip = self._clip(order.film, watch)
        if order.where.start_samples >= clip.info.duration_samples:
            raise InputError(
                f"The stretch from {order.where.start_s:.3f} s lies behind the end of {order.film.name} "
                f"({samples_to_seconds(clip.info.duration_samples):.3f} s): choose one inside the film."
            )
        if isinstance(order, ScoreGuide) and clip.info.audio is None:
            raise InputError(f"{order.film.name} has no production sound, so there is nothing to measure.")
        path = _map_place(order, clip.info.fingerprint)
        if _is_whole(path):
            return MapMade(path)
        if isinstance(order, ScoreGuide):
            clip.hear(listener=watch.listener, cancel=watch.cancel)
        self._session.embed(clip, listener=watch.listener, cancel=watch.cancel)
        with watch.stage("score", told=True):
            if isinstance(order, ScoreTake):
                sync_map = self._session.score_take(clip, order.take, order.event)
            else:
                sync_map = self._session.score(clip, where=order.where)
        _write_map(path, sync_map)
        return MapMade(path)

    def _export(self, order: ExportStems, watch: StageWatch) -> Exported:
        project = without_suggestions(project_from_json(order.project))
        in_use = tuple(
            take for take in (project.chosen_take(event.id) for event in project.events) if take is not None
        )
        _check_export(project, in_use, order)
        folders = (STEMS_FOLDER, *((HEATMAPS_FOLDER,) if order.heatmaps else ()))
        with output_folder(order.out, *folders):
            written = write_export(
                project,
                order.out,
                watch=watch,
                preview=order.preview,
                cue_sheet=order.cue_sheet,
                creator=order.creator,
            )
            pictures = self._drawn(project, in_use, order.out, watch) if order.heatmaps else ()
        return Exported(order.out, (*written.files, *pictures), written.stems.gain_db)

    def _drawn(
        self, project: Project, takes: Sequence[Take], out: Path, watch: StageWatch
    ) -> tuple[Path, ...]:
        # Late: it loads matplotlib, a fifth of the engine's start, and the window draws its maps itself.
        from engine.heatmaps import draw_heatmaps

        assert project.clip is not None
        clip = self._clip(project.clip.path, watch)
        paths: list[Path] = []
        for number, take in enumerate(takes):
            watch.cancel.check()
            watch.listener(Progress("draw heatmaps", number, len(takes), take.id))
            event = project.event(take.event_id)
            sync_map = self._session.score_take(clip, take, event)
            title = f"{take.id} {take.prompt or event.cat_id}"
            drawn = draw_heatmaps(
                sync_map, out / HEATMAPS_FOLDER, event=event, title=title, fps=clip.info.fps
            )
            paths.extend(drawn.values())
        return tuple(paths)


def _finished_of(making: Iterator[MadeTake]) -> list[MadeTake]:
    """The takes of an order; after a cancel those that were finished, if any was."""
    made: list[MadeTake] = []
    try:
        for one in making:
            made.append(one)
    except Cancelled:
        if not made:
            raise
    return made


def _stored(made: Sequence[MadeTake], order: GenerateTakes, notice: str) -> TakesMade:
    """The takes with their WAVs in the project folder and their maps beside each other, in seed order."""
    takes = []
    for one in made:
        kept = replace(one.take, path=add_take_file(order.folder, one.take.path))
        film = kept.clip_fingerprint
        path = take_map_path(order.maps, take=kept, event=order.event, clip_fingerprint=film)
        _write_map(path, one.sync_map)
        takes.append(kept)
    distance = mean_distance([new_part(take) for take in takes])
    return TakesMade(tuple(takes), distance, made[0].joins, notice)


def _map_place(order: ScoreTake | ScoreGuide, film: str) -> Path:
    """Where the map of an order lies."""
    if isinstance(order, ScoreTake):
        return take_map_path(order.maps, take=order.take, event=order.event, clip_fingerprint=film)
    return guide_map_path(order.maps, clip_fingerprint=film, where=order.where)


def _write_map(path: Path, sync_map: SyncMap) -> None:
    with refusals_named(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_sync_map(path, sync_map)


def _is_whole(path: Path) -> bool:
    with suppress(ProjectError):
        read_sync_map(path)
        return True
    return False


def _check_export(project: Project, in_use: Sequence[Take], order: ExportStems) -> None:
    """Refuse before anything is written what could only fail later."""
    if project.clip is None:
        raise InputError(f"Project {project.name} has no film, so there is nothing to export: choose one.")
    if not in_use:
        raise InputError("No accepted event has a take in use, so there is nothing to export: choose takes.")
    if order.preview:
        check_preview_place(order.out, project.clip.path)
    if (order.preview or order.heatmaps) and not project.clip.path.is_file():
        raise MediaError(
            f"The film {project.clip.path} is not there: locate it, or export without preview and heatmaps."
        )
