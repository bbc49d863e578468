from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from engine.features.partials import PartialTraits
from engine.features.voicing import VoiceTraits
from engine.leak_detection import (
    Leak,
    detect_leak,
    leak_notice,
    leak_of_take,
    music_strength,
    speech_strength,
)
from engine.model_store import ModelCard
from engine.records import FloatArray, Score, Take
from engine.timing import TimeRange
from tests.engine.features.sung_and_spoken import RATE_HZ, hiss, hummed, knocks, played, rung, spoken

SPEECH = VoiceTraits(
    voiced_share=0.6, syllables=9, syllable_rate_hz=4.0, glide=0.6, movement=7.0,
    pitch_spread=1.5, pitch=13.0, syllabic_share=0.6,
)  # fmt: skip
MUSIC = PartialTraits(held_share=0.8, notes=12, starts=8, changes=5, length_s=0.5, tuning=0.7)
CARD = ModelCard("web", "mmaudio", "1", 44_100, "CC BY-NC", "", "", (), Path(), 0)


def heard(sound: torch.Tensor) -> Leak:
    return detect_leak(sound[None].numpy(), rate_hz=RATE_HZ)


@pytest.mark.parametrize("pitch_hz", [110.0, 190.0])
@pytest.mark.parametrize("rate_hz", [3.3, 4.5])
def test_speech_is_flagged_as_speech(pitch_hz: float, rate_hz: float) -> None:
    leak = heard(spoken(pitch_hz=pitch_hz, rate_hz=rate_hz))
    assert leak.speech > leak.threshold > leak.music
    assert leak.words == f"may hold speech ({leak.speech:.2f}): listen before you use it"


@pytest.mark.parametrize("beat_s", [0.35, 0.5])
def test_music_is_flagged_as_music(beat_s: float) -> None:
    leak = heard(played(beat_s=beat_s))
    assert leak.music > leak.threshold > leak.speech
    assert leak.words.startswith("may hold music (")


@pytest.mark.parametrize("sound", [hiss(), knocks(), rung(), hummed(), knocks() + 0.5 * rung()])
def test_foley_is_not_flagged(sound: torch.Tensor) -> None:
    leak = heard(sound)
    assert not leak.flagged
    assert leak.words == ""


def test_speech_over_foley_and_late_in_a_long_take_is_found() -> None:
    assert heard(spoken(4.0) + 0.3 * knocks(4.0)).speech > 0.5
    late = torch.cat([0.1 * hiss(9.0), spoken(4.0), 0.1 * hiss(1.0)])
    assert heard(late).speech > 0.5


def test_rate_channels_and_level_do_not_matter() -> None:
    plain = heard(spoken())
    wide = np.repeat(spoken().numpy(), 3)[None] * np.float32(0.1)  # 48 kHz, each sample held
    leak = detect_leak(np.concatenate([wide, wide]))
    assert leak.speech == pytest.approx(plain.speech, abs=0.15)


@pytest.mark.parametrize("seconds", [0.0, 0.3, 3.0])
def test_silence_and_clicks_too_short_to_tell_hold_nothing(seconds: float) -> None:
    assert detect_leak(np.zeros((1, round(48_000 * seconds)), dtype=np.float32)) == Leak(0.0, 0.0)
    if seconds == 0.3:
        assert heard(spoken()[: round(seconds * RATE_HZ)]) == Leak(0.0, 0.0)


@pytest.mark.parametrize("sound", [np.zeros(5, dtype=np.float32), np.zeros((0, 5), dtype=np.float32)])
def test_other_shapes_are_refused(sound: FloatArray) -> None:
    with pytest.raises(ValueError, match="detect_leak takes"):
        detect_leak(sound)


def test_every_trait_of_speech_is_needed() -> None:
    assert speech_strength(SPEECH) == 1.0
    lacks = {
        "voiced_share": 0.05, "syllables": 1, "syllable_rate_hz": 0.9, "movement": 2.0, "glide": 0.05,
        "pitch_spread": 7.0, "pitch": 35.0, "syllabic_share": 0.1,
    }  # fmt: skip
    assert {name: speech_strength(replace(SPEECH, **{name: value})) for name, value in lacks.items()} == (
        dict.fromkeys(lacks, 0.0)
    )
    assert speech_strength(replace(SPEECH, glide=2.5)) == 0.0
    assert speech_strength(replace(SPEECH, pitch=2.0)) == 0.0


def test_every_trait_of_music_is_needed_and_the_weakest_counts() -> None:
    assert music_strength(MUSIC) == 1.0
    lacks = {"held_share": 0.05, "notes": 1, "starts": 1, "changes": 0, "length_s": 0.1, "tuning": 0.1}
    assert {name: music_strength(replace(MUSIC, **{name: value})) for name, value in lacks.items()} == (
        dict.fromkeys(lacks, 0.0)
    )
    assert music_strength(replace(MUSIC, changes=3, tuning=0.3)) == pytest.approx(0.5)


def test_words_name_all_that_was_found() -> None:
    assert Leak(0.9, 0.62).words == "may hold speech (0.90) and music (0.62): listen before you use it"
    assert Leak(0.49, 0.0).words == ""
    assert Leak(0.5, 0.0).flagged


def take_of(path: Path, sound: torch.Tensor) -> Take:
    wide = np.repeat(sound.numpy(), 3)
    soundfile.write(path, wide, 48_000, subtype="FLOAT")
    return Take(
        id=path.stem, event_id="e001", path=path, range=TimeRange(0, len(wide)), seed=1, steps=1,
        guidance=1.0, prompt="", model="web", model_sha256="", weights_licence="", clip_fingerprint="",
        device="cpu", batch=1, threads=1, sha256="", seconds=0.0,
        score=Score(0.0, 0.0, 0.0, 0.0, 0.0, False),
    )  # fmt: skip


def test_takes_of_a_model_that_can_make_neither_are_not_heard(tmp_path: Path) -> None:
    take = take_of(tmp_path / "e001_t1.wav", spoken())
    assert leak_of_take(take, replace(CARD, family="starter")) is None
    leak = leak_of_take(take, CARD)
    assert leak is not None
    assert leak.speech > 0.5


def test_notice_names_the_takes_that_should_be_heard_first(tmp_path: Path) -> None:
    takes = [take_of(tmp_path / "e001_t1.wav", knocks()), take_of(tmp_path / "e001_t2.wav", spoken())]
    assert leak_notice(takes[:1], CARD) == ""
    notice = leak_notice(takes, CARD)
    assert notice.startswith("e001_t2 may hold speech (")
    assert notice.endswith("listen before you use it.")
