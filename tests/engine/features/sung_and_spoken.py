"""Speech and music made of mathematics: formants over a voice in the rhythm of syllables, and chords."""

import numpy as np
import torch
from torch import Tensor

RATE_HZ = 16_000
VOWELS = ((730.0, 1090.0, 2440.0), (270.0, 2290.0, 3010.0), (300.0, 870.0, 2240.0), (530.0, 1840.0, 2480.0))
GLIDE_ST = 4.0


def spoken(seconds: float = 3.0, *, pitch_hz: float = 120.0, rate_hz: float = 4.0, seed: int = 1) -> Tensor:
    """Vowels that change, on a falling voice, each after a burst of hiss and a gap, (S,)."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE_HZ))
    step = round(RATE_HZ / rate_hz)
    for number, start in enumerate(range(0, len(sound) - step, step)):
        hiss, voice = round(0.16 * step), round(0.66 * step)
        noise = np.diff(rng.normal(0, 0.05, hiss), prepend=0.0)
        sound[start : start + hiss] += noise
        first, second = VOWELS[number % 4], VOWELS[(number + 1) % 4]
        sound[start + hiss : start + hiss + voice] += _vowel(voice, pitch_hz, first, second)
    return torch.from_numpy((sound / np.abs(sound).max()).astype(np.float32))


def _vowel(samples: int, pitch_hz: float, first: tuple[float, ...], second: tuple[float, ...]) -> np.ndarray:
    """Harmonics of a falling voice whose formants move from one vowel to the next."""
    along = np.linspace(0.0, 1.0, samples)
    pitch = pitch_hz * 2 ** (GLIDE_ST * (0.5 - along) / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    wave = np.zeros(samples)
    for number in range(1, int(4000 / pitch_hz)):
        gain = np.zeros(samples)
        for low, high in zip(first, second, strict=True):
            centre = low + (high - low) * along
            gain += 1.0 / (1.0 + ((number * pitch - centre) / 80.0) ** 2)
        wave += gain / number**0.5 * np.cos(number * phase)
    return wave * np.sin(np.pi * along) ** 0.5


def note(semitones: float, seconds: float) -> np.ndarray:
    """A plucked tone of six harmonics over 440 Hz."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    rate = 440.0 * 2 ** (semitones / 12)
    tone = sum(np.sin(2 * np.pi * n * rate * times) / n for n in range(1, 7))
    return np.minimum(times / 0.01, 1.0) * np.exp(-times / 0.8) * tone


def played(seconds: float = 4.0, *, beat_s: float = 0.5, detune: float = 0.0, seed: int = 1) -> Tensor:
    """A triad on each beat, from four chords of one key, (S,); ``detune`` semitones of chance a note."""
    rng = np.random.default_rng(seed)
    chords = ((-21, -17, -14), (-16, -12, -9), (-14, -10, -7), (-12, -9, -5))
    sound = np.zeros(round(seconds * RATE_HZ))
    step = round(beat_s * RATE_HZ)
    for number, start in enumerate(range(0, len(sound) - step, step)):
        for semitones in chords[number % 4]:
            sound[start : start + step] += note(semitones + rng.normal(0, detune), beat_s)[:step]
    return torch.from_numpy((sound / np.abs(sound).max()).astype(np.float32))


def knocks(seconds: float = 4.0, *, period_s: float = 0.4, seed: int = 1) -> Tensor:
    """Bursts of noise that die away, in the rhythm of steps, (S,)."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE_HZ))
    for start in range(1000, len(sound), round(period_s * RATE_HZ)):
        times = np.arange(len(sound) - start) / RATE_HZ
        sound[start:] += rng.normal(0, 1, len(times)) * np.exp(-times / 0.03)
    return torch.from_numpy((sound / np.abs(sound).max()).astype(np.float32))


def rung(seconds: float = 4.0, *, seed: int = 1) -> Tensor:
    """A bell struck again and again: inharmonic partials that do not move, (S,)."""
    rng = np.random.default_rng(seed)
    ratios = (0.5, 1.0, 1.183, 1.506, 2.0, 2.514, 2.662, 3.011)
    sound = np.zeros(round(seconds * RATE_HZ))
    for start in range(0, len(sound), RATE_HZ):
        times = np.arange(len(sound) - start) / RATE_HZ
        for ratio in ratios:
            sound[start:] += rng.uniform(0.3, 1) * np.sin(2 * np.pi * 523 * ratio * times) * np.exp(-times)
    return torch.from_numpy((sound / np.abs(sound).max()).astype(np.float32))


def hummed(seconds: float = 4.0) -> Tensor:
    """A motor: harmonics of 110 Hz that stay as they are, (S,)."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 110 * n * times) / n for n in range(1, 20))
    return torch.from_numpy((hum / np.abs(hum).max()).astype(np.float32))


def hiss(seconds: float = 4.0, *, seed: int = 1) -> Tensor:
    """White noise, (S,)."""
    return torch.from_numpy(
        np.random.default_rng(seed).normal(0, 0.2, round(seconds * RATE_HZ)).astype(np.float32)
    )
