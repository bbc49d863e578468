"""Loudness of sounds after ITU-R BS.1770-4, in numpy: for comparing takes at equal level, and for the export.

Letters: C channels, S samples, n samples of a block.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.records import FloatArray
from engine.timing import PROJECT_RATE_HZ

SILENT_LUFS = -math.inf
SHORTEST_GATED = 3 * PROJECT_RATE_HZ  # gating needs several blocks that differ: below it tells nothing

_OFFSET_LU = -0.691  # BS.1770-4, equation 2: a sine of 997 Hz then reads its level in dB
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_GATING_BLOCK = 2 * PROJECT_RATE_HZ // 5  # 400 ms
_GATING_STEP = _GATING_BLOCK // 4
# BS.1770-4, tables 1 and 2, for 48 kHz: the head as a shelf, then the revised low-frequency curve.
_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)
_LEAD = 1 << 13  # samples after which both filters have forgotten: their slowest pole is at 0.995
_FRAMES = 1 << 16


def loudness_lufs(sound: FloatArray) -> float:
    """How loud a sound is: integrated with gates, or its plain K-weighted energy below three seconds.

    Args:
        sound: (C, S) or (S,) at 48 kHz, one or two channels.

    Returns:
        LUFS; minus infinity for silence.
    """
    weighted = k_weighted(sound)
    if weighted.shape[1] < SHORTEST_GATED:
        return _lufs(_energy(weighted))
    return _gated_lufs(weighted)


def ungated_lufs(sound: FloatArray) -> float:
    """Loudness of all of a sound, without gates: (C, S) or (S,) at 48 kHz; minus infinity for silence."""
    return _lufs(_energy(k_weighted(sound)))


def integrated_lufs(sound: FloatArray) -> float:
    """Loudness of what is heard of a sound, as EBU R 128 measures programmes.

    Blocks of 400 ms every 100 ms; those below -70 LUFS, then those more than 10 LU below the mean of
    the others, do not count. A sound shorter than one block has none that counts.

    Args:
        sound: (C, S) or (S,) at 48 kHz, one or two channels.

    Returns:
        LUFS; minus infinity where no block counts.
    """
    return _gated_lufs(k_weighted(sound))


def k_weighted(sound: FloatArray) -> FloatArray:
    """A sound as the measure hears it: less below 100 Hz, 4 dB more above 2 kHz.

    The recursive filters of the standard are applied as a product of spectra, block by block; each
    block runs in on the samples before it until the filters have forgotten what came earlier.

    Args:
        sound: (C, S) or (S,) at 48 kHz.

    Returns:
        (C, S).
    """
    plain = np.atleast_2d(sound)
    padded = np.pad(plain, ((0, 0), (_LEAD, 0)))
    weighted = np.empty(plain.shape, dtype=np.float32)
    for begin in range(0, plain.shape[1], _FRAMES):
        block = padded[:, begin : begin + _LEAD + _FRAMES]
        spectrum = np.fft.rfft(block, n=_LEAD + _FRAMES)
        heard = np.fft.irfft(spectrum * _k_response(), n=_LEAD + _FRAMES)
        weighted[:, begin : begin + _FRAMES] = heard[:, _LEAD : block.shape[1]]
    return weighted


@cache
def _k_response() -> NDArray[np.complex128]:
    """Response of both filters in turn at the frequencies of a block."""
    unit = np.exp(-2j * np.pi * np.fft.rfftfreq(_LEAD + _FRAMES))
    response: NDArray[np.complex128] = np.ones_like(unit)
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        response = response * np.polyval(numerator[::-1], unit) / np.polyval(denominator[::-1], unit)
    return response


def _gated_lufs(weighted: FloatArray) -> float:
    starts = range(0, weighted.shape[1] - _GATING_BLOCK + 1, _GATING_STEP)
    energies = np.array([_energy(weighted[:, start : start + _GATING_BLOCK]) for start in starts])
    loud = energies[energies > _energy_at(_ABSOLUTE_GATE_LUFS)]
    if not len(loud):
        return SILENT_LUFS
    gate = _lufs(float(loud.mean())) + _RELATIVE_GATE_LU
    return _lufs(float(loud[loud > _energy_at(gate)].mean()))


def _energy(weighted: FloatArray) -> float:
    """Mean square, summed over the channels; left and right weigh 1 each."""
    return float(np.square(weighted, dtype=np.float64).mean(axis=1).sum()) if weighted.size else 0.0


def _lufs(energy: float) -> float:
    return _OFFSET_LU + 10 * math.log10(energy) if energy > 0 else SILENT_LUFS


def _energy_at(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LU) / 10))
