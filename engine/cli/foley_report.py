"""report.json of a foley run: the document, and what an earlier run left behind."""

import json
import platform
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine import __version__
from engine.atomic_file import written_atomically
from engine.cli.documents import Document, card_fields, clip_fields, event_fields, headed, take_fields
from engine.export import HEATMAPS_FOLDER, STEMS_FOLDER
from engine.foley import SEED_RULE, FoleyEvent, FoleyReport, event_seed

REPORT = "report.json"

# Only here does a run remove what an earlier one made; everything else is replaced by name.
_PLACES = {STEMS_FOLDER: ".wav", HEATMAPS_FOLDER: ".png"}
_PREVIEWS = ("preview.mp4", "preview.mov")


def report_document(report: FoleyReport) -> Document:
    """Everything about a run; paths are relative to ``out``, so that the folder can be moved."""
    out, order = report.order.out, report.order
    return headed(
        "foley",
        {
            "out": str(out.absolute()),
            "program": f"msg-engine {__version__}",
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"system": platform.platform(), "threads": torch.get_num_threads()},
            "clip": clip_fields(report.clip),
            "model": card_fields(report.model),
            "takes": order.takes,
            "seed": order.seed,
            "seed_rule": SEED_RULE,
            "steps": order.steps,
            "guidance": order.guidance,
            "events": [_event_fields(one, report) for one in report.events],
            "stems": {lane: _inside(path, out) for lane, path in report.stems.lanes.items()},
            "mix": _inside(report.stems.mix, out),
            "render_gain_db": report.stems.gain_db,
            "peak": report.stems.peak,
            "preview": {
                "path": _inside(report.preview.path, out),
                "picture_copied": report.preview.picture_copied,
                "reason": report.preview.reason,
            },
            "cues": _inside(report.cue_sheet, out),
            "project": _inside(report.project, out),
            "seconds": {stage: round(seconds, 3) for stage, seconds in report.seconds.items()},
            "files": sorted(_inside(path, out) for path in report.files),
        },
    )


def replace_report(document: Document, out: Path) -> None:
    """Write report.json, then remove stems, heatmaps and preview that only the earlier report names.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    earlier = _files_of_earlier(out)
    with written_atomically(out / REPORT) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for name in earlier - set(document["files"]):
        with suppress(OSError):  # a file held open elsewhere stays; nothing refers to it any more
            (out / name).unlink()


def _event_fields(one: FoleyEvent, report: FoleyReport) -> Document:
    out = report.order.out
    takes = [
        {**take_fields(take, report.clip, report.model), "path": _inside(take.path, out)}
        for take in one.takes
    ]
    stem = report.stems.events.get(one.event.id)
    return {
        **event_fields(one.event, one.class_name),
        "prompt": one.prompt,
        "seed": event_seed(report.order.seed, one.event.id),
        "chosen": one.chosen.id,
        "stem": None if stem is None else _inside(stem, out),
        "heatmaps": {kind: _inside(path, out) for kind, path in one.heatmaps.items()},
        "takes": takes,
    }


def _inside(path: Path, out: Path) -> str:
    return path.absolute().relative_to(out.absolute()).as_posix()


def _files_of_earlier(out: Path) -> set[str]:
    """Files an earlier report names, as far as they lie where we put such files."""
    try:
        named = json.loads((out / REPORT).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    if not isinstance(named, list):
        return set()
    return {name for name in named if isinstance(name, str) and _is_ours(name)}


def _is_ours(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    if not folder:
        return file in _PREVIEWS
    return folder in _PLACES and file.endswith(_PLACES[folder]) and "\\" not in file
