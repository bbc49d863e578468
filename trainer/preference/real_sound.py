"""Real sound beside takes as they are compared: through the codec, and all equally loud.

A recording differs from takes in bandwidth, noise floor and level, and takes among each other in level; a
network that learns to tell them by these learns nothing about sound. So the real side is what the codec
can say, and all sides have the mean level of the takes.

Letters: K takes, N tokens, L latent channels, F = 4N mel frames, M bands.
"""

import torch
from torch import Tensor

from engine.codec.mel_codec import MelCodec
from engine.features.mel import MEL_FLOOR
from trainer.flow.loudness import soft_hits_duller
from trainer.preference.reward import cut_to_tokens, level_db
from trainer.preference.stems import Stem

LARGEST_GAIN_DB = 12.0


def real_mel(stem: Stem) -> Tensor:
    """A stem's sound as the generator was taught it: soft hits are duller, (F, M)."""
    return cut_to_tokens(soft_hits_duller(stem.mel[None], stem.control[None])[0])


@torch.no_grad()
def equally_loud_latents(codec: MelCodec, stem: Stem, takes: Tensor) -> Tensor:
    """Latents (K + 1, N, L) of a stem's takes and then of its real sound, all at the takes' mean level.

    Args:
        codec: Of the generator.
        stem: The stem.
        takes: (K, F, M) log-mels of the takes.
    """
    sounds = [*takes, real_mel(stem)]
    return codec.encode(torch.stack([louder(mel, matching_gain_db(mel, takes)) for mel in sounds]))


def louder(mel: Tensor, gain_db: float) -> Tensor:
    """A log-mel with what sounds made louder; silence stays silence, where a plain sum would raise it."""
    sounding = (mel.exp() - MEL_FLOOR).clamp_min(0.0)
    return (MEL_FLOOR + sounding * 10 ** (gain_db / 20)).log()


def matching_gain_db(mel: Tensor, takes: Tensor) -> float:
    """Gain that gives a log-mel (F, M) the mean level of takes (K, F, M), at most LARGEST_GAIN_DB."""
    wanted = sum(level_db(take) for take in takes) / len(takes)
    return max(-LARGEST_GAIN_DB, min(LARGEST_GAIN_DB, wanted - level_db(mel)))
