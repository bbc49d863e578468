"""The reward that candidates are ranked by: SF-CAVP's agreement of picture and sound, as takes are ranked.

It is `engine.scoring.score_sound`, the formula that the studio ranks takes by, asked for the stem's own
stretch with its hits and class. The sound it hears is the codec's mel itself: vocoder and waveform would
cost a hundred times as much and say nothing about the generator.

Letters: K takes, N tokens, L latent channels, F = 4N mel frames, M bands.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cavp.model import SFCAVP
from engine.codec.mel_codec import MelCodec
from engine.embedding import SoundEmbedder
from engine.errors import InputError
from engine.event_detection import LEAD_IN_S, RING_OUT_S
from engine.records import HitPoint
from engine.scoring import score_sound
from engine.sound_side import MelSound
from engine.step_range import SAMPLES_PER_STEP
from engine.timing import MEL_FRAMES_PER_TOKEN, PROJECT_RATE_HZ, TimeRange
from trainer.evaluation.embedding import embed_pictures
from trainer.preference.stems import Stem

SCOPES = ("event", "clip")


@dataclass(frozen=True)
class RewardConfig:
    """What is compared.

    Attributes:
        scope: "event": the stem's own stretch, near its hits above all, and its class, as the studio
            ranks takes. "clip": the whole clip without events or class, as the published method does.

    Raises:
        InputError: When the scope is neither.
    """

    scope: str = "event"

    def __post_init__(self) -> None:
        if self.scope not in SCOPES:
            raise InputError(f"scope = '{self.scope}': give {' or '.join(SCOPES)}.")


class StemReward:
    """Rewards of sounds for one stem; its picture is embedded once.

    Args:
        network: SF-CAVP, in evaluation mode.
        stem: The stem.
        config: What is compared.
    """

    def __init__(self, network: SFCAVP, stem: Stem, config: RewardConfig) -> None:
        self.network = network
        self.seen = embed_pictures(network, stem.grid[None])
        of_event = config.scope == "event"
        samples = len(stem.grid) * SAMPLES_PER_STEP
        self.where = own_stretch(stem) if of_event else TimeRange(0, samples)
        self.hits = hit_points(stem) if of_event else ()
        self.class_name = stem.entry.class_name if of_event else ""

    def of(self, mels: Tensor) -> list[float]:
        """Reward of each log-mel (K, F, M)."""
        return [self._of_one(mel) for mel in mels]

    def _of_one(self, mel: Tensor) -> float:
        found = score_sound(
            self.network,
            self.seen,
            MelSound(mel),
            self.where,
            hits=self.hits,
            class_name=self.class_name,
            ear=SoundEmbedder(self.network),
        )
        return found.score.reward


def hit_points(stem: Stem) -> tuple[HitPoint, ...]:
    """The hits of a stem on the timeline of its scene."""
    return tuple(HitPoint(round(time * PROJECT_RATE_HZ), strength) for time, strength in stem.hits)


def own_stretch(stem: Stem) -> TimeRange:
    """Where a stem sounds, as an event of detection would lie: its hits with lead and ring, or its run."""
    end = len(stem.grid) * SAMPLES_PER_STEP
    hits = hit_points(stem)
    if hits:
        start = hits[0].sample - round(LEAD_IN_S * PROJECT_RATE_HZ)
        return TimeRange(max(0, start), min(end, hits[-1].sample + round(RING_OUT_S * PROJECT_RATE_HZ)))
    runs = torch.nonzero(stem.activity > 0.5)[:, 0]
    if not len(runs):
        return TimeRange(0, end)
    return TimeRange(int(runs[0]) * SAMPLES_PER_STEP, (int(runs[-1]) + 1) * SAMPLES_PER_STEP)


@torch.no_grad()
def mels_of(codec: MelCodec, latents: Tensor) -> Tensor:
    """Log-mels (K, F, M) of latents (K, N, L)."""
    return codec.decode(latents)


def level_db(mel: Tensor) -> float:
    """Mean power of a log-mel (F, M) in dB."""
    return float(10 * torch.log10(mel.float().exp().square().mean()))


def cut_to_tokens(mel: Tensor) -> Tensor:
    """A log-mel (F', M) without the frames that fill no token, (F, M)."""
    return mel[: len(mel) - len(mel) % MEL_FRAMES_PER_TOKEN]
