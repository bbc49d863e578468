import numpy as np
import pytest
import torch

from engine.features.voicing import (
    PitchTrack,
    VoiceTraits,
    band_energies,
    pitch_track,
    syllables,
    voice_traits,
)
from tests.engine.features.sung_and_spoken import RATE_HZ, hiss, hummed, spoken

TIMES = torch.arange(RATE_HZ) / RATE_HZ


@pytest.mark.parametrize(("rate_hz", "semitones"), [(110.0, 12.0), (220.0, 24.0), (155.56, 18.0)])
def test_pitch_of_a_rich_tone_is_its_first_harmonic(rate_hz: float, semitones: float) -> None:
    tone = torch.stack([torch.sin(2 * torch.pi * n * rate_hz * TIMES) / n for n in range(1, 8)]).sum(0)
    track = pitch_track(tone)
    assert track.semitones.tolist() == pytest.approx([semitones] * len(track.semitones), abs=0.1)
    assert float(track.harmonicity.min()) > 0.95
    assert bool(track.voiced.all())


def test_noise_has_no_pitch_and_silence_is_no_trouble() -> None:
    assert float(pitch_track(hiss(1.0)).voiced.float().mean()) < 0.02
    assert voice_traits(torch.zeros(RATE_HZ)).syllables == 0
    assert voice_traits(torch.ones(3)).syllables == 0


def test_frames_come_at_a_hundred_a_second() -> None:
    assert len(pitch_track(torch.zeros(RATE_HZ)).semitones) == 97  # the last begins 40 ms before the end
    assert band_energies(torch.zeros(RATE_HZ)).shape == (97, 24)


def track_of(semitones: list[float], voiced: list[bool]) -> PitchTrack:
    return PitchTrack(
        torch.tensor(semitones), torch.tensor(voiced).float() * 0.9, torch.zeros(len(semitones))
    )


def test_syllables_end_where_the_voice_stops_or_jumps_and_short_ones_are_none() -> None:
    # Six voiced frames, two unvoiced, four voiced (too short), one unvoiced, then a jump after five.
    voiced = [True] * 6 + [False] * 2 + [True] * 4 + [False] + [True] * 10
    semitones = [12.0] * 18 + [14.0] * 5
    found = syllables(track_of(semitones, voiced))
    assert [(part.start, part.stop) for part in found] == [(0, 6), (13, 18), (18, 23)]
    assert syllables(track_of([12.0] * 4, [False] * 4)) == []


def test_speech_has_moving_voiced_syllables_near_four_hertz() -> None:
    traits = voice_traits(spoken(rate_hz=4.0))
    assert traits.syllable_rate_hz == pytest.approx(4.0, abs=0.5)
    assert traits.pitch == pytest.approx(12 * np.log2(120 / 55), abs=1.0)
    assert traits.voiced_share == pytest.approx(0.66, abs=0.1)
    assert traits.glide > 0.4
    assert traits.movement > 5.0
    assert traits.syllabic_share > 0.5


def test_a_motor_is_voiced_and_does_not_move() -> None:
    traits = voice_traits(hummed())
    assert traits.voiced_share > 0.95
    assert traits.syllables == 1
    assert traits.glide < 0.01
    assert traits.movement < 0.1


def test_loudness_is_not_heard() -> None:
    loud, soft = voice_traits(spoken()), voice_traits(0.05 * spoken())
    for name in VoiceTraits.__dataclass_fields__:
        assert getattr(soft, name) == pytest.approx(getattr(loud, name), rel=0.05, abs=0.05), name
