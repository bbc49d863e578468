"""Traits by which music is told from other sounds: partials that hold their pitch, and one tuning.

Music is known by spectral peaks that stay where they are for a while (continuous frequency
activation, Seyerlehner, Pohle, Schedl, Widmer 2007). A bell and a horn have such peaks too, but only
music has many that begin at different times and lie on one grid of semitones (the tuning of an
ensemble by circular statistics: Dressler and Streich 2007; tonality: Sell and Clark 2014).

Letters: S samples at 16 kHz, F frames of 128 ms at 31 Hz, K bins, P partials.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

PARTIAL_RATE_HZ = 16_000
_FRAME, _HOP = 2048, 512
_STEP_S = _HOP / PARTIAL_RATE_HZ
_N_FFT = 4 * _FRAME
_BIN_HZ = PARTIAL_RATE_HZ / _N_FFT
_LOWEST_HZ, _HIGHEST_HZ = 90.0, 4500.0
_NOTES_BELOW_HZ = 1200.0
_OVER_SURROUNDINGS_DB, _UNDER_LOUDEST_DB = 9.0, 45.0
_SURROUNDINGS = 101  # bins, 200 Hz
_NEIGHBOURHOOD = 27  # bins, the main lobe of the window
_LOBE = 6.0  # energy of a main lobe over that of its highest bin, about
_MOST_PEAKS = 40
_SAME_PARTIAL = 0.35  # semitones from frame to frame
_STEADY = 0.12  # semitones of standard deviation
_LEAST_FRAMES = 5
_START_GRID_S = 0.15
_COMPRESSION = 0.25

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Partial:
    """A spectral peak that held its pitch.

    Attributes:
        start: First frame.
        frames: How many.
        semitones: Its pitch over 440 Hz.
        energy: Of its peaks together.
    """

    start: int
    frames: int
    semitones: float
    energy: float


@dataclass(frozen=True)
class PartialTraits:
    """What music would have.

    Attributes:
        held_share: Share of the energy that lies in held partials.
        notes: Different semitones that held partials under 1200 Hz lie on.
        starts: Different moments at which held partials begin.
        changes: Moments at which one begins that lies on a semitone where none was before. A bell
            that is struck again brings none.
        length_s: Median length of a held partial.
        tuning: How far held partials lie on one grid of semitones, 0 by chance to 1.
    """

    held_share: float = 0.0
    notes: int = 0
    starts: int = 0
    changes: int = 0
    length_s: float = 0.0
    tuning: float = 0.0


def partial_traits(sound: Tensor) -> PartialTraits:
    """Traits of a sound (S,) at PARTIAL_RATE_HZ."""
    power = _power(sound)
    found = held_partials(power)
    if not found:
        return PartialTraits()
    low = 12 * math.log2(_NOTES_BELOW_HZ / 440)
    begun = _begun(found)
    whole = float(power[:, _inside()].sum())
    return PartialTraits(
        held_share=min(1.0, _LOBE * sum(partial.energy for partial in found) / max(whole, 1e-12)),
        notes=len({round(partial.semitones) for partial in found if partial.semitones < low}),
        starts=len(begun),
        changes=_changes(begun),
        length_s=float(np.median([partial.frames for partial in found])) * _STEP_S,
        tuning=tuning_of(found),
    )


def _power(sound: Tensor) -> Tensor:
    padded = functional.pad(sound, (0, max(0, _FRAME - len(sound))))
    spectrum = torch.fft.rfft(padded.unfold(0, _FRAME, _HOP) * torch.hann_window(_FRAME), _N_FFT)
    return torch.view_as_real(spectrum).square().sum(-1)  # (F, K)


def _inside() -> Tensor:
    rates = torch.arange(_N_FFT // 2 + 1) * _BIN_HZ
    return (rates > _LOWEST_HZ) & (rates < _HIGHEST_HZ)


def held_partials(power: Tensor) -> list[Partial]:
    """The partials of a power spectrogram (F, K) that hold their pitch for at least 250 ms."""
    level = 10 * (power + power.max() * 1e-9 + 1e-20).log10()
    peaks = _peaks(level)
    tracks: list[list[tuple[int, float, float]]] = []
    going: list[list[tuple[int, float, float]]] = []
    for frame in range(len(level)):
        pitches, energies = _frame_peaks(level[frame], power[frame], peaks[frame])
        taken = np.zeros(len(pitches), dtype=bool)
        still = []
        for track in going:
            away = np.where(taken, np.inf, np.abs(pitches - track[-1][1]))
            nearest = int(away.argmin()) if len(away) else -1
            if nearest >= 0 and away[nearest] < _SAME_PARTIAL:
                taken[nearest] = True
                track.append((frame, float(pitches[nearest]), float(energies[nearest])))
                still.append(track)
            else:
                tracks.append(track)
        fresh = [[(frame, float(pitches[n]), float(energies[n]))] for n in np.flatnonzero(~taken)]
        going = [*still, *fresh]
    return [partial for track in [*tracks, *going] if (partial := _held(track)) is not None]


def _peaks(level: Tensor) -> Tensor:
    """Which bins (F, K) stand out as the highest of their surroundings."""
    around = functional.avg_pool1d(
        level[:, None], _SURROUNDINGS, 1, _SURROUNDINGS // 2, count_include_pad=False
    )[:, 0]
    highest = functional.max_pool1d(level[:, None], _NEIGHBOURHOOD, 1, _NEIGHBOURHOOD // 2)[:, 0]
    loud = (level > around + _OVER_SURROUNDINGS_DB) & (level > level.max() - _UNDER_LOUDEST_DB)
    return (level >= highest) & loud & _inside()


def _frame_peaks(level: Tensor, power: Tensor, peaks: Tensor) -> tuple[FloatArray, FloatArray]:
    """Pitches over 440 Hz, by a parabola through each peak, and energies of one frame's peaks."""
    bins = torch.nonzero(peaks)[:, 0]
    if len(bins) > _MOST_PEAKS:
        bins = bins[power[bins].topk(_MOST_PEAKS).indices.sort().values]
    left, middle, right = level[bins - 1], level[bins], level[bins + 1]
    shift = 0.5 * (left - right) / (left - 2 * middle + right).clamp_max(-1e-6)
    pitches = 12 * ((bins + shift) * _BIN_HZ / 440.0).log2()
    return pitches.double().numpy(), power[bins].double().numpy()


def _held(track: list[tuple[int, float, float]]) -> Partial | None:
    pitches = [pitch for _, pitch, _ in track]
    if len(track) < _LEAST_FRAMES or float(np.std(pitches)) > _STEADY:
        return None
    energy = sum(energy for _, _, energy in track)
    return Partial(track[0][0], len(track), float(np.median(pitches)), energy)


def _begun(partials: list[Partial]) -> list[set[int]]:
    """The semitones on which partials begin, moment by moment."""
    moments: dict[int, set[int]] = {}
    for partial in partials:
        moment = round(partial.start * _STEP_S / _START_GRID_S)
        moments.setdefault(moment, set()).add(round(partial.semitones))
    return [moments[moment] for moment in sorted(moments)]


def _changes(begun: list[set[int]]) -> int:
    """Moments after the first that bring a semitone which is no neighbour of any before."""
    known: set[int] = set()
    count = 0
    for number, semitones in enumerate(begun):
        count += number > 0 and bool(semitones - known)
        known |= {semitone + shift for semitone in semitones for shift in (-1, 0, 1)}
    return count


def tuning_of(partials: list[Partial]) -> float:
    """How far partials lie on one grid of semitones, wherever it lies: 0 by chance, 1 exactly.

    The square of the mean of exp(2 pi i semitones), less what so many partials would have by chance.
    """
    weights = np.array([partial.energy for partial in partials]) ** _COMPRESSION
    weights /= max(weights.sum(), 1e-30)
    chance = float(np.square(weights).sum())  # of weighted directions without any order
    if chance > 1 - 1e-9:
        return 0.0
    turns = np.array([partial.semitones for partial in partials])
    agreement = float(np.abs((weights * np.exp(2j * np.pi * turns)).sum()) ** 2)
    return max(0.0, (agreement - chance) / (1 - chance))
