"""Losses of the decoder: a spectral energy distance, and the mel error beside it.

Energy distance (Gritsenko et al. 2020, section 3): d(x, y) + d(x', y) - d(x, x'), with x and x' two
draws for the same mel and y the true sound. The term that pushes draws apart is what keeps noise
noise: without it a network does best by one phase-locked answer, which buzzes.

Letters: B batch, S samples, F frames of one resolution, K its bins.
"""

import torch
from torch import Tensor

from engine.codec.spectrum import analyse
from engine.features.mel import magnitude_to_log_mel

RESOLUTIONS = (512, 1024, 2048)
FLOOR = 1e-2  # of a magnitude; a mel band at its own floor is well under it
_LEAST_POWER = 1e-10


def log_spectra(sound: Tensor) -> list[Tensor]:
    """Log magnitudes (B, F, K) of a sound (B, S), one for each of RESOLUTIONS."""
    found = []
    for size in RESOLUTIONS:
        window = torch.hann_window(size, device=sound.device)
        frames = sound.float().unfold(1, size, size // 4) * window
        power = torch.view_as_real(torch.fft.rfft(frames)).square().sum(-1)
        found.append(0.5 * (power + FLOOR**2).log())
    return found


def spectral_distance(one: list[Tensor], other: list[Tensor]) -> Tensor:
    """Mean over frames of the root mean square difference of log magnitudes, () averaged over resolutions.

    The Euclidean norm of a frame is a distance of negative type, as the energy distance needs.
    """
    parts = [
        ((a - b).square().mean(-1) + _LEAST_POWER).sqrt().mean() for a, b in zip(one, other, strict=True)
    ]
    return torch.stack(parts).mean()


def energy_distance(first: Tensor, second: Tensor, truth: Tensor) -> Tensor:
    """Spectral energy distance () between two draws (B, S) and the true sounds (B, S)."""
    x, again, y = log_spectra(first), log_spectra(second), log_spectra(truth)
    return spectral_distance(x, y) + spectral_distance(again, y) - spectral_distance(x, again)


def mel_error(sound: Tensor, mel: Tensor) -> Tensor:
    """Mean absolute difference () of the log-mel of a sound (B, S) and a log-mel (B, F, M)."""
    power = torch.view_as_real(analyse(sound.float())).square().sum(-1)  # (B, F, K)
    heard = magnitude_to_log_mel((power + _LEAST_POWER).sqrt().transpose(1, 2))
    return (heard - mel).abs().mean()
