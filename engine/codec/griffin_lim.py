"""Log-mel to waveform without weights: mel inversion and fast Griffin-Lim.

Fast Griffin-Lim: Perraudin, Balazs, Soendergaard 2013. Letters: B batch, F mel frames,
M bands, K linear bins, S samples at 44.1 kHz.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from engine.features.mel import MEL_FLOOR, N_FFT, hann_window, mel_filters
from engine.timing import MEL_HOP

MOMENTUM = 0.99
INVERSION_STEPS = 12


@cache
def _inverse_filters() -> Tensor:
    """Pseudo-inverse of the filter bank, (M, K)."""
    inverse: Tensor = torch.linalg.pinv(mel_filters())
    return inverse


def mel_to_magnitude(mel: Tensor) -> Tensor:
    """Non-negative magnitudes (B, K, F) whose mel is nearest to exp(mel) (B, F, M).

    Starts from the clamped pseudo-inverse and refines by multiplicative updates.
    """
    filters = mel_filters().to(mel)
    target = mel.exp().sub(MEL_FLOOR).clamp_min(0.0)
    magnitude = (target @ _inverse_filters().to(mel)).clamp_min(1e-8)  # (B, F, K)
    wanted = target @ filters.T
    for _ in range(INVERSION_STEPS):
        magnitude = magnitude * (wanted / ((magnitude @ filters) @ filters.T).clamp_min(1e-8))
    return magnitude.transpose(1, 2)


def griffin_lim(mel: Tensor, *, iterations: int = 32, chance: torch.Generator) -> Tensor:
    """Waveform whose log-mel is close to ``mel``.

    Args:
        mel: (B, F, M) natural-log mel.
        iterations: Rounds of phase retrieval.
        chance: Source of the first phases.

    Returns:
        (B, F * MEL_HOP) float32.
    """
    magnitude = mel_to_magnitude(mel)
    length = mel.shape[1] * MEL_HOP
    window = hann_window(mel.device)
    angle = 2 * torch.pi * torch.rand(magnitude.shape, generator=chance).to(mel.device)
    phase = torch.polar(torch.ones_like(magnitude), angle)
    last = torch.zeros_like(phase)
    padded = N_FFT + (magnitude.shape[2] - 1) * MEL_HOP
    for _ in range(iterations):
        sound = _overlap_add(magnitude * phase, window, padded)
        again = torch.stft(sound, N_FFT, MEL_HOP, window=window, center=False, return_complex=True)
        moved = again + MOMENTUM * (again - last)
        phase = moved / moved.abs().clamp_min(1e-8)
        last = again
    sound = _overlap_add(magnitude * phase, window, padded)
    left = (N_FFT - MEL_HOP) // 2
    return sound[:, left : left + length]


def _overlap_add(spectrum: Tensor, window: Tensor, length: int) -> Tensor:
    """Inverse STFT without centring, (B, K, F) -> (B, length)."""
    frames = torch.fft.irfft(spectrum, N_FFT, dim=1) * window[:, None]  # (B, N_FFT, F)
    size = (1, length)
    summed = functional.fold(frames, size, (1, N_FFT), stride=(1, MEL_HOP))[:, 0, 0]
    power = window.square()[None, :, None].expand(1, -1, frames.shape[2])
    weight = functional.fold(power, size, (1, N_FFT), stride=(1, MEL_HOP))[:, 0, 0]
    return summed / weight.clamp_min(1e-4)
