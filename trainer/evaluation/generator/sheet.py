"""A sheet of spectrograms: true sound beside three takes, for twelve kinds of sound.

Letters: N tokens at 25 Hz, F mel frames, M bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.features.mel import MEL_BANDS, mel_filters
from engine.features.motion_grid import GRID_CHANNELS
from engine.generator.control import control_track
from engine.progress import Progress, ProgressListener
from engine.timing import MEL_RATE_HZ, MODEL_RATE_HZ
from engine.ucs import class_for
from trainer.evaluation.generator.real_sound import can_play, real_mel
from trainer.evaluation.generator.takes import SoundMaker, TakeSettings, Wish
from trainer.evaluation.generator.trials import Trial
from trainer.scenes.bank import SoundBank

SUBJECTS = (
    ("footsteps on stone", "FEET_stone"),
    ("wood impact", "IMPT_wood"),
    ("metal impact", "IMPT_metal"),
    ("door", "DOOR_close"),
    ("glass", "GLAS_break"),
    ("water", "WATR_splash"),
    ("rain", "RAIN"),
    ("fire", "FIRE_crackle"),
    ("dog", "ANML_dog"),
    ("gunshot", "GUNS"),
    ("whoosh", "WHSH"),
    ("thunder", "THUN"),
)
TAKES = 3
TOKENS = 64
HITS = ((0.3, 1.0), (1.4, 0.7))
QUIETEST, LOUDEST = -8.5, -0.5
_MARKED_HZ = (100, 500, 2000, 8000)


@dataclass(frozen=True)
class SheetRow:
    """One kind of sound.

    Attributes:
        label: What it is, in words.
        truth: (F, M) log-mel of a real recording.
        source: Which side of the bank the recording is from.
        takes: (TAKES, F, M) log-mels.
    """

    label: str
    truth: Tensor
    source: str
    takes: Tensor


def sheet_trial(name: str, number: int) -> Trial:
    """Two hits, the second softer, or a run from 0.3 s on, without a picture."""
    contacts = class_for(name).kind == "event"
    running = None if contacts else (np.arange(TOKENS) >= 8).astype(np.float32)
    control = control_track(TOKENS, hits=HITS if contacts else (), activity=running)
    grid = torch.zeros(TOKENS, GRID_CHANNELS, 8, 8)
    return Trial(Wish(grid, torch.from_numpy(control), name, own_picture=False), number, None)


def sheet_rows(
    maker: SoundMaker,
    settings: TakeSettings,
    *,
    held_out: SoundBank,
    train: SoundBank,
    listener: ProgressListener,
) -> list[SheetRow]:
    """Truth and takes of all kinds that the generator and a side of the bank know."""
    rows = []
    for number, (words, name) in enumerate(SUBJECTS):
        trial = sheet_trial(name, number)
        sides = (("held out", held_out), ("a training recording", train))
        side = next(((source, bank) for source, bank in sides if can_play(bank, trial)), None)
        if side is not None and name in maker.generator.config.classes:
            seeds = [70_000 + 100 * number + take for take in range(TAKES)]
            truth = real_mel(side[1], trial, seed=number)
            rows.append(SheetRow(words, truth, side[0], maker.mels(trial.wish, settings, seeds)))
        listener(Progress("sheet", number + 1, len(SUBJECTS)))
    return rows


def draw_sheet(rows: Sequence[SheetRow], path: Path) -> Path:
    """Write the sheet; one colour scale for all.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    columns = 1 + TAKES
    figure = Figure(figsize=(2.5 * columns, 1.35 * len(rows) + 0.5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(rows), columns, squeeze=False, sharex=True, sharey=True)
    for row, line in zip(rows, panels, strict=True):
        for axes, mel, words in zip(line, [row.truth, *row.takes], _titles(row), strict=True):
            _draw_mel(axes, mel, words)
        line[0].set_ylabel(f"{row.label}\nkHz", fontsize=8)
    for axes in panels[-1]:
        axes.set_xlabel("s", fontsize=8)
    shown = panels[0][0].images[0]
    figure.colorbar(shown, ax=panels, label="log-mel (natural log of the magnitude)", shrink=0.4)
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        figure.savefig(file, format="png", metadata={"Software": "MultiSoundGen Studio"})
    return path


def _titles(row: SheetRow) -> list[str]:
    return [f"real, {row.source}", *(f"take {number}" for number in range(1, TAKES + 1))]


def _draw_mel(axes: Axes, mel: Tensor, words: str) -> None:
    until = len(mel) / MEL_RATE_HZ
    axes.imshow(
        mel.T.numpy(),
        origin="lower",
        aspect="auto",
        extent=(0.0, until, 0.0, MEL_BANDS),
        vmin=QUIETEST,
        vmax=LOUDEST,
        cmap="magma",
        interpolation="nearest",
    )
    axes.set_title(words, fontsize=7.5, pad=2)
    axes.set_yticks([band_of(hz) for hz in _MARKED_HZ], [f"{hz / 1000:g}" for hz in _MARKED_HZ])
    axes.tick_params(labelsize=7)


def band_of(frequency_hz: float) -> float:
    """The mel band, and its fraction, whose centre lies at a frequency."""
    filters = mel_filters()  # (K, M)
    bins = torch.linspace(0, MODEL_RATE_HZ / 2, len(filters))
    centres = (filters * bins[:, None]).sum(0) / filters.sum(0).clamp_min(1e-12)
    return float(np.interp(frequency_hz, centres.numpy(), np.arange(MEL_BANDS) + 0.5))
