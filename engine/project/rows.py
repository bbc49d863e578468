"""A project as rows of the tables, and back: one shape for project.db and project.json."""

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from fractions import Fraction
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from engine import __version__
from engine.errors import InputError
from engine.project.damage import DamagedProjectError
from engine.project.project import EventSetup, Lane, Marker, Project
from engine.project.schema import SCHEMA_VERSION
from engine.project.votes import Vote, vote_document, vote_of_document
from engine.records import AudioInfo, ClipInfo, Event, HitPoint, Score, Take, TakeLayer
from engine.timecode import TimecodeRate
from engine.timing import PROJECT_RATE_HZ, TimeRange

Value = str | int | float | None
Row = Mapping[str, Value]
Tables = dict[str, list[Row]]  # in the order of schema.TABLES

_CLIP_ID = "clip"
_LARGEST_INTEGER = 2**63 - 1

# Fields of a record that stand in a table under their own name.
_CLIP_PLAIN = (
    "fingerprint", "duration_samples", "width", "height", "rotation", "start_pts", "frame_count",
    "video_codec", "pixel_format",
)  # fmt: skip
_TAKE_ELSEWHERE = ("path", "range", "score", "layers")
_TAKE_PLAIN = tuple(field.name for field in fields(Take) if field.name not in _TAKE_ELSEWHERE)
_SETUP = tuple(field.name for field in fields(EventSetup))
_SETUP_FLAGS = ("on_screen", "muted")
_SCORE_NUMBERS = tuple(field.name for field in fields(Score) if field.name not in ("measurable", "reason"))
_AUDIO = tuple(field.name for field in fields(AudioInfo))


def tables_of(project: Project, folder: Path | None) -> Tables:
    """Rows of a project; paths below the folder, and the film's where possible, become relative.

    Args:
        project: The project.
        folder: Its folder; None while it has none, then all paths stay absolute.

    Raises:
        InputError: When a path or a number cannot be stored.
    """
    return {
        "meta": [_meta_row(project)],
        "asset": [] if project.clip is None else [_clip_row(project.clip, folder)],
        "lane": [_lane_row(position, lane) for position, lane in enumerate(project.lanes)],
        "event": [
            _event_row(position, event, project.setup(event.id))
            for position, event in enumerate(project.events)
        ],
        "hit_point": [row for event in project.events for row in _hit_rows(event)],
        "take": [_take_row(position, take, project, folder) for position, take in enumerate(project.takes)],
        "take_layer": [row for take in project.takes for row in _layer_rows(take)],
        "score": [_score_row(take) for take in project.takes],
        "vote": [_vote_row(position, vote) for position, vote in enumerate(project.votes)],
        "marker": [{"position": n, **vars(marker)} for n, marker in enumerate(project.markers)],
        "setting": [{"key": key, "value": json.dumps(value)} for key, value in project.settings.items()],
    }


def project_of(tables: Tables, folder: Path | None) -> Project:
    """The project of rows made by `tables_of`; the folder may have moved since.

    Raises:
        DamagedProjectError: When rows are missing or do not fit together.
    """
    try:
        return _project_of(tables, folder)
    except (LookupError, TypeError, ValueError, ArithmeticError, InputError) as error:
        raise DamagedProjectError(f"The content does not fit together ({error!r}).") from error


def _project_of(tables: Tables, folder: Path | None) -> Project:
    meta = tables["meta"][0]
    clips = [_clip_of(row, folder) for row in tables["asset"]]
    events = _ordered(tables["event"])
    takes = _ordered(tables["take"])
    hits = _grouped(tables["hit_point"], by="event_id")
    layers = _grouped(tables["take_layer"], by="take_id")
    scores = {row["take_id"]: row for row in tables["score"]}
    return Project(
        id=_text(meta["project_id"]),
        name=_text(meta["name"]),
        rate=TimecodeRate(_fraction(meta, "fps"), bool(meta["drop_frame"]), bool(meta["exact"])),
        start_frame=_integer(meta["start_frame"]),
        clip=clips[0] if clips else None,
        lanes=tuple(_lane_of(row) for row in _ordered(tables["lane"])),
        events=tuple(_event_of(row, hits.get(_text(row["id"]), [])) for row in events),
        setups={_text(row["id"]): _setup_of(row) for row in events},
        takes=tuple(
            _take_of(row, scores[row["id"]], layers.get(_text(row["id"]), []), folder) for row in takes
        ),
        chosen=_marked(takes, "chosen"),
        starred=_marked(takes, "starred"),
        rejected=_marked(takes, "rejected"),
        votes=tuple(vote_of_document(json.loads(_text(row["document"]))) for row in _ordered(tables["vote"])),
        markers=tuple(
            Marker(_integer(row["sample"]), _text(row["text"]), _text(row["colour"]))
            for row in _ordered(tables["marker"])
        ),
        settings={_text(row["key"]): json.loads(_text(row["value"])) for row in tables["setting"]},
    )


def _meta_row(project: Project) -> Row:
    return {
        "project_id": project.id,
        "name": project.name,
        "schema_version": SCHEMA_VERSION,
        "app_version": __version__,
        "fps_num": project.rate.fps.numerator,
        "fps_den": project.rate.fps.denominator,
        "drop_frame": int(project.rate.drop_frame),
        "exact": int(project.rate.exact),
        "start_frame": project.start_frame,
        "sample_rate": PROJECT_RATE_HZ,
    }


def _clip_row(clip: ClipInfo, folder: Path | None) -> Row:
    audio = {f"audio_{name}": getattr(clip.audio, name, None) for name in _AUDIO}
    return {
        "id": _CLIP_ID,
        "relative_path": None if folder is None else relative_text(clip.path, folder),
        "absolute_hint": path_text(clip.path.absolute()),
        **{name: getattr(clip, name) for name in _CLIP_PLAIN},
        "fps_num": clip.fps.numerator,
        "fps_den": clip.fps.denominator,
        "variable_rate": int(clip.variable_rate),
        "time_base_num": clip.time_base.numerator,
        "time_base_den": clip.time_base.denominator,
        **audio,
    }


def _clip_of(row: Row, folder: Path | None) -> ClipInfo:
    audio = None
    if row["audio_codec"] is not None:
        audio = AudioInfo(**_picked(row, _AUDIO, prefix="audio_"))
    return ClipInfo(
        path=_find_clip(row, folder),
        fps=_fraction(row, "fps"),
        variable_rate=bool(row["variable_rate"]),
        time_base=_fraction(row, "time_base"),
        audio=audio,
        **_picked(row, _CLIP_PLAIN),
    )


def _find_clip(row: Row, folder: Path | None) -> Path:
    """Where the film is now: beside the moved project, else where it was."""
    hint = Path(_text(row["absolute_hint"]))
    if folder is None or row["relative_path"] is None:
        return hint
    beside = Path(os.path.normpath(folder.absolute() / _text(row["relative_path"])))
    return beside if beside.exists() else hint


def relative_text(path: Path, folder: Path) -> str | None:
    """A path seen from the project folder, with `/`; None where there is no way (another drive)."""
    try:
        return path_text(Path(os.path.relpath(path.absolute(), folder.absolute())))
    except ValueError:
        return None


def path_text(path: PurePath) -> str:
    """A path as text to store.

    Raises:
        InputError: When its name is not valid Unicode.
    """
    return _storable(path.as_posix())


def _storable(text: str) -> str:
    if not text.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise InputError(f"The name of {text!r} is not valid Unicode: rename the file, then save again.")
    return text


def _lane_row(position: int, lane: Lane) -> Row:
    return {**vars(lane), "position": position, "muted": int(lane.muted), "solo": int(lane.solo)}


def _lane_of(row: Row) -> Lane:
    return Lane(
        _text(row["name"]),
        _text(row["title"]),
        _real(row["gain_db"]),
        _real(row["pan"]),
        bool(row["muted"]),
        bool(row["solo"]),
    )


def _event_row(position: int, event: Event, setup: EventSetup) -> Row:
    return {
        "id": event.id,
        "position": position,
        "lane": event.lane,
        "cat_id": event.cat_id,
        "start_samples": event.range.start_samples,
        "end_samples": event.range.end_samples,
        "confidence": event.confidence,
        "reason": event.reason,
        **vars(setup),
        **{name: int(getattr(setup, name)) for name in _SETUP_FLAGS},
    }


def _event_of(row: Row, hits: list[Row]) -> Event:
    return Event(
        id=_text(row["id"]),
        lane=_text(row["lane"]),
        cat_id=_text(row["cat_id"]),
        range=_range_of(row),
        hit_points=tuple(HitPoint(_integer(hit["sample"]), _real(hit["strength"])) for hit in hits),
        confidence=_real(row["confidence"]),
        reason=_text(row["reason"]),
    )


def _setup_of(row: Row) -> EventSetup:
    flags = {name: bool(row[name]) for name in _SETUP_FLAGS}
    return EventSetup(**{**_picked(row, _SETUP), **flags})


def _hit_rows(event: Event) -> Iterator[Row]:
    for position, hit in enumerate(event.hit_points):
        yield {"event_id": event.id, "position": position, **vars(hit)}


def _take_row(position: int, take: Take, project: Project, folder: Path | None) -> Row:
    if abs(take.seed) > _LARGEST_INTEGER:
        raise InputError(f"Take {take.id} has seed {take.seed}: seeds are below 2**63. Make it again.")
    return {
        "position": position,
        **{name: getattr(take, name) for name in _TAKE_PLAIN},
        "path": _take_path_text(take.path, folder),
        "start_samples": take.range.start_samples,
        "end_samples": take.range.end_samples,
        "chosen": int(take.id in project.chosen),
        "starred": int(take.id in project.starred),
        "rejected": int(take.id in project.rejected),
    }


def _take_path_text(path: Path, folder: Path | None) -> str:
    place = os.path.abspath(path)  # plain text: a project may have thousands of takes
    inside = "" if folder is None else os.path.join(os.path.abspath(folder), "")
    return _storable(place.removeprefix(inside).replace(os.sep, "/"))


def _layer_rows(take: Take) -> Iterator[Row]:
    for position, layer in enumerate(take.layers):
        yield {
            "take_id": take.id,
            "position": position,
            "source_take_id": layer.source_take_id,
            "start_samples": layer.range.start_samples,
            "end_samples": layer.range.end_samples,
            "gain_db": 0.0,
        }


def _take_of(row: Row, score: Row, layers: list[Row], folder: Path | None) -> Take:
    stored = PurePosixPath(_text(row["path"]))
    numbers: dict[str, Any] = {name: _nan_if_none(score[name]) for name in _SCORE_NUMBERS}
    return Take(
        path=Path(stored) if folder is None else folder.absolute() / stored,
        range=_range_of(row),
        score=Score(measurable=bool(score["measurable"]), **numbers),
        layers=tuple(TakeLayer(_text(layer["source_take_id"]), _range_of(layer)) for layer in layers),
        **_picked(row, _TAKE_PLAIN),
    )


def _score_row(take: Take) -> Row:
    numbers = {name: _none_if_not_finite(getattr(take.score, name)) for name in _SCORE_NUMBERS}
    return {"take_id": take.id, **numbers, "measurable": int(take.score.measurable)}


def _none_if_not_finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _nan_if_none(number: Value) -> float:
    return math.nan if number is None else _real(number)


def _vote_row(position: int, vote: Vote) -> Row:
    return {
        "id": vote.id,
        "position": position,
        "event_id": vote.event_id,
        "verdict": vote.verdict,
        "blind": int(vote.blind),
        "document": json.dumps(vote_document(vote), ensure_ascii=False),
    }


def _ordered(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: _integer(row["position"]))


def _grouped(rows: list[Row], *, by: str) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in _ordered(rows):
        grouped.setdefault(_text(row[by]), []).append(row)
    return grouped


def _marked(takes: list[Row], mark: str) -> frozenset[str]:
    return frozenset(_text(row["id"]) for row in takes if row[mark])


def _range_of(row: Row) -> TimeRange:
    return TimeRange(_integer(row["start_samples"]), _integer(row["end_samples"]))


def _fraction(row: Row, name: str) -> Fraction:
    return Fraction(_integer(row[f"{name}_num"]), _integer(row[f"{name}_den"]))


def _picked(row: Row, names: Iterable[str], *, prefix: str = "") -> dict[str, Any]:
    """Fields of a record that stand in a row under their own name, after a prefix."""
    return {name: row[prefix + name] for name in names}


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} where text is expected")
    return value


def _integer(value: Value) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} where a whole number is expected")
    return value


def _real(value: Value) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} where a number is expected")
    return float(value)
