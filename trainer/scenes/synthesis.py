"""Sounds made from mathematics: modal voices, coloured noise, exponential rooms."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from engine.timing import MODEL_RATE_HZ
from trainer.scenes.bank import VOICE_RMS, Voice

FloatArray = NDArray[np.float32]


def modal_voice(class_name: str, rng: np.random.Generator) -> Voice:
    """A struck body: damped partials around a pitch fixed by the class, and a noise attack."""
    digest = hashlib.sha256(class_name.encode()).digest()
    pitch = 120.0 * 2 ** (digest[0] / 255 * 4) * 2 ** rng.normal(0, 0.15)
    decay = 0.04 + 0.4 * digest[1] / 255
    count = 4 + digest[2] % 6
    times = np.arange(round(1.2 * MODEL_RATE_HZ)) / MODEL_RATE_HZ
    sound = np.zeros_like(times)
    for partial in range(count):
        rate = pitch * (1 + partial * (0.6 + digest[3] / 255) + rng.normal(0, 0.03))
        if rate < MODEL_RATE_HZ / 2.2:
            fall = np.exp(-times / (decay / (1 + 0.5 * partial)))
            sound += fall * np.sin(2 * np.pi * rate * times + rng.uniform(0, 6.28)) / (1 + partial)
    attack = rng.normal(0, 1, len(times)) * np.exp(-times / (0.004 + 0.02 * digest[4] / 255))
    struck: FloatArray = (sound + (0.3 + digest[5] / 255) * attack).astype(np.float32)
    window = round(0.1 * MODEL_RATE_HZ)
    level = float(np.sqrt(np.square(struck[:window]).mean()))
    return Voice(class_name, "modal", struck * np.float32(VOICE_RMS / max(level, 1e-6)), 0)


def granular_voice(class_name: str, rng: np.random.Generator) -> Voice:
    """A crumbling body: many short grains of filtered noise, dense at first; its pitch from the class."""
    digest = hashlib.sha256(class_name.encode()).digest()
    length = round((0.15 + 0.5 * digest[6] / 255) * MODEL_RATE_HZ)
    sound = np.zeros(length)
    centre = 400.0 * 2 ** (digest[7] / 255 * 4)
    for start in np.sort(rng.beta(1.0, 3.0, 12 + digest[8] % 40)) * length * 0.9:
        size = round(rng.uniform(0.002, 0.012) * MODEL_RATE_HZ)
        times = np.arange(size) / MODEL_RATE_HZ
        tone = np.sin(2 * np.pi * centre * 2 ** rng.normal(0, 0.5) * times + rng.uniform(0, 6.28))
        grain = np.hanning(size) * (0.5 * tone + rng.normal(0, 0.7, size)) * rng.uniform(0.3, 1.0)
        first = int(start)
        sound[first : first + size] += grain[: length - first] * (1 - 0.8 * first / length)
    sound[: MODEL_RATE_HZ // 200] += rng.normal(0, 1, MODEL_RATE_HZ // 200)
    level = float(np.sqrt(np.square(sound[: round(0.1 * MODEL_RATE_HZ)]).mean()))
    return Voice(class_name, "granular", (sound * VOICE_RMS / max(level, 1e-6)).astype(np.float32), 0)


def coloured_noise(rng: np.random.Generator, length: int) -> FloatArray:
    """Noise with a random spectral slope between white and brown, RMS 1."""
    spectrum = np.fft.rfft(rng.normal(0, 1, length))
    rates = np.maximum(np.fft.rfftfreq(length, 1 / MODEL_RATE_HZ), 20.0)
    noise = np.fft.irfft(spectrum / rates ** rng.uniform(0.0, 1.0), length)
    even: FloatArray = (noise / np.sqrt(np.square(noise).mean())).astype(np.float32)
    return even


def reverb_tail(dry: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The sound in an exponential room of 0.1 to 0.8 s."""
    decay_s = rng.uniform(0.1, 0.8)
    times = np.arange(round(decay_s * MODEL_RATE_HZ)) / MODEL_RATE_HZ
    room = rng.normal(0, 1, len(times)) * np.exp(-times / decay_s * 4)
    room *= rng.uniform(0.1, 0.6) / np.sqrt(np.square(room).sum())
    room[0] = 1.0
    size = len(dry) + len(room)
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(room, size), size)
    return wet[: len(dry)].astype(np.float32)
