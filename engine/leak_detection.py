"""A guard against speech and music in takes: what a foley stem must not hold.

Published models were trained on film and web video and now and then make a voice or a tune. No trained
network listens here: a sound is taken for speech, or for music, only when every trait that one of them
has is there (engine/features/voicing.py and partials.py name the traits and their sources), so its
strength is that of the weakest trait. The bounds of the traits were set on synthetic speech, General
MIDI renders and the sound bank; `msg-train evaluate leaks` measures them on any folder. The bundled
starter learned neither speech nor music and is not guarded.

Letters: C channels, S samples.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.features.partials import PartialTraits, partial_traits
from engine.features.voicing import VOICE_RATE_HZ, VoiceTraits, voice_traits
from engine.media.audio_file import read_take
from engine.media.resampling import resample
from engine.model_store import ModelCard
from engine.records import FloatArray, Take
from engine.timing import PROJECT_RATE_HZ

THRESHOLD = 0.5
FAMILIES_WITHOUT_LEAKS = frozenset({"starter"})
STRETCH_S, STEP_S = 4.0, 2.0
LEAST_S = 0.5
_SILENT_PEAK = 1e-4
_LOWEST_HZ = 70.0


@dataclass(frozen=True)
class Leak:
    """What may have leaked into a sound.

    Attributes:
        speech: 0 (none of it) to 1 (every trait of speech is plain).
        music: The same for music.
        threshold: From where on a sound is flagged.
    """

    speech: float
    music: float
    threshold: float = THRESHOLD

    @property
    def flagged(self) -> bool:
        """Whether the take should be listened to before it is used."""
        return max(self.speech, self.music) >= self.threshold

    @property
    def words(self) -> str:
        """A sentence for the user, empty where nothing was found."""
        heard = [
            f"{name} ({value:.2f})"
            for name, value in (("speech", self.speech), ("music", self.music))
            if value >= self.threshold
        ]
        return f"may hold {' and '.join(heard)}: listen before you use it" if heard else ""


def detect_leak(sound: FloatArray, *, rate_hz: int = PROJECT_RATE_HZ) -> Leak:
    """Speech and music of a sound (C, S), in the stretch that has most of each.

    Raises:
        ValueError: When the sound is not (C, S).
    """
    if sound.ndim != 2 or not len(sound):
        raise ValueError(f"detect_leak takes (C, S), got {sound.shape}")
    mono = resample(sound.mean(axis=0, keepdims=True), from_hz=rate_hz, to_hz=VOICE_RATE_HZ)[0]
    peak = float(np.abs(mono).max(initial=0.0))
    if peak < _SILENT_PEAK or len(mono) < LEAST_S * VOICE_RATE_HZ:
        return Leak(0.0, 0.0)
    found = [_of_stretch(stretch) for stretch in _stretches(mono / np.float32(peak))]
    return Leak(max(leak.speech for leak in found), max(leak.music for leak in found))


def leak_of_take(take: Take, card: ModelCard) -> Leak | None:
    """The leak of a take, None for a model that cannot make speech or music.

    Raises:
        InputError: When its file cannot be read.
    """
    if card.family in FAMILIES_WITHOUT_LEAKS:
        return None
    return detect_leak(read_take(take)[None])


def leak_notice(takes: Iterable[Take], card: ModelCard) -> str:
    """A sentence for each take that should be listened to first, empty where there is none.

    Raises:
        InputError: When a take's file cannot be read.
    """
    leaks = ((take, leak_of_take(take, card)) for take in takes)
    return " ".join(f"{take.id} {leak.words}." for take, leak in leaks if leak is not None and leak.words)


def _stretches(mono: FloatArray) -> list[FloatArray]:
    """Parts of a sound, all of it where it is short."""
    length, step = round(STRETCH_S * VOICE_RATE_HZ), round(STEP_S * VOICE_RATE_HZ)
    starts = range(0, max(1, len(mono) - length + step), step)
    return [mono[start : start + length] for start in starts]


def _of_stretch(stretch: FloatArray) -> Leak:
    heard = _without_rumble(torch.from_numpy(stretch))
    return Leak(speech_strength(voice_traits(heard)), music_strength(partial_traits(heard)))


def _without_rumble(sound: Tensor) -> Tensor:
    spectrum = torch.fft.rfft(sound)
    rates = torch.fft.rfftfreq(len(sound), 1 / VOICE_RATE_HZ)
    heard: Tensor = torch.fft.irfft(spectrum * (rates > _LOWEST_HZ), len(sound))
    return heard


def speech_strength(traits: VoiceTraits) -> float:
    """How plainly a stretch is speech, 0 to 1: its weakest trait."""
    return min(
        _rising(traits.voiced_share, 0.1, 0.4),
        _rising(traits.syllables, 1, 5),
        _rising(traits.syllable_rate_hz, 1.0, 2.5),
        _rising(traits.movement, 2.5, 5.5),
        _rising(traits.glide, 0.1, 0.4),
        1 - _rising(traits.glide, 1.3, 2.1),
        1 - _rising(traits.pitch_spread, 3.0, 6.0),
        _rising(traits.pitch, 3.0, 6.0),  # about 65 to 78 Hz
        1 - _rising(traits.pitch, 27.0, 32.0),  # about 260 to 350 Hz
        _rising(traits.syllabic_share, 0.2, 0.5),
    )


def music_strength(traits: PartialTraits) -> float:
    """How plainly a stretch is music, 0 to 1: its weakest trait."""
    return min(
        _rising(traits.held_share, 0.1, 0.4),
        _rising(traits.notes, 1, 5),
        _rising(traits.starts, 2, 6),
        _rising(traits.changes, 0, 4),
        _rising(traits.length_s, 0.15, 0.3),
        _rising(traits.tuning, 0.15, 0.45),
    )


def _rising(value: float, low: float, high: float) -> float:
    """0 up to ``low``, 1 from ``high`` on, straight between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))
