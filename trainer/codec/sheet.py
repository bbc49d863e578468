"""Spectrograms of true sounds beside their vocoded copies, to look at.

Letters: S samples at 44.1 kHz, F frames, K bins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.codec.vocoder import Vocoder
from engine.features.mel import log_mel
from engine.timing import MEL_HOP, MODEL_RATE_HZ
from trainer.scenes.bank import Ambience, FloatArray, SoundBank, Voice

SUBJECTS = ("FEET_wood", "FEET_gravel", "GLAS_break", "IMPT_metal", "RAIN", "WIND")
SECONDS = 1.5
TOP_HZ = 16_000.0
_WINDOW, _STEP = 1024, 256
_QUIETEST_DB = -80.0


@dataclass(frozen=True)
class SheetRow:
    """One sound.

    Attributes:
        label: Its class.
        sounds: (S,) the truth and its vocoded copies, by name.
    """

    label: str
    sounds: Mapping[str, Tensor]


def sheet_rows(bank: SoundBank, vocoders: Mapping[str, Vocoder]) -> list[SheetRow]:
    """The subjects that a side of the bank has, true and vocoded."""
    rows = []
    for name in SUBJECTS:
        found: list[Voice | Ambience] = [*bank.voices.get(name, []), *bank.ambiences.get(name, [])]
        if found:
            truth = _fitted(found[0].samples)
            mel = log_mel(truth[None])
            copies = {label: vocoder.vocode(mel, [1])[0] for label, vocoder in vocoders.items()}
            rows.append(SheetRow(name, {"truth": truth, **copies}))
    return rows


def _fitted(samples: FloatArray) -> Tensor:
    """SECONDS of a sound, silent after its end."""
    length = round(SECONDS * MODEL_RATE_HZ) // MEL_HOP * MEL_HOP
    fitted = torch.zeros(length)
    part = torch.from_numpy(samples[:length])
    fitted[: len(part)] = part
    return fitted


def level_db(sound: Tensor) -> Tensor:
    """Levels (F, K) of a sound (S,) under its loudest bin, in decibels."""
    frames = sound.unfold(0, _WINDOW, _STEP) * torch.hann_window(_WINDOW)
    level: Tensor = 20 * torch.fft.rfft(frames).abs().clamp_min(1e-7).log10()
    return (level - level.max()).clamp_min(_QUIETEST_DB)


def draw_sheet(rows: Sequence[SheetRow], path: Path) -> Path:
    """Write the sheet: one row a sound, one column a vocoder.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    names = list(rows[0].sounds)
    figure = Figure(figsize=(3.1 * len(names), 1.7 * len(rows) + 0.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(rows), len(names), squeeze=False, sharex=True, sharey=True)
    for row, line in zip(rows, panels, strict=True):
        for axes, name in zip(line, names, strict=True):
            _draw(axes, level_db(row.sounds[name]), name)
        line[0].set_ylabel(f"{row.label}\nkHz", fontsize=8)
    for axes in panels[-1]:
        axes.set_xlabel("s", fontsize=8)
    figure.colorbar(panels[0][0].images[0], ax=panels, label="dB under the loudest bin", shrink=0.4)
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        figure.savefig(file, format="png", metadata={"Software": "MultiSoundGen Studio"})
    return path


def _draw(axes: Axes, level: Tensor, words: str) -> None:
    axes.imshow(
        level.T.numpy(),
        origin="lower",
        aspect="auto",
        extent=(0.0, len(level) * _STEP / MODEL_RATE_HZ, 0.0, MODEL_RATE_HZ / 2000),
        vmin=_QUIETEST_DB,
        vmax=0.0,
        cmap="magma",
        interpolation="nearest",
    )
    axes.set_ylim(0.0, TOP_HZ / 1000)
    axes.set_title(words, fontsize=7.5, pad=2)
    axes.tick_params(labelsize=7)
