"""One of two events taken out of the sound, or given the sound of another class: does its score fall?

All mixes are made from stems, as sums of power on the mel scale over the quiet floor of the real
mix, so that the changed sound differs from the true one in that event alone.
Letters: B trials, A stems, T fast steps, F = 4T mel frames, M bands.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cavp.model import SFCAVP
from engine.errors import InputError
from engine.features.mel import MEL_FLOOR
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.evaluation.embedding import embed_pictures, embed_sounds
from trainer.evaluation.event_agreement import EventScorer, event_agreement, event_steps
from trainer.evaluation.figures import Figure
from trainer.evaluation.shifts import agreement
from trainer.scenes.pool import ScenePool

SEED = 31
FLOOR_QUANTILE = 0.1
CUT_FRAMES = 60
CUT_LEAD_FRAMES = 2


@dataclass(frozen=True)
class SwapScores:
    """One measure of the changed events, by what was done to them, (B,) each.

    Attributes:
        true: In the mix of all stems.
        deleted: Without its stem.
        swapped: With the sound of another class at the same times.
    """

    true: Tensor
    deleted: Tensor
    swapped: Tensor

    @property
    def fall_when_deleted(self) -> float:
        """Share of events whose measure falls."""
        return float((self.deleted < self.true).float().mean())

    @property
    def fall_when_swapped(self) -> float:
        """Share of events whose measure falls."""
        return float((self.swapped < self.true).float().mean())


@dataclass(frozen=True)
class SwapStudy:
    """Three measures of the same events.

    Attributes:
        event: Score of the event.
        reward: Reward of the whole, which knows nothing of events.
        onset: Rise of the sound at the event's steps: the simple rival.
    """

    event: SwapScores
    reward: SwapScores
    onset: SwapScores


def events_with_company(pool: ScenePool) -> list[int]:
    """Rows of visible events in scenes with at least one other event."""
    return [
        row
        for rows in pool.stem_rows
        if len(rows) >= 2
        for row in rows
        if bool(pool.stem_seen[row]) and bool(event_steps(pool.stem_control[row][None]).any())
    ]


def study_swaps(network: SFCAVP, pool: ScenePool, *, scorer: EventScorer = event_agreement) -> SwapStudy:
    """Score every visible event of the scenes with company, as it is, deleted and swapped.

    Raises:
        InputError: When no scene has two events.
    """
    events = events_with_company(pool)
    if not events:
        raise InputError("No held-out scene has two events with one to be seen: render a larger pool.")
    seen = embed_pictures(network, pool.grid[pool.stem_scene[events]])
    steps = event_steps(pool.stem_control[events])
    measured = []
    for mels in _sounds(pool, events):
        heard = embed_sounds(network, mels)
        score = scorer(seen, heard, steps, pool.stem_class[events])
        measured.append((score, agreement(seen, heard)[1], rise_at(mels, steps)))
    event, reward, onset = (SwapScores(*column) for column in zip(*measured, strict=True))
    return SwapStudy(event, reward, onset)


def _sounds(pool: ScenePool, events: list[int]) -> Iterator[Tensor]:
    """The mixes (B, F, M) of all events: true, deleted, swapped."""
    yield torch.stack([mix_of(pool, row, pool.stem_mel[row].float()) for row in events])
    yield torch.stack([mix_of(pool, row, None) for row in events])
    pairs = zip(events, choose_donors(pool, events), strict=True)
    yield torch.stack([mix_of(pool, row, in_the_place_of(pool, row, donor)) for row, donor in pairs])


def choose_donors(pool: ScenePool, events: list[int]) -> list[int]:
    """For each event a stem of a class that its scene lacks, made of contacts where the event is."""
    chance = torch.Generator().manual_seed(SEED)
    struck = _struck(pool)
    donors = []
    for row in events:
        scene_classes = {int(pool.stem_class[other]) for other in pool.stem_rows[int(pool.stem_scene[row])]}
        fit = [
            other
            for other in range(len(pool.stem_class))
            if bool(struck[other]) == bool(struck[row]) and int(pool.stem_class[other]) not in scene_classes
        ]
        fit = fit or [other for other in range(len(pool.stem_class)) if other != row]
        donors.append(fit[int(torch.randint(len(fit), (1,), generator=chance))])
    return donors


def _struck(pool: ScenePool) -> Tensor:
    return pool.stem_control[..., :MEL_FRAMES_PER_TOKEN].float().sum((1, 2)) > 0


def in_the_place_of(pool: ScenePool, row: int, donor: int) -> Tensor:
    """The donor's sound at the event's own hits and level, log-mel (F, M)."""
    own, other = pool.stem_mel[row].float(), pool.stem_mel[donor].float()
    hits, given = _hit_frames(pool, row), _hit_frames(pool, donor)
    if hits and given:
        strongest = max(given, key=lambda frame: float(_strengths(pool, donor)[frame]))
        later = [frame for frame in given if frame > strongest]
        end = min([strongest + CUT_FRAMES, *(frame - CUT_LEAD_FRAMES for frame in later)])
        cut = other[max(0, strongest - CUT_LEAD_FRAMES) : max(end, strongest + CUT_LEAD_FRAMES)]
        other = _laid(cut, hits, frames=len(own), strengths=_strengths(pool, row))
    gain = float(own.amax(1).max() - other.amax(1).max())
    return (other + gain).clamp_min(_silence())


def _laid(cut: Tensor, hits: list[int], *, frames: int, strengths: Tensor) -> Tensor:
    """A cut sound at every hit, as a sum of power, log-mel (F, M)."""
    power = torch.zeros(frames, cut.shape[1])
    sound = (2 * cut).exp()
    for hit in hits:
        start = max(0, hit - CUT_LEAD_FRAMES)
        room = min(len(sound), frames - start)
        power[start : start + room] += sound[:room] * float(strengths[hit]) ** 2
    return _log_mel_of(power)


def _strengths(pool: ScenePool, row: int) -> Tensor:
    return pool.stem_control[row, :, :MEL_FRAMES_PER_TOKEN].float().flatten()  # (F,)


def _hit_frames(pool: ScenePool, row: int) -> list[int]:
    frames: list[int] = torch.nonzero(_strengths(pool, row))[:, 0].tolist()
    return frames


def mix_of(pool: ScenePool, row: int, stem: Tensor | None) -> Tensor:
    """The scene of an event with another sound for it, or none, log-mel (F, M)."""
    scene = int(pool.stem_scene[row])
    floor = pool.mix_mel[scene].float().quantile(FLOOR_QUANTILE, dim=0)  # (M,)
    power = (2 * floor).exp().expand(pool.mix_mel.shape[1], -1).clone()
    for other in pool.stem_rows[scene]:
        if other != row:
            power += (2 * pool.stem_mel[other].float()).exp()
    if stem is not None:
        power += (2 * stem).exp()
    return _log_mel_of(power)


def _log_mel_of(power: Tensor) -> Tensor:
    return (0.5 * power.clamp_min(MEL_FLOOR**2).log()).clamp_min(_silence())


def _silence() -> float:
    return float(torch.tensor(MEL_FLOOR).log())


def rise_at(mels: Tensor, steps: Tensor) -> Tensor:
    """Mean rise of log-mels (B, F, M) over steps (B, T), against that of the whole, (B,)."""
    rise = torch.diff(mels, dim=1, prepend=mels[:, :1]).clamp_min(0).mean(-1)
    strength = rise.reshape(len(rise), -1, MEL_FRAMES_PER_TOKEN).amax(-1)  # (B, T)
    own = steps.float()
    return (strength * own).sum(1) / own.sum(1).clamp_min(1e-6) - strength.mean(1)


def swap_figures(study: SwapStudy) -> list[Figure]:
    """The rows of the table."""
    count = len(study.event.true)
    return [
        Figure(
            "scenes: one of the events deleted, its score falls",
            study.event.fall_when_deleted,
            wanted=0.85,
            baseline=study.onset.fall_when_deleted,
            remark=f"{count} events; reward of the whole falls in {study.reward.fall_when_deleted:.2f}",
        ),
        Figure(
            "scenes: one swapped with another class, its score falls",
            study.event.fall_when_swapped,
            wanted=0.85,
            baseline=study.onset.fall_when_swapped,
            remark=f"{count} events; reward of the whole falls in {study.reward.fall_when_swapped:.2f}",
        ),
    ]
