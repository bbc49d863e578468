"""How different takes are, as a share of how different real recordings of their class are.

Letters: F mel frames, M bands.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor

from engine.timing import MEL_RATE_HZ
from trainer.classifier.segments import plain_segments
from trainer.evaluation.generator.levels import mean_distance
from trainer.evaluation.generator.trials import Trial
from trainer.scenes.bank import SoundBank

CUT_FRAMES = 40
_MOST_GROUPS = 12


def real_distances(banks: Sequence[SoundBank], classes: Sequence[str]) -> dict[str, float]:
    """Mean distance between different recordings of each class, from their hit on.

    One voice of each recording group of all banks together; classes with a single group are left out.
    """
    found = {}
    for name in dict.fromkeys(classes):
        cuts = [cut for bank in banks for cut in _one_of_each_group(bank, name)]
        distance = mean_distance(cuts[:_MOST_GROUPS])
        if distance is not None:
            found[name] = distance
    return found


def _one_of_each_group(bank: SoundBank, name: str) -> list[Tensor]:
    firsts = {voice.group: voice for voice in reversed(bank.voices.get(name, []))}
    if not firsts:
        return []
    mels = plain_segments(SoundBank({name: list(firsts.values())}, {}), (name,)).mel
    return list(mels[:, :CUT_FRAMES])


def take_distance(takes: Tensor, trial: Trial) -> float | None:
    """Mean distance of the takes (B, F, M) of a trial from its strongest hit on."""
    start = strongest_start(trial, takes.shape[1])
    return None if start is None else mean_distance(list(takes[:, start : start + CUT_FRAMES]))


def strongest_start(trial: Trial, frames: int) -> int | None:
    """Mel frame of the strongest hit with room for a cut behind it."""
    starts = [(strength, int(time * MEL_RATE_HZ)) for time, strength in trial.hits]
    roomy = [(strength, start) for strength, start in starts if start + CUT_FRAMES <= frames]
    return max(roomy)[1] if roomy else None


def variety(distances: Sequence[tuple[str, float]], real: Mapping[str, float]) -> float | None:
    """Mean over trials of the distance of takes over that of recordings of their class.

    Args:
        distances: Class and distance of takes of each trial.
        real: Distance of real recordings by class; trials of other classes do not count.
    """
    shares = [distance / real[name] for name, distance in distances if name in real]
    return sum(shares) / len(shares) if shares else None
