"""How far the sound at the hit points stands above the gaps, in the stems that foley wrote."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from engine.errors import InputError
from engine.project.project_file import open_project
from engine.records import Event, FloatArray, Take
from engine.timing import PROJECT_RATE_HZ

NEAR_S = 0.1
GAP_AFTER_S = 0.6
GAP_BEFORE_S = 0.15
LEAST_GAP_S = 0.2


@dataclass(frozen=True)
class StemContrast:
    """One event's chosen take.

    Attributes:
        folder: Foley's output.
        event_id: The event.
        contrast_db: Energy within 100 ms of the hits over energy in the gaps, None without gaps.
    """

    folder: str
    event_id: str
    contrast_db: float | None


def stem_contrasts(folder: Path) -> list[StemContrast]:
    """Contrast of every event with hit points in a foley output.

    Raises:
        InputError: When the folder holds no report.
        ProjectError: When its project cannot be opened.
    """
    if not (folder / "report.json").is_file():
        raise InputError(
            f"No foley output at {folder}: report.json is missing. Run `msg-engine foley` first."
        )
    project = open_project(folder / "project.msgproj")
    found = []
    for event in project.events:
        take = project.chosen_take(event.id)
        if take is not None and event.hit_points:
            sound, _ = soundfile.read(take.path, dtype="float32")
            found.append(StemContrast(folder.name, event.id, contrast_of_take(sound, event, take)))
    return found


def contrast_of_take(sound: FloatArray, event: Event, take: Take) -> float | None:
    """Contrast in dB of a take's samples (S,), None where the hits leave no gap to speak of."""
    times = (np.arange(len(sound)) + take.range.start_samples) / PROJECT_RATE_HZ
    near = np.zeros(len(sound), dtype=bool)
    gap = np.ones(len(sound), dtype=bool)
    for hit in event.hit_points:
        since = times - hit.sample / PROJECT_RATE_HZ
        near |= np.abs(since) <= NEAR_S
        gap &= (since < -GAP_BEFORE_S) | (since > GAP_AFTER_S)
    if gap.sum() < LEAST_GAP_S * PROJECT_RATE_HZ:
        return None
    loud = float(np.square(sound[near], dtype=np.float64).mean())
    quiet = float(np.square(sound[gap], dtype=np.float64).mean())
    return float(10 * np.log10(max(loud, 1e-20) / max(quiet, 1e-14)))
