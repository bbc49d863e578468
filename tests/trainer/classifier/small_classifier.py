"""A small classifier with random weights, and a sound bank of a few sounds in memory."""

import numpy as np
import torch
from numpy.typing import NDArray

from trainer.classifier.network import SoundClassifier, SoundClassifierConfig
from trainer.scenes.bank import Ambience, SoundBank, Voice

RATE_HZ = 44_100


def small_classifier(classes: tuple[str, ...] = ("FEET_gravel", "IMPT_metal", "AERO_jet")) -> SoundClassifier:
    torch.manual_seed(5)
    return SoundClassifier(SoundClassifierConfig(classes, width=8)).eval().requires_grad_(False)


def burst(seed: int, *, seconds: float = 0.4, pitch_hz: float = 0.0) -> NDArray[np.float32]:
    """Noise, or a tone, that dies away."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(seed).normal(0, 1, len(times))
    body = np.sin(2 * np.pi * pitch_hz * times) if pitch_hz else noise
    return (0.3 * body * np.exp(-times / 0.08)).astype(np.float32)


def small_bank(*, groups: int = 2, first: int = 0) -> SoundBank:
    """Steps of noise, clangs of a tone and a jet, so many recordings of each."""
    voices = {
        "FEET_gravel": [Voice("FEET_gravel", f"g{n}", burst(n), 0) for n in range(first, first + groups)],
        "IMPT_metal": [
            Voice("IMPT_metal", f"m{n}", burst(n, pitch_hz=2000 + 500 * n), 0)
            for n in range(first, first + groups)
        ],
    }
    jets = [
        Ambience("AERO_jet", f"j{n}", np.random.default_rng(n).normal(0, 0.1, 3 * RATE_HZ).astype(np.float32))
        for n in range(first, first + groups)
    ]
    return SoundBank(voices, {"AERO_jet": jets})
