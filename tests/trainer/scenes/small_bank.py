"""A sound bank on disk, made of clicks and noise: one wav a recording and a manifest."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE_HZ = 44_100


@dataclass(frozen=True)
class Recording:
    """One row of the manifest and how its wav sounds."""

    name: str
    class_name: str
    author: str
    url: str
    onsets_s: tuple[float, ...] = (0.1,)
    ambience: bool = False


def click_train(onsets_s: tuple[float, ...], *, seconds: float = 1.0, seed: int = 0) -> NDArray[np.float32]:
    """Bursts of noise that start at the onsets and die away within 100 ms, over silence."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(round(seconds * RATE_HZ), dtype=np.float32)
    for onset in onsets_s:
        first = round(onset * RATE_HZ)
        length = len(wave) - first
        wave[first:] += 0.4 * rng.normal(0, 1, length) * np.exp(-np.arange(length) / (0.02 * RATE_HZ))
    return wave.astype(np.float32)


def write_bank(folder: Path, recordings: list[Recording]) -> Path:
    """Write wavs and manifest.csv; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = ("file", "class", "kind", "author", "original_url", "onsets_auto")
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as handle:
        table = csv.DictWriter(handle, columns)
        table.writeheader()
        for number, recording in enumerate(recordings):
            file = f"{recording.class_name}/{recording.name}.wav"
            (folder / file).parent.mkdir(exist_ok=True)
            if recording.ambience:
                rng = np.random.default_rng(number)
                wave = 0.1 * rng.normal(0, 1, 2 * RATE_HZ).astype(np.float32)
            else:
                wave = click_train(recording.onsets_s, seed=number)
            soundfile.write(folder / file, wave, RATE_HZ, subtype="FLOAT")
            table.writerow(
                {
                    "file": file,
                    "class": recording.class_name,
                    "kind": "ambience" if recording.ambience else "event",
                    "author": recording.author,
                    "original_url": recording.url,
                    "onsets_auto": " ".join(str(onset) for onset in recording.onsets_s),
                }
            )
    return folder


def usual_recordings() -> list[Recording]:
    """Six groups of steps and of clangs, two of a jet; every group has two files."""
    recordings = []
    for group in range(6):
        for file in range(2):
            for class_name in ("FEET_gravel", "IMPT_metal"):
                name = f"{class_name}_{group}_{file}"
                url = f"https://example.org/{class_name}/{group}"
                recordings.append(Recording(name, class_name, f"author {group}", url, (0.1, 0.5)))
    for group in range(2):
        url = f"https://example.org/jet/{group}"
        recordings.append(Recording(f"jet_{group}", "AERO_jet", "pilot", url, (), ambience=True))
    return recordings
