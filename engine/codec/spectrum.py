"""Short-time Fourier transform on the mel grid and its inverse, without centring.

Frame i is centred on the middle of hop i, as in engine/features/mel.py; what a frame reaches
outside the sound is zero. Letters: B batch, F frames, K = N_BINS, N = N_FFT, S = F hops of samples.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from engine.features.mel import LEFT_PAD, N_FFT, RIGHT_PAD, hann_window
from engine.timing import MEL_HOP

HOPS_PER_FRAME = -(-N_FFT // MEL_HOP)
_LEAST_WEIGHT = 1e-4


def analyse(sound: Tensor) -> Tensor:
    """Spectrum (B, F, K) of a sound (B, S)."""
    padded = functional.pad(sound, (LEFT_PAD, RIGHT_PAD))
    frames = padded.unfold(1, N_FFT, MEL_HOP) * hann_window(sound.device)  # (B, F, N)
    spectrum: Tensor = torch.fft.rfft(frames)
    return spectrum


def synthesise(spectrum: Tensor) -> Tensor:
    """Sound (B, S) whose spectrum is nearest to (B, F, K) in the mean square."""
    frames = torch.fft.irfft(spectrum, N_FFT) * hann_window(spectrum.device)  # (B, F, N)
    length = spectrum.shape[1] * MEL_HOP
    summed = overlap_add(frames)[:, LEFT_PAD : LEFT_PAD + length]
    return summed * inverse_weight(spectrum.shape[1])[LEFT_PAD : LEFT_PAD + length].to(summed)


def overlap_add(frames: Tensor) -> Tensor:
    """Frames (B, F, N) one hop apart, summed: (B, N + (F - 1) hops)."""
    batch, count, size = frames.shape
    whole = functional.pad(frames, (0, HOPS_PER_FRAME * MEL_HOP - size))
    parts = whole.view(batch, count, HOPS_PER_FRAME, MEL_HOP)
    summed = frames.new_zeros(batch, count + HOPS_PER_FRAME - 1, MEL_HOP)
    for part in range(HOPS_PER_FRAME):
        summed[:, part : part + count] += parts[:, :, part]
    return summed.view(batch, -1)[:, : size + (count - 1) * MEL_HOP]


@cache
def inverse_weight(frames: int) -> Tensor:
    """What undoes the summed squared windows, and is 0 outside the sound: (N + (F - 1) hops,)."""
    squares = hann_window().square().expand(1, frames, -1)
    inverse = 1.0 / overlap_add(squares)[0].clamp_min(_LEAST_WEIGHT)
    inverse[:LEFT_PAD] = 0.0
    inverse[LEFT_PAD + frames * MEL_HOP :] = 0.0
    return inverse
