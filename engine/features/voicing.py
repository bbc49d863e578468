"""Traits by which speech is told from other sounds: voiced syllables, their melody and their movement.

Speech alternates three to eight times a second between voiced and unvoiced or silent (Houtgast and
Steeneken 1985; Scheirer and Slaney 1997 take the modulation energy near 4 Hz for it), the pitch of
its voice glides while it sounds, and its formants move. A bark, a hinge or a motor lacks one of these.

Letters: S samples at 16 kHz, F frames at 100 Hz, N samples of a frame, T lags, M bands.
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional
from torchaudio.functional import melscale_fbanks

VOICE_RATE_HZ = 16_000
HOP = VOICE_RATE_HZ // 100
FRAME = VOICE_RATE_HZ // 25  # 40 ms: three periods of the lowest voice
LOWEST_HZ, HIGHEST_HZ = 75.0, 400.0
BANDS = 24
_N_FFT = 2048
_BAND_FRAME = 512
_OCTAVE_COST = 0.02
_VOICED = 0.55
_ACTIVE_DB, _VOICED_DB = 35.0, 25.0
_LARGEST_STEP = 1.0  # semitones from frame to frame; a voice does not jump
_LEAST_FRAMES = 5
_SPAN = 5  # frames over which movement is measured, 50 ms
_CEPSTRA = slice(1, 9)
_SYLLABIC_HZ, _ALL_HZ = (2.5, 8.0), (0.5, 25.0)
_LEAST_POINTS = 512


@dataclass(frozen=True)
class PitchTrack:
    """The melody of a sound.

    Attributes:
        semitones: (F,) pitch over 55 Hz.
        harmonicity: (F,) autocorrelation at the period, 0 where there is none, near 1 for a voice.
        level_db: (F,).
    """

    semitones: Tensor
    harmonicity: Tensor
    level_db: Tensor

    @property
    def active(self) -> Tensor:
        """Frames (F,) that sound."""
        return self.level_db > self.level_db.max() - _ACTIVE_DB

    @property
    def voiced(self) -> Tensor:
        """Frames (F,) that have a pitch."""
        return (self.harmonicity > _VOICED) & (self.level_db > self.level_db.max() - _VOICED_DB)


@dataclass(frozen=True)
class VoiceTraits:
    """What speech would have.

    Attributes:
        voiced_share: Share of the sounding frames that lie in voiced syllables.
        syllables: How many there are.
        syllable_rate_hz: How many there are in a second that sounds.
        glide: Semitones that the pitch moves within 50 ms of a syllable.
        movement: Distance that the spectral envelope moves within 50 ms of a syllable, in cepstra.
        pitch_spread: Standard deviation of the pitch, in semitones.
        pitch: Median pitch in semitones over 55 Hz.
        syllabic_share: Share of the modulation energy of the bands that lies between 2.5 and 8 Hz.
    """

    voiced_share: float = 0.0
    syllables: int = 0
    syllable_rate_hz: float = 0.0
    glide: float = 0.0
    movement: float = 0.0
    pitch_spread: float = 0.0
    pitch: float = 0.0
    syllabic_share: float = 0.0


def voice_traits(sound: Tensor) -> VoiceTraits:
    """Traits of a sound (S,) at VOICE_RATE_HZ."""
    track = pitch_track(sound)
    found = syllables(track)
    bands = band_energies(sound)[: len(track.semitones)]
    share = _syllabic_share(bands)
    if not found:
        return VoiceTraits(syllabic_share=share)
    cepstra = _cepstra(bands)
    pitch = torch.cat([track.semitones[part] for part in found])
    active = max(int(track.active.sum()), 1)
    return VoiceTraits(
        voiced_share=len(pitch) / active,
        syllables=len(found),
        syllable_rate_hz=len(found) / active * VOICE_RATE_HZ / HOP,
        glide=_mean_over([_moved(track.semitones[part, None]) for part in found]),
        movement=_mean_over([_moved(cepstra[part]) for part in found]),
        pitch_spread=float(pitch.std(correction=0)),
        pitch=float(pitch.median()),
        syllabic_share=share,
    )


def pitch_track(sound: Tensor) -> PitchTrack:
    """Pitch and harmonicity of a sound (S,): Boersma 1993, the autocorrelation of a window undone."""
    window = torch.hann_window(FRAME)
    frames = _frames(sound, FRAME)
    frames = frames - frames.mean(1, keepdim=True)  # (F, N)
    level_db = 10 * (frames.square().mean(1) + 1e-12).log10()
    own = _autocorrelation(frames * window) / _autocorrelation(window[None]).clamp_min(1e-3)  # (F, N)
    shortest, longest = int(VOICE_RATE_HZ / HIGHEST_HZ), int(VOICE_RATE_HZ / LOWEST_HZ)
    inner, before, after = (own[:, shortest + k : longest + 1 + k] for k in (0, -1, 1))  # (F, T)
    cost = _OCTAVE_COST * (torch.arange(shortest, longest + 1) / shortest).log2()
    strength = torch.where((inner > before) & (inner >= after), inner - cost, -1.0)
    best = strength.argmax(1, keepdim=True)
    left, peak, right = (part.gather(1, best)[:, 0] for part in (before, inner, after))
    bend = (left - 2 * peak + right).clamp_max(-1e-6)
    lag = best[:, 0] + shortest + (0.5 * (left - right) / bend).clamp(-1, 1)
    found = strength.gather(1, best)[:, 0] > -1.0
    harmonicity = torch.where(found, peak.clamp(-1, 1), 0.0)
    return PitchTrack(12 * (VOICE_RATE_HZ / lag / 55.0).log2(), harmonicity, level_db)


def syllables(track: PitchTrack) -> list[slice]:
    """Runs of voiced frames, at least 50 ms long, along which the pitch does not jump."""
    voiced = track.voiced
    joined = voiced[1:] & voiced[:-1] & (track.semitones.diff().abs() < _LARGEST_STEP)
    edges = functional.pad(joined.int(), (1, 1)).diff()
    starts, ends = torch.nonzero(edges == 1)[:, 0].tolist(), torch.nonzero(edges == -1)[:, 0].tolist()
    runs = [slice(start, end + 1) for start, end in zip(starts, ends, strict=True)]
    return [run for run in runs if run.stop - run.start >= _LEAST_FRAMES]


def band_energies(sound: Tensor) -> Tensor:
    """Energies (F, M) of a sound (S,) in mel bands from 80 Hz to 7 kHz."""
    spectrum = torch.fft.rfft(_frames(sound, _BAND_FRAME) * torch.hann_window(_BAND_FRAME))
    power = torch.view_as_real(spectrum).square().sum(-1)
    return power @ _filters()


@cache
def _filters() -> Tensor:
    filters: Tensor = melscale_fbanks(_BAND_FRAME // 2 + 1, 80.0, 7000.0, BANDS, VOICE_RATE_HZ)
    return filters


@cache
def _cosines() -> Tensor:
    """The discrete cosine transform of bands, (M, M)."""
    numbers = torch.arange(BANDS)
    return torch.cos(math.pi / BANDS * (numbers[:, None] + 0.5) * numbers) * math.sqrt(2 / BANDS)


def _frames(sound: Tensor, size: int) -> Tensor:
    padded = functional.pad(sound, (0, max(0, size - len(sound))))
    return padded.unfold(0, size, HOP)


def _autocorrelation(frames: Tensor) -> Tensor:
    """Normalised autocorrelation (F, N) of frames (F, N)."""
    power = torch.view_as_real(torch.fft.rfft(frames, _N_FFT)).square().sum(-1)
    own: Tensor = torch.fft.irfft(power, _N_FFT)[:, :FRAME]
    return own / own[:, :1].clamp_min(1e-9)


def _cepstra(bands: Tensor) -> Tensor:
    """Shape (F, 8) of the spectral envelope, whatever its level."""
    level = (bands + bands.max() * 1e-5 + 1e-12).log()
    return (level @ _cosines())[:, _CEPSTRA]


def _moved(values: Tensor) -> float | None:
    """Mean distance that (F, D) values move within _SPAN frames, None where they are too few."""
    if len(values) < _SPAN + 3:
        return None
    return float((values[_SPAN:] - values[:-_SPAN]).square().sum(1).sqrt().mean())


def _mean_over(values: list[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def _syllabic_share(bands: Tensor) -> float:
    """Share of the bands' modulation energy near the rate of syllables, averaged over the bands."""
    loudness = (bands + bands.max() * 1e-9 + 1e-12).pow(0.3)  # (F, M)
    moving = (loudness - loudness.mean(0)) * torch.hann_window(len(loudness))[:, None]
    points = max(_LEAST_POINTS, len(moving))
    power = torch.view_as_real(torch.fft.rfft(moving, points, dim=0)).square().sum(-1)
    rates = torch.fft.rfftfreq(points, HOP / VOICE_RATE_HZ)
    syllabic, whole = (
        power[(rates >= low) & (rates <= high)].sum(0) for low, high in (_SYLLABIC_HZ, _ALL_HZ)
    )
    return float((syllabic / whole.clamp_min(1e-12)).mean())
