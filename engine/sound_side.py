"""Sound as the scoring hears it: a log-mel of any stretch, a key of its content, whether it is silent.

A take is samples at a place; the sound of a film or of a long file is its log-mel, made block by
block, so that an hour of sound costs the memory of one block.

Letters: C channels, N samples, n samples of a block, f mel frames at 100 Hz, M bands.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from engine.errors import InputError
from engine.feature_cache import Rows
from engine.features.mel import MEL_FLOOR, log_mel
from engine.media.resampling import Resampler, resample
from engine.records import FloatArray
from engine.step_range import StepRange
from engine.timing import MEL_FRAMES_PER_TOKEN, MEL_HOP, MODEL_RATE_HZ, PROJECT_RATE_HZ, TOKEN_RATE_HZ

SILENT_PEAK = 1e-5
SILENT_LOG_MEL = math.log(MEL_FLOOR)
_SILENT_BELOW = SILENT_LOG_MEL + 0.02
_PART_FRAMES = 1500
_MARGIN_FRAMES = 2  # the spectrum of a frame reaches less than two hops to either side
_MODEL_SAMPLES_PER_STEP = MODEL_RATE_HZ // TOKEN_RATE_HZ


class SoundSide(Protocol):
    """A sound on the clip's timeline; before its begin and after its end it is silent."""

    def mel(self, steps: StepRange) -> Tensor:
        """Log-mel of a stretch, (1, 4 * count, M) float32."""

    def key(self, steps: StepRange) -> str:
        """A name of all that is heard in a stretch: equal sound, equal key."""

    def is_silent(self, steps: StepRange) -> bool:
        """Whether nothing is heard in a stretch."""


@dataclass(frozen=True)
class PlacedSound:
    """Samples at a place.

    Attributes:
        samples: (C, N) at 48 kHz.
        start_samples: Place of the first one on the clip's timeline.
    """

    samples: FloatArray
    start_samples: int = 0

    def mel(self, steps: StepRange) -> Tensor:
        """As ``SoundSide`` says."""
        return mel_of_sound(self._cut(steps), steps=steps.count)

    def key(self, steps: StepRange) -> str:
        """As ``SoundSide`` says."""
        first, last = self._overlap(steps)
        if first >= last:
            return f"nothing {steps.count}"
        return hashlib.sha256(self._cut(steps).tobytes()).hexdigest()

    def is_silent(self, steps: StepRange) -> bool:
        """As ``SoundSide`` says."""
        first, last = self._overlap(steps)
        return float(np.abs(self.samples[:, first:last]).max(initial=0.0)) < SILENT_PEAK

    def _overlap(self, steps: StepRange) -> tuple[int, int]:
        first = min(max(0, steps.start_samples - self.start_samples), self.samples.shape[1])
        return first, max(first, min(self.samples.shape[1], steps.end_samples - self.start_samples))

    def _cut(self, steps: StepRange) -> FloatArray:
        """The stretch mixed to mono, (1, N)."""
        first, last = self._overlap(steps)
        cut = np.zeros((1, steps.end_samples - steps.start_samples), dtype=np.float32)
        if last > first:
            at = self.start_samples + first - steps.start_samples
            cut[:, at : at + last - first] = self.samples[:, first:last].mean(axis=0, keepdims=True)
        return cut


@dataclass(frozen=True)
class MelSound:
    """A sound whose log-mel was made before.

    Attributes:
        rows: (F, M) log-mel from the clip's start, in half precision.
    """

    rows: Rows

    def mel(self, steps: StepRange) -> Tensor:
        """As ``SoundSide`` says."""
        heard = self._cut(steps).float()
        lacking = steps.count * MEL_FRAMES_PER_TOKEN - len(heard)
        return torch.nn.functional.pad(heard, (0, 0, 0, lacking), value=SILENT_LOG_MEL)[None]

    def key(self, steps: StepRange) -> str:
        """As ``SoundSide`` says."""
        return "mel " + hashlib.sha256(self._cut(steps).contiguous().numpy().tobytes()).hexdigest()

    def is_silent(self, steps: StepRange) -> bool:
        """As ``SoundSide`` says."""
        heard = self._cut(steps)
        return not heard.numel() or float(heard.max()) < _SILENT_BELOW

    def _cut(self, steps: StepRange) -> Tensor:
        return self.rows[steps.start * MEL_FRAMES_PER_TOKEN : steps.end * MEL_FRAMES_PER_TOKEN]


def mel_of_sound(sound: FloatArray, *, steps: int) -> Tensor:
    """Log-mel (1, 4 * steps, M) of a 48 kHz sound (C, S), mixed to mono, cut or padded with silence."""
    mono = resample(sound.mean(axis=0, keepdims=True), from_hz=PROJECT_RATE_HZ, to_hz=MODEL_RATE_HZ)
    wanted = steps * _MODEL_SAMPLES_PER_STEP
    wave = torch.zeros(1, wanted)
    length = min(wanted, mono.shape[1])
    wave[:, :length] = torch.from_numpy(mono[:, :length])
    return log_mel(wave)[:, : wanted // MEL_HOP]


def mel_parts(blocks: Iterable[FloatArray], *, steps: int) -> Iterator[Tensor]:
    """The log-mel of a 48 kHz sound that comes in blocks (C, n), as ``mel_of_sound`` gives it.

    Args:
        blocks: The sound; C may change on the way.
        steps: How long the log-mel shall be.

    Yields:
        (f, M), together 4 * steps frames.
    """
    margin = _MARGIN_FRAMES * MEL_HOP
    held = torch.zeros(0)
    lead = 0  # samples at the front of what is held that only give the first frames their past
    for wave in _exactly(_at_model_rate(blocks), steps * _MODEL_SAMPLES_PER_STEP):
        held = torch.cat([held, wave])
        if len(held) - lead - margin >= _PART_FRAMES * MEL_HOP:
            frames = (len(held) - lead - margin) // MEL_HOP
            stretch = held[: lead + frames * MEL_HOP + margin]
            yield log_mel(stretch[None])[0, lead // MEL_HOP :][:frames]
            held, lead = held[lead + frames * MEL_HOP - margin :], margin
    if len(held) > lead:
        yield log_mel(held[None])[0, lead // MEL_HOP :]


def checked_sound(samples: FloatArray, *, name: str, before: int = 0) -> FloatArray:
    """A sound (C, N) at 48 kHz that holds numbers only.

    Args:
        samples: The sound.
        name: What it is, for the message.
        before: Samples that came before it.

    Raises:
        InputError: When a sample is infinite or no number.
    """
    finite = np.isfinite(samples).all(axis=0)
    if finite.all():
        return samples
    first_s = (before + int(np.argmin(finite))) / PROJECT_RATE_HZ
    raise InputError(
        f"The sound of {name} has a sample at {first_s:.3f} s that is infinite or no number: export it again."
    )


def _at_model_rate(blocks: Iterable[FloatArray]) -> Iterator[FloatArray]:
    resampler = Resampler(1, from_hz=PROJECT_RATE_HZ, to_hz=MODEL_RATE_HZ)
    for block in blocks:
        yield resampler.push(block.mean(axis=0, keepdims=True))
    yield resampler.finish()


def _exactly(pieces: Iterable[FloatArray], samples: int) -> Iterator[Tensor]:
    """Pieces (1, n) cut or followed by silence, so that they have so many samples together."""
    left = samples
    for piece in pieces:
        kept = torch.from_numpy(piece[0, :left])
        left -= len(kept)
        yield kept
    while left:
        silence = torch.zeros(min(left, _PART_FRAMES * MEL_HOP))
        left -= len(silence)
        yield silence
