"""The whole evaluation of SF-CAVP: held-out scenes and real clips, one table, its plots, one JSON."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from engine.atomic_file import written_atomically
from engine.cavp.model import SFCAVP
from engine.progress import Progress, ProgressListener, silent
from trainer.evaluation import plots
from trainer.evaluation.clip_material import ClipMaterial
from trainer.evaluation.clip_offsets import ClipOffsetComparison, clip_offset_figures, compare_on_clips
from trainer.evaluation.detection import DetectionStudy, detection_figures, study_detection
from trainer.evaluation.figures import Figure
from trainer.evaluation.judges import cavp_judge
from trainer.evaluation.offsets import OffsetStudy, offset_figures, study_offsets
from trainer.evaluation.retrieval import RetrievalStudy, retrieval_figures, study_retrieval
from trainer.evaluation.shifts import ShiftStudy, shift_figures, study_shifts
from trainer.evaluation.swaps import SwapStudy, study_swaps, swap_figures
from trainer.scenes.pool import ScenePool

RESULT_FILE = "cavp.json"
SCHEMA = 1


@dataclass(frozen=True)
class CavpEvaluation:
    """All that was measured of one model.

    Attributes:
        offsets: Shifted tracks of scenes.
        retrieval: The right sound among a hundred.
        shifts: Score against shift.
        swaps: One event changed.
        detection: Contacts found.
        clips: Real clips, None where none were given.
    """

    offsets: OffsetStudy
    retrieval: RetrievalStudy
    shifts: ShiftStudy
    swaps: SwapStudy
    detection: DetectionStudy
    clips: ClipOffsetComparison | None

    def figures(self) -> list[Figure]:
        """The table."""
        return [
            *offset_figures(self.offsets),
            *retrieval_figures(self.retrieval),
            *shift_figures(self.shifts),
            *swap_figures(self.swaps),
            *detection_figures(self.detection),
            *(clip_offset_figures(self.clips) if self.clips else []),
        ]

    def short_numbers(self) -> dict[str, float]:
        """One figure of each part, for tables of many models."""
        return {
            "offset within 100 ms": float(self.offsets.ours.right.float().mean()),
            "R@1": self.retrieval.recall(1),
            "R@10": self.retrieval.recall(10),
            "right class set": float(self.retrieval.right_set.float().mean()),
            "true above 200 ms": self.shifts.above(self.shifts.reward, 200),
            "deleted falls": self.swaps.event.fall_when_deleted,
            "swapped falls": self.swaps.event.fall_when_swapped,
            "F1 with sound": self.detection.guided.f1,
            "F1 picture": self.detection.picture.f1,
        }


def evaluate_cavp(
    network: SFCAVP,
    held_out: ScenePool,
    clips: Sequence[ClipMaterial],
    *,
    listener: ProgressListener = silent,
) -> CavpEvaluation:
    """Measure a model; the same model, scenes and clips give the same figures.

    Args:
        network: SF-CAVP, in evaluation mode.
        held_out: Scenes that it was not trained on.
        clips: Real clips with their sound, none to leave them out.
        listener: Told which part is done.
    """
    parts = ("offsets", "retrieval", "shifts", "swaps", "detection", "clips")

    def tell(name: str) -> None:
        listener(Progress("evaluate cavp", parts.index(name), len(parts), name))

    tell("offsets")
    offsets = study_offsets(network, held_out)
    tell("retrieval")
    retrieval = study_retrieval(network, held_out)
    tell("shifts")
    shifts = study_shifts(network, held_out)
    tell("swaps")
    swaps = study_swaps(network, held_out)
    tell("detection")
    detection = study_detection(network, held_out)
    tell("clips")
    compared = compare_on_clips(cavp_judge(network), clips) if clips else None
    return CavpEvaluation(offsets, retrieval, shifts, swaps, detection, compared)


def write_evaluation(found: CavpEvaluation, folder: Path, *, about: dict[str, Any]) -> list[Path]:
    """Write the JSON and the plots; returns what was written.

    Args:
        found: The evaluation.
        folder: Where to; made where it is missing.
        about: What was judged, in plain values.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / RESULT_FILE]
    with written_atomically(written[0]) as temporary:
        temporary.write_text(json.dumps(document(found, about), indent=1) + "\n", encoding="utf-8")
    written.append(plots.draw_score_against_shift(found.shifts, folder / "score_against_shift.png"))
    written.append(plots.draw_offset_errors(found.offsets, folder / "offset_errors.png"))
    written.append(plots.draw_reliability(found.offsets, folder / "confidence_reliability.png"))
    written.append(plots.draw_retrieval(found.retrieval, folder / "retrieval.png"))
    if found.clips:
        written.append(plots.draw_clip_lag_curves(found.clips, folder / "clip_lag_curves.png"))
    return written


def document(found: CavpEvaluation, about: dict[str, Any]) -> dict[str, Any]:
    """The evaluation as plain values: the table, each clip's trials, and how it was made."""
    return {
        "schema": SCHEMA,
        **about,
        **circumstances(),
        "figures": [{**asdict(figure), "met": figure.met} for figure in found.figures()],
        "clips": _clip_rows(found.clips) if found.clips else [],
    }


def circumstances() -> dict[str, str]:
    """Command, machine kind and date, without which a figure is only a claim."""
    threads = f"{torch.get_num_threads()} of {os.cpu_count()} threads"
    return {
        "command": " ".join(["msg-train", *sys.argv[1:]]),
        "machine": f"{platform.system()} {platform.machine()}, CPU, {threads}, torch {torch.__version__}",
        "date": datetime.now(UTC).date().isoformat(),
    }


def _clip_rows(found: ClipOffsetComparison) -> list[dict[str, Any]]:
    rows = zip(found.ours.trials, found.baseline.trials, found.log_rise.trials, strict=True)
    return [
        {
            "clip": ours.clip,
            "trust": ours.trust,
            "move_s": ours.move_s,
            "preferred": ours.preferred,
            "offset_s": round(ours.moved.offset_s, 4),
            "confidence": round(ours.moved.confidence, 4),
            "baseline_preferred": rival.preferred,
            "baseline_offset_s": round(rival.moved.offset_s, 4),
            "log_rise_preferred": other.preferred,
            "log_rise_offset_s": round(other.moved.offset_s, 4),
        }
        for ours, rival, other in rows
    ]
