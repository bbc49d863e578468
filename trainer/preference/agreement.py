"""Does a generator prefer the better take: implicit rewards of pairs kept apart, and how sure the share is.

The implicit reward of a take is by how much the tuned network denoises it better than its base does
(Rafailov et al. 2023; of velocity errors here). The base itself is asked which of both it denoises better.

Letters: P pairs, D draws, T tokens of a crop.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.nn.lora import lora_switched_off
from trainer.preference.given import Network, field_of_pairs, joined_given
from trainer.preference.losses import errors_of_pairs
from trainer.preference.material import PairBatch, TuningPair, cropped, whole_precision

DRAWS = 16
CROP_TOKENS = 64
Z_95 = 1.959964


@dataclass(frozen=True)
class Agreement:
    """On how many pairs a generator agrees with who chose.

    Attributes:
        pairs: Pairs asked about.
        agreed: Those on which it agrees; a tie counts half.
    """

    pairs: int
    agreed: float

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(self.pairs + other.pairs, self.agreed + other.agreed)

    @property
    def share(self) -> float:
        """Share of the pairs, 0 for none."""
        return self.agreed / self.pairs if self.pairs else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share (Wilson 1927)."""
        return wilson_interval(self.agreed, self.pairs)


@dataclass(frozen=True)
class BothAgree:
    """Agreement of a tuned generator and of its base on the same pairs.

    Attributes:
        new: Of the tuned one.
        old: Of the base.
    """

    new: Agreement
    old: Agreement

    def __add__(self, other: "BothAgree") -> "BothAgree":
        return BothAgree(self.new + other.new, self.old + other.old)


NOBODY_ASKED = BothAgree(Agreement(0, 0), Agreement(0, 0))


def wilson_interval(hits: float, trials: int, *, z: float = Z_95) -> tuple[float, float]:
    """Interval of a share of so many trials; (0, 1) of none (Wilson 1927, score interval).

    Args:
        hits: Trials that went well, from 0 to ``trials``.
        trials: How many.
        z: Deviations of the normal on either side; 95 % when not given.
    """
    if not trials:
        return 0.0, 1.0
    share, square = hits / trials, z * z / trials
    middle = (share + square / 2) / (1 + square)
    half = z * math.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


@torch.no_grad()
def agreement_on(
    network: Network, pairs: Sequence[TuningPair], *, draws: int = DRAWS, seed: int = 0
) -> BothAgree:
    """On how many pairs a generator with adapters agrees, and its base.

    Both sides of a pair, tuned network and base all see the same noise, times and crops. Times are
    spread evenly over (0, 1), one draw in each of ``draws`` parts.

    Args:
        network: With adapters, on the CPU.
        pairs: Better and worse takes; none of them may have been tuned on.
        draws: D, over which errors are averaged.
        seed: Of noise, times and crops.
    """
    found = NOBODY_ASKED
    for number, pair in enumerate(pairs):
        chance = torch.Generator().manual_seed(1_000_003 * seed + number)
        batch, noise, t = _draws_of(pair, draws, chance)
        new = _gap(network, batch, noise, t)
        with lora_switched_off(network):
            old = _gap(network, batch, noise, t)
        found = found + BothAgree(_verdict(new - old), _verdict(old))
    return found


def _draws_of(pair: TuningPair, draws: int, chance: torch.Generator) -> tuple[PairBatch, Tensor, Tensor]:
    """D crops of one pair as a batch, with noise (D, T, L) and times (D,)."""
    tokens = min(CROP_TOKENS, pair.tokens)
    places = torch.randint(pair.tokens - tokens + 1, (draws,), generator=chance).tolist()
    cuts = [cropped(pair, place, tokens) for place in places]
    chosen = torch.stack([cut.chosen for cut in cuts])
    batch = PairBatch(
        chosen,
        torch.stack([cut.rejected for cut in cuts]),
        joined_given([whole_precision(cut.given) for cut in cuts]),
    )
    t = (torch.arange(draws) + torch.rand(draws, generator=chance)) / draws
    return batch, torch.randn(chosen.shape, generator=chance), t


def _gap(network: Network, batch: PairBatch, noise: Tensor, t: Tensor) -> float:
    """By how much the error on the better take exceeds that on the worse one, the mean of all draws."""
    velocity = field_of_pairs(network, batch.given, tokens=batch.chosen.shape[1])
    better, worse = errors_of_pairs(velocity, batch.chosen, batch.rejected, noise=noise, t=t)
    return float((better - worse).mean())


def _verdict(gap: float) -> Agreement:
    return Agreement(1, 1.0 if gap < 0 else 0.5 if gap == 0 else 0.0)
