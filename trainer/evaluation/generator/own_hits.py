"""Onsets of sound made at hit points that our own detection found on picture alone.

Letters: T steps at 25 Hz, N tokens of an event, F mel frames, M bands, S samples at 44.1 kHz.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.cavp.model import SFCAVP
from engine.event_detection import Finding
from engine.features.mel import log_mel
from engine.generator.control import control_track
from engine.onsets import onsets_of_mel
from engine.progress import Progress, ProgressListener
from engine.timing import MEL_FRAMES_PER_TOKEN, MEL_HOP, MODEL_RATE_HZ, PROJECT_RATE_HZ, TOKEN_RATE_HZ
from trainer.evaluation.detection import WITHIN_S, apart_from, find_events, true_contacts
from trainer.evaluation.generator.takes import Wish
from trainer.evaluation.generator.trials import Trial
from trainer.evaluation.hit_matching import MatchCount, match_moments
from trainer.scenes.pool import ScenePool

SHORTEST_TOKENS = 32
_SAMPLES_PER_TOKEN = PROJECT_RATE_HZ // TOKEN_RATE_HZ

WaveMaker = Callable[[Trial], Tensor]
"""Waveform (S,) of one take of a trial."""


@dataclass(frozen=True)
class FoundEvent:
    """An event as the generator is asked for it.

    Attributes:
        trial: What is asked for.
        first: Token of the scene at which it begins.
    """

    trial: Trial
    first: int


@dataclass(frozen=True)
class OwnHitFigures:
    """Onsets against visible contacts.

    Attributes:
        onsets: Onsets on contacts of silent copies left out, as in the figures of detection.
        strict: The same with these onsets counted as wrong.
    """

    onsets: MatchCount
    strict: MatchCount


def scenes_with_contacts(pool: ScenePool, count: int) -> list[int]:
    """Scenes with visible contacts, spread over the pool."""
    scenes = [scene for scene in range(pool.scenes) if true_contacts(pool, scene).seen]
    spread = torch.linspace(0, len(scenes) - 1, min(count, len(scenes))).long().tolist()
    return [scenes[at] for at in spread]


def found_events(network: SFCAVP, pool: ScenePool, scene: int) -> list[FoundEvent]:
    """All that detection finds in a scene on picture alone."""
    grid = pool.grid[scene].float()
    found = find_events(network, grid, None)
    return [_event(finding, grid, 1000 * scene + number) for number, finding in enumerate(found)]


def _event(finding: Finding, grid: Tensor, number: int) -> FoundEvent:
    steps = len(grid)
    where = finding.event.range
    first = max(0, where.start_samples // _SAMPLES_PER_TOKEN)
    last = min(steps, max(-(-where.end_samples // _SAMPLES_PER_TOKEN), first + SHORTEST_TOKENS))
    first = max(0, min(first, last - SHORTEST_TOKENS))
    begin = first * _SAMPLES_PER_TOKEN
    hits = [((hit.sample - begin) / PROJECT_RATE_HZ, hit.strength) for hit in finding.event.hit_points]
    running = None if hits else np.ones(last - first, dtype=np.float32)
    control = torch.from_numpy(control_track(last - first, hits=hits, activity=running))
    return FoundEvent(Trial(Wish(grid[first:last], control, finding.class_name), number, None), first)


def study_own_hits(
    make: WaveMaker,
    network: SFCAVP,
    pool: ScenePool,
    scenes: list[int],
    *,
    name: str,
    listener: ProgressListener,
) -> OwnHitFigures:
    """Make every found event of the scenes, add them up, and look for their onsets."""
    kept, strict = MatchCount(0, 0, 0), MatchCount(0, 0, 0)
    for done, scene in enumerate(scenes, start=1):
        events = found_events(network, pool, scene)
        mix = mixed([(event.first, make(event.trial)) for event in events], pool.steps)
        own, all_of_them = match_visible(onsets_of_mel(log_mel(mix[None])[0]), pool, scene)
        kept, strict = kept + own, strict + all_of_them
        listener(Progress(f"{name}: own hits", done, len(scenes)))
    return OwnHitFigures(kept, strict)


def study_true_mixes(pool: ScenePool, scenes: list[int]) -> OwnHitFigures:
    """The same for the true sound of what is seen: the ceiling of onset detection on sums of sounds."""
    kept, strict = MatchCount(0, 0, 0), MatchCount(0, 0, 0)
    for scene in scenes:
        seen = [row for row in pool.stem_rows[scene] if bool(pool.stem_seen[row])]
        mix = pool.stem_mel[seen].float().exp().square().sum(0).sqrt().log()
        own, all_of_them = match_visible(onsets_of_mel(mix), pool, scene)
        kept, strict = kept + own, strict + all_of_them
    return OwnHitFigures(kept, strict)


def match_visible(onsets_s: list[float], pool: ScenePool, scene: int) -> tuple[MatchCount, MatchCount]:
    """Onsets against visible contacts, those on silent copies left out, and all of them."""
    true = true_contacts(pool, scene)
    kept = apart_from(onsets_s, true.seen, true.silent)
    return (
        match_moments(kept, true.seen, within_s=WITHIN_S),
        match_moments(onsets_s, true.seen, within_s=WITHIN_S),
    )


def mixed(parts: list[tuple[int, Tensor]], steps: int) -> Tensor:
    """Sum (S,) of waveforms laid at their first tokens."""
    mix = torch.zeros(round(steps / TOKEN_RATE_HZ * MODEL_RATE_HZ))
    for first, wave in parts:
        start = first * MEL_FRAMES_PER_TOKEN * MEL_HOP
        room = min(len(wave), len(mix) - start)
        mix[start : start + room] += wave[:room]
    return mix
