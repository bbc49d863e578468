"""Waveform to log-mel spectrogram on the starter grid, and the filter bank behind it.

Letters: B batch, S samples at 44.1 kHz, F mel frames (100 a second), M = 128 bands.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional
from torchaudio.functional import melscale_fbanks

from engine.timing import MEL_HOP, MODEL_RATE_HZ

N_FFT = 2048
N_BINS = N_FFT // 2 + 1
MEL_BANDS = 128
MEL_FLOOR = 1e-4
LEFT_PAD = (N_FFT - MEL_HOP) // 2
RIGHT_PAD = N_FFT - MEL_HOP - LEFT_PAD

_FRAMES_AT_ONCE = 6000  # a minute: the spectrum of an hour takes several gigabytes


@cache
def mel_filters() -> Tensor:
    """Slaney filter bank from 0 Hz to Nyquist, (N_BINS, MEL_BANDS)."""
    filters: Tensor = melscale_fbanks(
        N_BINS, 0.0, MODEL_RATE_HZ / 2, MEL_BANDS, MODEL_RATE_HZ, norm="slaney", mel_scale="slaney"
    )
    return filters


def hann_window(device: torch.device | None = None) -> Tensor:
    """Periodic Hann window of N_FFT samples."""
    return torch.hann_window(N_FFT, device=device)


def magnitude_to_log_mel(magnitude: Tensor) -> Tensor:
    """Natural-log mel of a magnitude spectrogram (..., N_BINS, F) -> (..., F, MEL_BANDS)."""
    mel = magnitude.transpose(-1, -2) @ mel_filters().to(magnitude)
    return mel.clamp_min(MEL_FLOOR).log()


def log_mel(waveform: Tensor) -> Tensor:
    """Log-mel of a waveform; frame i is centred on the middle of its hop.

    Args:
        waveform: (B, S) at 44.1 kHz, S at least one hop.

    Returns:
        (B, S // MEL_HOP, MEL_BANDS).

    Raises:
        ValueError: When the waveform is not (B, S) or shorter than one hop.
    """
    if waveform.dim() != 2 or waveform.shape[1] < MEL_HOP:
        raise ValueError(f"log_mel takes (B, S) with S >= {MEL_HOP}, got {tuple(waveform.shape)}")
    padded = functional.pad(waveform, (LEFT_PAD, RIGHT_PAD))
    window = hann_window(waveform.device)
    parts: list[Tensor] = []
    frames = waveform.shape[1] // MEL_HOP
    for first in range(0, frames, _FRAMES_AT_ONCE):
        count = min(_FRAMES_AT_ONCE, frames - first)
        stretch = padded[:, first * MEL_HOP :][:, : (count - 1) * MEL_HOP + N_FFT]
        spectrum = torch.stft(stretch, N_FFT, MEL_HOP, window=window, center=False, return_complex=True)
        parts.append(magnitude_to_log_mel(spectrum.abs()))  # (B, count, MEL_BANDS)
    return torch.cat(parts, dim=1)
