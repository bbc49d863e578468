from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from tests.trainer.scenes.small_bank import RATE_HZ, Recording, click_train, usual_recordings, write_bank
from trainer.scenes.bank import (
    VOICE_RMS,
    bank_folder,
    cut_voices,
    load_bank,
    recording_group,
    refine_onset,
    split_of,
)


def row(class_name: str, group: str, file: str = "a.wav") -> dict[str, str]:
    return {"file": file, "class": class_name, "author": "one", "original_url": group}


def sides(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    """Groups of each side, by side."""
    found: dict[str, list[str]] = {"train": [], "held_out": []}
    for group, side in split_of(rows).items():
        found[side].append(group)
    return found


@pytest.mark.parametrize(("groups", "held_out"), [(1, 0), (2, 1), (4, 1), (5, 1), (9, 1), (10, 2), (25, 5)])
def test_about_one_group_in_five_is_held_out_but_never_the_only_one(groups: int, held_out: int) -> None:
    found = sides([row("FEET_gravel", f"url {number}") for number in range(groups)])
    assert len(found["held_out"]) == held_out
    assert len(found["train"]) == groups - held_out


def test_split_depends_on_names_and_not_on_the_order_of_the_manifest() -> None:
    rows = [row("FEET_gravel", f"url {number}") for number in range(10)]
    assert split_of(rows) == split_of(rows[::-1])


def test_every_class_keeps_training_recordings_even_when_groups_span_classes() -> None:
    rows = [row("FEET_gravel", f"url {number}") for number in range(10)]
    out = next(group for group, side in split_of(rows).items() if side == "held_out")
    rows.append(row("IMPT_metal", out.partition("|")[2]))
    side = split_of(rows)
    assert side[out] == "train"


def test_group_is_author_and_address_but_the_numbered_stem_for_kenney() -> None:
    assert recording_group(row("FEET_gravel", "u", "x/take_2.wav")) == "one|u"
    assert recording_group(row("IMPT_metal", "u", "x/kenney_impactMetal_003.ogg")) == "kenney_impactMetal"
    assert recording_group(row("IMPT_metal", "u", "x/Kenney-plate-12.ogg")) == "Kenney-plate"


def test_held_out_and_train_recordings_are_disjoint_by_group(tmp_path: Path) -> None:
    folder = write_bank(tmp_path, usual_recordings())
    train, held_out = load_bank("train", folder=folder), load_bank("held_out", folder=folder)

    def groups(bank: object) -> set[str]:
        voices = {voice.group for of_class in bank.voices.values() for voice in of_class}
        return voices | {sound.group for of_class in bank.ambiences.values() for sound in of_class}

    assert groups(train)
    assert groups(held_out)
    assert not groups(train) & groups(held_out)
    assert len(groups(train) | groups(held_out)) == 14
    assert train.classes == ("AERO_jet", "FEET_gravel", "IMPT_metal")
    # Every file of five in six groups, two voices a file.
    assert len(train.voices["FEET_gravel"]) == 5 * 2 * 2


def test_voices_have_their_onset_at_the_sample_they_name(tmp_path: Path) -> None:
    recordings = [Recording("a", "FEET_gravel", "one", "u", (0.2, 0.7))]
    (first, second) = load_bank("train", folder=write_bank(tmp_path, recordings)).voices["FEET_gravel"]
    for voice in (first, second):
        loud = np.flatnonzero(np.abs(voice.samples) > 0.1 * np.abs(voice.samples).max())
        assert abs(int(loud[0]) - voice.onset) / RATE_HZ < 0.002
    assert len(first.samples) / RATE_HZ == pytest.approx(0.5 - 0.02, abs=0.005)  # up to the next one
    assert not second.samples[-1]


@pytest.mark.parametrize("wrong_by_s", [-0.03, 0.0, 0.03])
def test_rough_onsets_are_moved_to_the_steepest_rise(wrong_by_s: float) -> None:
    wave = click_train((0.4,)) + 1e-4
    found = refine_onset(wave, round((0.4 + wrong_by_s) * RATE_HZ))
    assert abs(found / RATE_HZ - 0.4) < 0.002


def test_onset_at_the_very_begin_is_kept() -> None:
    assert refine_onset(click_train((0.0,)), 0) < 0.002 * RATE_HZ


def test_voices_are_levelled_and_weak_stretches_left_out() -> None:
    wave = click_train((0.1,)) + 0.1 * click_train((0.4,), seed=1) + 0.01 * click_train((0.7,), seed=2)
    voices = cut_voices(wave, [0.1, 0.4, 0.7], "FEET_gravel", "g")
    assert len(voices) == 2  # 20 dB under the loudest stays, 40 dB goes
    for voice in voices:
        window = round(0.1 * RATE_HZ)
        power = np.convolve(np.square(voice.samples, dtype=np.float64), np.ones(window), "valid")
        assert np.sqrt(power.max() / window) == pytest.approx(VOICE_RMS, rel=0.02)


def test_silence_has_no_voice() -> None:
    assert cut_voices(np.zeros(RATE_HZ, dtype=np.float32), [0.2], "FEET_gravel", "g") == []


def test_missing_bank_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSG_SOUND_BANK", str(tmp_path / "gone"))
    with pytest.raises(InputError, match=r"gone: manifest\.csv is missing\. Set MSG_SOUND_BANK"):
        bank_folder()
    write_bank(tmp_path / "gone", [])
    assert bank_folder() == tmp_path / "gone"
