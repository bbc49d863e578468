"""The sound bank: recordings grouped by source, split by recording, cut into one-shots.

A voice is a stretch of one recording whose first strong onset lies at a known sample; an
ambience is a stretch that can be looped. Samples are float32 mono at 44.1 kHz.
"""

import csv
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.media.audio_file import read_audio
from engine.timing import MODEL_RATE_HZ

Split = Literal["train", "held_out"]
FloatArray = NDArray[np.float32]

DEFAULT_BANK = Path("../shared/data/sounds")
VOICE_MAX_S = 2.0
PRE_ONSET_S = 0.004
FADE_S = 0.03
LOUDNESS_WINDOW_S = 0.1
VOICE_RMS = 0.1


@dataclass(frozen=True)
class Voice:
    """One sounding contact.

    Attributes:
        name: Class of the bank ("IMPT_metal").
        group: The recording it was cut from.
        samples: (S,) levelled so that the loudest 100 ms have RMS VOICE_RMS.
        onset: Sample of the onset inside ``samples``.
    """

    name: str
    group: str
    samples: FloatArray
    onset: int


@dataclass(frozen=True)
class Ambience:
    """A stretch of continuous sound, levelled like a voice."""

    name: str
    group: str
    samples: FloatArray


@dataclass(frozen=True)
class SoundBank:
    """All voices and ambiences of one side of the split, by class."""

    voices: dict[str, list[Voice]]
    ambiences: dict[str, list[Ambience]]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of all classes, sorted."""
        return tuple(sorted({*self.voices, *self.ambiences}))


def bank_folder() -> Path:
    """Where the sound bank lies: MSG_SOUND_BANK, else beside the repository.

    Raises:
        InputError: When no manifest is there.
    """
    folder = Path(os.environ.get("MSG_SOUND_BANK", str(DEFAULT_BANK)))
    if not (folder / "manifest.csv").is_file():
        raise InputError(
            f"No sound bank at {folder}: manifest.csv is missing. Set MSG_SOUND_BANK to a folder with one."
        )
    return folder


def recording_group(row: dict[str, str]) -> str:
    """The recording a file belongs to; files of one group never part in a split."""
    stem = Path(row["file"]).stem
    if "kenney" in stem.lower():
        return re.sub(r"[_-]?\d+$", "", stem)
    return f"{row['author']}|{row['original_url']}"


def split_of(rows: list[dict[str, str]]) -> dict[str, Split]:
    """Side of every group: about one group in five of each class is held out.

    A class with a single group stays in training. A group that spans classes goes where its
    hash sends it, so that no recording is ever on both sides.
    """
    groups_of: dict[str, list[str]] = {}
    for row in rows:
        groups_of.setdefault(row["class"], []).append(recording_group(row))
    side: dict[str, Split] = {}
    for groups in groups_of.values():
        unique = sorted(set(groups), key=_group_hash)
        for group in unique:
            side.setdefault(group, "train")
        for group in unique[: len(unique) // 5 if len(unique) >= 5 else int(len(unique) >= 2)]:
            side[group] = "held_out"
    return _with_training_in_every_class(groups_of, side)


def _with_training_in_every_class(
    groups_of: dict[str, list[str]], side: dict[str, Split]
) -> dict[str, Split]:
    for groups in groups_of.values():
        if all(side[group] == "held_out" for group in groups):
            side[min(groups, key=_group_hash)] = "train"
    return side


def _group_hash(group: str) -> str:
    return hashlib.sha256(group.encode()).hexdigest()


def load_bank(split: Split, *, folder: Path | None = None) -> SoundBank:
    """Decode one side of the bank.

    Raises:
        InputError: When the bank is not there.
        MediaError: When a recording cannot be decoded.
    """
    root = folder or bank_folder()
    with (root / "manifest.csv").open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    side = split_of(rows)
    voices: dict[str, list[Voice]] = {}
    ambiences: dict[str, list[Ambience]] = {}
    for row in rows:
        group = recording_group(row)
        if side[group] != split:
            continue
        sound = read_audio(root / row["file"], rate_hz=MODEL_RATE_HZ).mean(axis=0)
        if row["kind"] == "ambience":
            ambiences.setdefault(row["class"], []).append(Ambience(row["class"], group, _levelled(sound)))
        else:
            onsets = [float(word) for word in row["onsets_auto"].split()]
            voices.setdefault(row["class"], []).extend(cut_voices(sound, onsets, row["class"], group))
    return SoundBank(voices, ambiences)


def cut_voices(sound: FloatArray, onsets_s: list[float], name: str, group: str) -> list[Voice]:
    """Cut a recording at its onsets; weak stretches (24 dB under the loudest) are left out."""
    starts = [refine_onset(sound, round(s * MODEL_RATE_HZ)) for s in onsets_s or [0.0]]
    starts = sorted(set(starts))
    edges = [*starts[1:], len(sound)]
    pieces = [
        (start, sound[max(0, start - round(PRE_ONSET_S * MODEL_RATE_HZ)) : _piece_end(start, edge)])
        for start, edge in zip(starts, edges, strict=True)
    ]
    loudest = max((_loudness(piece) for _, piece in pieces), default=0.0)
    pre = round(PRE_ONSET_S * MODEL_RATE_HZ)
    return [
        Voice(name, group, _faded(_levelled(piece)), min(start, pre))
        for start, piece in pieces
        if len(piece) > MODEL_RATE_HZ // 50 and _loudness(piece) > max(loudest / 16, 1e-5)
    ]


def _piece_end(start: int, edge: int) -> int:
    room = max(edge - round(0.02 * MODEL_RATE_HZ), start + round(0.05 * MODEL_RATE_HZ))
    return min(room, start + round(VOICE_MAX_S * MODEL_RATE_HZ))


def refine_onset(sound: FloatArray, near: int, *, reach_s: float = 0.04) -> int:
    """Sample of the steepest rise of energy near a rough onset (1 ms steps)."""
    step = MODEL_RATE_HZ // 1000
    low = max(0, near - round(reach_s * MODEL_RATE_HZ))
    high = min(len(sound), near + round(reach_s * MODEL_RATE_HZ))
    stretch = sound[low:high]
    count = len(stretch) // step
    if count < 4:
        return near
    energy = np.square(stretch[: count * step]).reshape(count, step).mean(axis=1)
    level = np.log(energy + 1e-8)
    before = np.concatenate([np.full(3, level[0] - 6.0 if low == 0 else level[0]), level])[:count]
    return low + int(np.argmax(level - before)) * step


def _loudness(sound: FloatArray) -> float:
    window = round(LOUDNESS_WINDOW_S * MODEL_RATE_HZ)
    if len(sound) <= window:
        return float(np.sqrt(np.square(sound).sum() / window))
    total = np.cumsum(np.square(sound, dtype=np.float64))
    return float(np.sqrt(max((total[window:] - total[:-window]).max(), 0.0) / window))


def _levelled(sound: FloatArray) -> FloatArray:
    loudness = _loudness(sound)
    return (sound * (VOICE_RMS / max(loudness, 1e-5))).astype(np.float32)


def _faded(sound: FloatArray) -> FloatArray:
    length = min(round(FADE_S * MODEL_RATE_HZ), len(sound) // 2)
    faded = sound.copy()
    faded[len(sound) - length :] *= np.linspace(1.0, 0.0, length, dtype=np.float32)
    return faded
