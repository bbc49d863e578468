"""What tuning is stopped by: held-out stems without their hit track, and never the reward.

A network that is tuned on a reward raises it, whether or not it gets better. So what decides is what the
reward does not see: whether onsets fall where the picture shows contacts, and whether levels stay right.
The sound is the codec's mel, as for the reward.

Letters: F mel frames, M bands, L latent channels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.codec.mel_codec import MelCodec
from engine.errors import InputError
from engine.generator.starter import StarterGenerator
from engine.onsets import onsets_of_mel
from trainer.evaluation.generator.columns import ONSET_TOLERANCE_S
from trainer.evaluation.hit_matching import MatchCount, match_moments
from trainer.preference.candidates import take_latents
from trainer.preference.given import Network, given_of_stem
from trainer.preference.real_sound import real_mel
from trainer.preference.reward import mels_of
from trainer.preference.stems import Stem, StemShelf

ONSET_F1, MEAN_OFF, STD_OFF = "held_out_onset_f1", "held_out_mel_mean_off", "held_out_mel_std_off"

Figures = Mapping[str, float]
Measure = Callable[[Network], dict[str, float]]
"""Figures of a network, in evaluation mode, on material kept apart."""
Rule = Callable[[Figures, Figures, Figures], bool]
"""Whether figures are better than the best ones so far, given those of the start."""


@dataclass(frozen=True)
class HeldOutConfig:
    """How a generator is measured while it is tuned.

    Attributes:
        stems: Held-out stems made of contacts, one a scene.
        steps: Euler steps.
        guidance: Guidance weight.
        level_tolerance: By how much mean and deviation of the mel may get worse, as a share of truth.
        least_gain: By how much the onset F1 must rise to count.
        bfloat16: Compute under bfloat16 autocast.

    Raises:
        InputError: When there is nothing to measure.
    """

    stems: int = 32
    steps: int = 10
    guidance: float = 2.5
    level_tolerance: float = 0.02
    least_gain: float = 0.0
    bfloat16: bool = False

    def __post_init__(self) -> None:
        if self.stems < 1:
            raise InputError(f"[held_out] stems = {self.stems}: give at least 1.")

    def rule(self, found: Figures, best: Figures, start: Figures) -> bool:
        """More onsets right, and levels no worse than at the start."""
        levels_hold = all(found[name] <= start[name] + self.level_tolerance for name in (MEAN_OFF, STD_OFF))
        return levels_hold and found[ONSET_F1] > best[ONSET_F1] + self.least_gain


class HeldOutMeasure:
    """The same stems with the same noise, asked again and again while a network is tuned.

    Args:
        pool: Folder of the scenes.
        codec: Of the generator.
        config: How much is asked.
        classes: Of the generator.

    Raises:
        InputError: When the pool has no held-out stem that fits.
    """

    def __init__(self, pool: Path, codec: MelCodec, config: HeldOutConfig, classes: tuple[str, ...]) -> None:
        shelf = StemShelf(pool, "held_out")
        self.stems = [
            shelf.read(entry) for entry in shelf.spread(config.stems, classes=classes, half="choose")
        ]
        self.codec = codec
        self.config = config
        mels = [_reachable(codec, stem) for stem in self.stems]
        self.true_mean, self.true_std = _level(mels)
        self.ceiling = _onset_f1(mels, self.stems)

    def __call__(self, network: Network) -> dict[str, float]:
        """Onset F1 and how far mean and deviation of the mel are off what is reachable, as shares of it.

        Raises:
            InputError: When the network is no starter generator.
        """
        if not isinstance(network, StarterGenerator):
            raise InputError("Held-out scenes measure starter generators: leave [tune] pool empty here.")
        mels = [self._take(network, stem, number) for number, stem in enumerate(self.stems)]
        mean, std = _level(mels)
        return {
            ONSET_F1: _onset_f1(mels, self.stems),
            MEAN_OFF: abs(mean - self.true_mean) / abs(self.true_mean),
            STD_OFF: abs(std - self.true_std) / self.true_std,
        }

    def _take(self, network: StarterGenerator, stem: Stem, seed: int) -> Tensor:
        given = given_of_stem(stem, classes=network.config.classes, hits=False)
        asked = self.config
        latents = take_latents(
            network, given, [seed], steps=asked.steps, guidance=asked.guidance, bfloat16=asked.bfloat16
        )
        return mels_of(self.codec, latents)[0]


def _reachable(codec: MelCodec, stem: Stem) -> Tensor:
    """The mel of a generator that makes no error, (F, M)."""
    with torch.no_grad():
        return mels_of(codec, codec.encode(real_mel(stem)[None]))[0]


def _onset_f1(mels: list[Tensor], stems: list[Stem]) -> float:
    counts = (
        match_moments(onsets_of_mel(mel), stem.moments_s, within_s=ONSET_TOLERANCE_S)
        for mel, stem in zip(mels, stems, strict=True)
    )
    return sum(counts, start=MatchCount(0, 0, 0)).f1


def _level(mels: list[Tensor]) -> tuple[float, float]:
    """Mean and deviation of all values."""
    together = torch.cat([mel.flatten() for mel in mels])
    return float(together.mean()), float(together.std())
