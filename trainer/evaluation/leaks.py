"""How often the guard against speech and music is right: on the sound bank, and on folders of sound."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import InputError
from engine.leak_detection import Leak, detect_leak
from engine.media.audio_file import read_audio
from engine.progress import Progress, ProgressListener
from engine.timing import PROJECT_RATE_HZ
from trainer.evaluation.figures import Figure

MOST_FALSE_ALARMS = 0.05
LEAST_DETECTION = 0.8
SOUND_FILES = frozenset({".wav", ".ogg", ".flac", ".mp3"})

Holds = Literal["nothing", "speech", "music"]
Row = dict[str, object]


@dataclass(frozen=True)
class LeakCount:
    """How many sounds of a kind were flagged.

    Attributes:
        name: The kind: a class of the bank, or a folder.
        holds: What the sounds really hold.
        sounds: How many there are.
        speech: How many were flagged for speech.
        music: How many were flagged for music.
        flagged: How many were flagged for either.
    """

    name: str
    holds: Holds
    sounds: int
    speech: int
    music: int
    flagged: int

    @property
    def figure(self) -> Figure:
        """False alarms where the sounds hold nothing, else the share of what they hold that was found."""
        if self.holds == "nothing":
            return Figure(self.name, self.flagged / self.sounds, MOST_FALSE_ALARMS, "at most")
        found = self.speech if self.holds == "speech" else self.music
        return Figure(self.name, found / self.sounds, LEAST_DETECTION, "at least")

    def row(self) -> Row:
        """One line of the table."""
        figure = self.figure
        return {
            "sounds": self.name,
            "files": self.sounds,
            "as speech": round(self.speech / self.sounds, 4),
            "as music": round(self.music / self.sounds, 4),
            "flagged": round(self.flagged / self.sounds, 4),
            "wanted": figure.wanted_in_words,
            "verdict": figure.verdict,
        }


def counted(name: str, holds: Holds, leaks: Iterable[Leak]) -> LeakCount:
    """The count of a kind of sounds."""
    found = list(leaks)
    speech = sum(leak.speech >= leak.threshold for leak in found)
    music = sum(leak.music >= leak.threshold for leak in found)
    flagged = sum(leak.flagged for leak in found)
    return LeakCount(name, holds, len(found), speech, music, flagged)


def together(name: str, counts: Iterable[LeakCount]) -> LeakCount:
    """Several kinds that hold the same, as one."""
    parts = list(counts)
    sums = (sum(getattr(part, field) for part in parts) for field in ("sounds", "speech", "music", "flagged"))
    return LeakCount(name, parts[0].holds, *sums)


def count_bank(folder: Path, *, listener: ProgressListener) -> list[LeakCount]:
    """False alarms on the recordings of a sound bank: one count a class, then all.

    Raises:
        InputError: When the bank lists no recording.
        MediaError: When one cannot be decoded.
    """
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    if not rows:
        raise InputError(f"The sound bank {folder} lists no recording: give another one (MSG_SOUND_BANK).")
    leaks: dict[str, list[Leak]] = {}
    for number, row in enumerate(rows):
        listener(Progress("sound bank", number, len(rows)))
        leaks.setdefault(row["class"], []).append(_leak_of_file(folder / row["file"]))
    listener(Progress("sound bank", len(rows), len(rows)))
    counts = [counted(name, "nothing", leaks[name]) for name in sorted(leaks)]
    return [*counts, together("sound bank", counts)]


def count_folder(folder: Path, holds: Holds, *, listener: ProgressListener) -> LeakCount:
    """The sound files of a folder and of those in it.

    Raises:
        InputError: When it has none.
        MediaError: When one cannot be decoded.
    """
    files = list(_sound_files(folder))
    if not files:
        known = " ".join(sorted(SOUND_FILES))
        raise InputError(f"{folder} holds no sound file ({known}): give a folder with some.")
    leaks = []
    for number, path in enumerate(files):
        listener(Progress(f"{holds} in {folder.name}", number, len(files)))
        leaks.append(_leak_of_file(path))
    return counted(str(folder), holds, leaks)


def _sound_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SOUND_FILES)


def _leak_of_file(path: Path) -> Leak:
    return detect_leak(read_audio(path, rate_hz=PROJECT_RATE_HZ), rate_hz=PROJECT_RATE_HZ)
