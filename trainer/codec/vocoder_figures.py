"""What is measured of a vocoded sound beside the true one.

Letters: B sounds, S samples at 44.1 kHz.
"""

import torch
from torch import Tensor

from engine.features.mel import log_mel
from engine.timing import MEL_HOP
from trainer.codec.losses import log_spectra

_LEAST_ENERGY = 1e-12


def mel_distance(sound: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of log-mels (B,), of sounds (B, S)."""
    return (log_mel(sound) - log_mel(truth)).abs().mean((1, 2))


def hop_correlation(sound: Tensor) -> Tensor:
    """Normalised autocorrelation (B,) of sounds (B, S) at the lag of one mel hop.

    Of noise it is near 0. A vocoder that answers each frame of steady noise with the same
    phases makes a tone at the frame rate of it, and a value near 1: it buzzes.
    """
    early, late = sound[:, :-MEL_HOP], sound[:, MEL_HOP:]
    energy = (early.square().sum(1) * late.square().sum(1)).sqrt()
    return (early * late).sum(1) / energy.clamp_min(_LEAST_ENERGY)


def stft_distance(sound: Tensor, truth: Tensor) -> Tensor:
    """Multi-resolution STFT distance (B,) of sounds (B, S): Yamamoto, Song, Kim 2020, equations 3 to 6.

    It rewards buzz, so it is shown and decides nothing.
    """
    parts = []
    for made, wanted in zip(log_spectra(sound), log_spectra(truth), strict=True):
        size = wanted.exp().square().sum((1, 2)).sqrt()
        convergence = (made.exp() - wanted.exp()).square().sum((1, 2)).sqrt() / size
        parts.append(convergence + (made - wanted).abs().mean((1, 2)))
    return torch.stack(parts).mean(0)
