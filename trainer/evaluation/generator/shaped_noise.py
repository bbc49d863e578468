"""Noise with the mean spectrum and envelope of a class: the floor a generator must leave behind.

Letters: F mel frames, M bands, K linear bins, S samples at 44.1 kHz.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from engine.codec.griffin_lim import mel_to_magnitude
from engine.features.mel import MEL_FLOOR, N_FFT, hann_window, log_mel
from engine.timing import MEL_FRAMES_PER_TOKEN, MEL_HOP
from trainer.classifier.segments import plain_segments
from trainer.evaluation.generator.trials import Trial
from trainer.scenes.bank import SoundBank

_MOST_SOUNDS = 24


@dataclass(frozen=True)
class ClassMean:
    """The mean sound of a class.

    Attributes:
        spectrum: (M,) mean power of the mel bands.
        envelope: (F,) power from the hit on, 1 on average over the frames of the spectrum.
    """

    spectrum: Tensor
    envelope: Tensor


def class_means(bank: SoundBank, classes: tuple[str, ...]) -> dict[str, ClassMean]:
    """Mean spectrum and envelope of the recordings of each class that the bank has."""
    found = {}
    for name in classes:
        part = SoundBank(
            {name: bank.voices.get(name, [])[:_MOST_SOUNDS]},
            {name: bank.ambiences.get(name, [])[:_MOST_SOUNDS]},
        )
        mels = plain_segments(part, (name,)).mel
        if len(mels):
            power = (2 * mels).exp().mean(0)  # (F, M)
            found[name] = ClassMean(power.mean(0), power.mean(1) / power.mean())
    return found


def noise_mel(means: Mapping[str, ClassMean], trial: Trial, *, seed: int) -> Tensor:
    """Log-mel (F, M) of noise with the class's mean envelope at every hit of a trial."""
    return log_mel(noise_wave(wanted_power(means[trial.wish.class_name], trial), seed=seed)[None])[0]


def wanted_power(mean: ClassMean, trial: Trial) -> Tensor:
    """Mel power (F, M) of the class's mean at every hit, or along the activity."""
    frames = MEL_FRAMES_PER_TOKEN * len(trial.wish.control)
    if not trial.moments_s:
        loud = trial.activity.repeat_interleave(MEL_FRAMES_PER_TOKEN).square()
        return loud[:, None] * mean.spectrum
    loud = torch.zeros(frames)
    for time_s, strength in trial.hits:
        first = int(time_s * 100)
        part = mean.envelope[: frames - first] * strength**2
        loud[first : first + len(part)] += part
    return loud[:, None] * mean.spectrum


def noise_wave(power: Tensor, *, seed: int) -> Tensor:
    """Gaussian noise (S,) with a wanted mel power (F, M)."""
    frames = len(power)
    white = torch.randn(frames * MEL_HOP, generator=torch.Generator().manual_seed(seed))
    window = hann_window()
    spectrum = torch.stft(white, N_FFT, MEL_HOP, window=window, return_complex=True)  # (K, F + 1)
    mel = power.sqrt().clamp_min(MEL_FLOOR).log()
    gain = mel_to_magnitude(mel[None])[0] / _white_magnitude()  # (K, F)
    gain = torch.cat([gain, gain[:, -1:]], dim=1)
    return torch.istft(spectrum * gain, N_FFT, MEL_HOP, window=window, length=len(white))


@cache
def _white_magnitude() -> float:
    """Root of the mean square magnitude of white noise of variance 1 in a bin."""
    return float(hann_window().square().sum().sqrt())
