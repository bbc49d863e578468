"""Hit points found on real clips against annotated onsets, beside the frame-difference baseline."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.cavp.model import SFCAVP
from engine.clip import Clip, open_clip
from engine.contact_evidence import places_of_movement, with_evidence
from engine.embedding import SoundEmbedder
from engine.errors import InputError
from engine.event_detection import PICTURE_ALONE, WITH_SOUND, detect_events
from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH
from engine.media.video_reader import VideoReader
from engine.scoring import embed_clip
from engine.shots import find_cuts
from engine.step_range import StepRange
from engine.timing import PROJECT_RATE_HZ, TOKEN_RATE_HZ
from engine.ucs import class_for
from trainer.evaluation.baseline import motion_curve, strongest_peaks
from trainer.evaluation.hit_matching import MatchCount, match_moments

TOLERANCE_S = 0.1


@dataclass(frozen=True)
class AnnotatedClip:
    """A clip and its annotated onsets.

    Attributes:
        path: The film.
        onsets_s: Moments of the real sound.
        trust: First word of the annotation's confidence.
    """

    path: Path
    onsets_s: tuple[float, ...]
    trust: str


@dataclass(frozen=True)
class ClipHits:
    """Hit points of one clip.

    Attributes:
        clip: The clip.
        ours: On picture alone.
        guided: With the production sound, which the onsets were annotated on.
        baseline: As many of the strongest frame differences as ``ours`` has hit points.
    """

    clip: AnnotatedClip
    ours: MatchCount
    guided: MatchCount
    baseline: MatchCount


def read_clip_manifest(folder: Path) -> list[AnnotatedClip]:
    """Annotated clips of a folder with a manifest.csv.

    Raises:
        InputError: When there is no manifest.
    """
    path = folder / "manifest.csv"
    if not path.is_file():
        raise InputError(f"No clips at {folder}: manifest.csv is missing. Give a folder with one.")
    with path.open(newline="", encoding="utf-8") as handle:
        return [
            AnnotatedClip(
                folder / row["file"],
                tuple(float(word) for word in row["onsets_s"].split()),
                row["onset_confidence"].split()[0],
            )
            for row in csv.DictReader(handle)
        ]


def find_hits(network: SFCAVP, clip: Clip, *, picture_only: bool) -> list[float]:
    """Seconds of all hit points of a clip, on picture alone or with its production sound."""
    heard_s = None if picture_only else clip.onsets_s
    whole = StepRange(0, clip.steps)
    heard = None
    if clip.sound is not None and not picture_only:
        heard = SoundEmbedder(network).embed(clip.sound, whole, clip_steps=clip.steps).frames
    findings = detect_events(
        with_evidence(embed_clip(network, clip), clip.grid, heard=heard),
        heard_s=heard_s or (),
        steady_s=() if picture_only else clip.steady_s,
        places=places_of_movement(clip.grid),
        classes=tuple(class_for(name) for name in network.config.classes),
        cuts=find_cuts(clip.grid),
        duration_samples=clip.info.duration_samples,
        config=PICTURE_ALONE if heard is None else WITH_SOUND,
    )
    return [hit.sample / PROJECT_RATE_HZ for found in findings for hit in found.event.hit_points]


def hits_of_clip(network: SFCAVP, annotated: AnnotatedClip) -> ClipHits:
    """Find the hit points of a clip, on picture alone and with its sound, and match its onsets."""
    clip = open_clip(annotated.path)
    ours = find_hits(network, clip, picture_only=True)
    guided = find_hits(network, clip, picture_only=False)
    with VideoReader(annotated.path) as reader:
        frames = reader.resampled(rate_hz=TOKEN_RATE_HZ, width=FRAME_WIDTH, height=FRAME_HEIGHT)
    times = (np.arange(len(frames)) / TOKEN_RATE_HZ).astype(np.float32)
    curve = motion_curve(frames, times, clip.info.duration_samples / PROJECT_RATE_HZ)
    rival = strongest_peaks(curve, len(ours))
    return ClipHits(
        annotated,
        match_moments(ours, annotated.onsets_s, within_s=TOLERANCE_S),
        match_moments(guided, annotated.onsets_s, within_s=TOLERANCE_S),
        match_moments(rival, annotated.onsets_s, within_s=TOLERANCE_S),
    )
