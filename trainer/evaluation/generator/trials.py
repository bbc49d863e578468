"""What the generator is asked for: stems of held-out scenes, whole for timing, short for each class.

Letters: N tokens at 25 Hz, F = 4N mel frames, M bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.generator.control import ACTIVITY_CHANNEL, hits_of_track
from engine.timing import MEL_FRAMES_PER_TOKEN, MEL_RATE_HZ
from engine.ucs import class_for
from trainer.evaluation.generator.takes import Wish
from trainer.scenes.pool import ScenePool

SHORT_TOKENS = 96
_LEAD_TOKENS = 8


@dataclass(frozen=True)
class Trial:
    """One wish and the sound that is there in truth.

    Attributes:
        wish: What is asked for.
        number: Seeds of its takes begin here.
        truth: (F, M) log-mel of the stem; None where hits and picture are those of another class.
    """

    wish: Wish
    number: int
    truth: Tensor | None

    @property
    def hits(self) -> list[tuple[float, float]]:
        """Seconds and strengths of the hits."""
        return hits_of_track(self.wish.control.float().numpy())

    @property
    def moments_s(self) -> list[float]:
        """Seconds of the hits."""
        return [time for time, _ in self.hits]

    @property
    def activity(self) -> Tensor:
        """(N,) where a continuous sound runs."""
        return self.wish.control[:, ACTIVITY_CHANNEL].float()


def contact_stems(pool: ScenePool, count: int) -> list[int]:
    """Rows of stems made of contacts, of classes the generator knows, spread over the pool."""
    rows = _rows_with_contacts(pool)
    chosen = rows[torch.linspace(0, len(rows) - 1, min(count, len(rows))).long()]
    return [int(row) for row in chosen]


def _rows_with_contacts(pool: ScenePool) -> Tensor:
    has_hits = pool.stem_control[..., :ACTIVITY_CHANNEL].float().sum((1, 2)) > 0
    return torch.nonzero(has_hits & (pool.stem_class >= 0))[:, 0]


def timing_trials(pool: ScenePool, count: int) -> list[Trial]:
    """Whole stems made of contacts."""
    return [_trial_of_row(pool, row, 0, pool.steps) for row in contact_stems(pool, count)]


def class_trials(pool: ScenePool, classes: Sequence[str], *, each: int) -> list[Trial]:
    """Stretches of SHORT_TOKENS for every class, ``each`` of them.

    Where the scenes hold fewer stems of a class, the hits or the activity of other stems are
    borrowed, without their picture.
    """
    trials: list[Trial] = []
    contacts = set(_rows_with_contacts(pool).tolist())
    runs = [row for row in range(len(pool.stem_class)) if row not in contacts]
    for index, name in enumerate(classes):
        own = [row for row in range(len(pool.stem_class)) if pool.classes[pool.stem_class[row]] == name]
        kind = class_for(name).kind
        others = sorted(contacts) if kind == "event" else runs
        if not own and not others:
            continue
        spread = [own[at] for at in torch.linspace(0, len(own) - 1, min(each, len(own))).long().tolist()]
        trials += [_short_trial(pool, row, name, len(trials) + at, own=True) for at, row in enumerate(spread)]
        missing = each - len(spread) if others else 0
        for at in range(missing):
            row = others[(17 * index + 29 * at) % len(others)]
            trials.append(_short_trial(pool, row, name, len(trials), own=False))
    return trials


def _trial_of_row(pool: ScenePool, row: int, first: int, tokens: int) -> Trial:
    return _stretch(pool, row, pool.classes[pool.stem_class[row]], first, tokens, row, own=True)


def _short_trial(pool: ScenePool, row: int, name: str, number: int, *, own: bool) -> Trial:
    """The stretch around what sounds first."""
    sounding = pool.stem_control[row].float().amax(1) > 0
    first = int(torch.nonzero(sounding)[0, 0]) if bool(sounding.any()) else 0
    start = max(0, min(first - _LEAD_TOKENS, pool.steps - SHORT_TOKENS))
    tokens = min(SHORT_TOKENS, pool.steps)
    return _stretch(pool, row, name, start, tokens, 10_000 + number, own=own)


def _stretch(
    pool: ScenePool, row: int, name: str, first: int, tokens: int, number: int, *, own: bool
) -> Trial:
    part = slice(first, first + tokens)
    mel = slice(MEL_FRAMES_PER_TOKEN * first, MEL_FRAMES_PER_TOKEN * (first + tokens))
    wish = Wish(pool.grid[pool.stem_scene[row], part], pool.stem_control[row, part], name, own_picture=own)
    return Trial(wish, number, pool.stem_mel[row, mel].float() if own else None)


def cut_starts(trial: Trial, *, frames: int, most: int = 3) -> list[int]:
    """First mel frames of the segments that are listened to: the most separate hits, or the run in parts.

    Args:
        trial: The trial.
        frames: Length of a segment.
        most: At most so many.
    """
    room = MEL_FRAMES_PER_TOKEN * len(trial.wish.control) - frames
    hits = [int(time * MEL_RATE_HZ) for time in trial.moments_s]
    if not hits:
        active = torch.nonzero(trial.activity > 0.5)[:, 0]
        first = int(active[0]) * MEL_FRAMES_PER_TOKEN if len(active) else 0
        last = int(active[-1] + 1) * MEL_FRAMES_PER_TOKEN - frames if len(active) else room
        spread = torch.linspace(first, max(first, last), most).long().clamp(0, room)
        return sorted(set(spread.tolist()))
    gaps = [after - hit for hit, after in zip(hits, [*hits[1:], 10_000], strict=True)]
    in_reach = [hit for hit in sorted(hits, key=lambda hit: -gaps[hits.index(hit)]) if hit - 2 <= room]
    chosen = in_reach[:most] or [hits[0]]
    return sorted({min(max(0, hit - 2), room) for hit in chosen})
