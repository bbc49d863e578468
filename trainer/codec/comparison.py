"""Vocoders side by side on held-out sounds, and the rule by which the decoder ships or does not.

Letters: B sounds, F mel frames, M bands, S samples at 44.1 kHz.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.checkpoint import load_checkpoint, load_into
from engine.codec.decoder import DECODER_FAMILY, DecoderConfig, NoiseBranchDecoder
from engine.codec.vocoder import GriffinLim, Vocoder
from engine.errors import CheckpointError
from engine.features.mel import log_mel
from engine.progress import Progress, ProgressListener
from engine.timing import MEL_HOP, MODEL_RATE_HZ
from trainer.codec.sounds import KINDS, SoundKind, SoundSource
from trainer.codec.vocoder_figures import hop_correlation, mel_distance, stft_distance

HELD_FIXED = "Griffin-Lim, fixed magnitudes, 32 rounds"
SHIPPED = "Griffin-Lim as shipped"
DECODER = "decoder"
LARGEST_MEL_LOSS = 0.03
LARGEST_BUZZ = 0.05
_SEED = 4_217

Row = dict[str, object]
Bound = tuple[str, str]  # what is asked of the decoder, and whether it keeps it


@dataclass(frozen=True)
class VocoderFigures:
    """What one vocoder reaches.

    Attributes:
        mel_l1: Mean absolute log-mel error in nepers, by kind of sound.
        stft: Multi-resolution STFT distance, by kind of sound.
        buzz: Mean autocorrelation at the hop lag, of noise.
        rtf: Seconds of processor time per second of sound, whatever else the machine does; with one
            thread on a free core that is the real-time factor.
    """

    mel_l1: Mapping[SoundKind, float]
    stft: Mapping[SoundKind, float]
    buzz: float
    rtf: float

    @property
    def mean_mel_l1(self) -> float:
        """Mean over the kinds, each counting alike."""
        return sum(self.mel_l1.values()) / len(self.mel_l1)


@dataclass(frozen=True)
class CodecComparison:
    """Vocoders beside each other.

    Attributes:
        of: Figures by the name of the vocoder: HELD_FIXED, SHIPPED and, where one was given, DECODER.
        true_buzz: Mean autocorrelation at the hop lag of the true noise.
    """

    of: Mapping[str, VocoderFigures]
    true_buzz: float

    @property
    def decoder_ships(self) -> bool:
        """Whether a decoder was given and keeps both bounds; else Griffin-Lim ships."""
        decoder = self.of.get(DECODER)
        return decoder is not None and self._mel_holds(decoder) and self._buzz_holds(decoder)

    def _mel_holds(self, decoder: VocoderFigures) -> bool:
        return decoder.mean_mel_l1 <= self.of[SHIPPED].mean_mel_l1 + LARGEST_MEL_LOSS

    def _buzz_holds(self, decoder: VocoderFigures) -> bool:
        return abs(decoder.buzz - self.true_buzz) <= LARGEST_BUZZ

    def rows(self) -> list[Row]:
        """One row a figure, one column a vocoder; the last row says which one ships."""
        ships = DECODER if self.decoder_ships else "Griffin-Lim"
        return [
            *(self._row("mel L1", kind, _mel_of(kind), truth=0.0) for kind in KINDS),
            self._row("mel L1", "all kinds", lambda f: f.mean_mel_l1, truth=0.0, bound=self._mel_bound()),
            self._row("buzz", "noise", lambda f: f.buzz, truth=self.true_buzz, bound=self._buzz_bound()),
            *(self._row("mrSTFT", kind, _stft_of(kind), truth=0.0) for kind in KINDS),
            self._row("real-time factor", "all kinds", lambda f: f.rtf),
            self._row("ships", "", lambda f: "", bound=("both bounds", ships)),
        ]

    def _mel_bound(self) -> Bound:
        decoder = self.of.get(DECODER)
        words = f"at most Griffin-Lim as shipped + {LARGEST_MEL_LOSS}"
        return words, "" if decoder is None else _held(self._mel_holds(decoder))

    def _buzz_bound(self) -> Bound:
        decoder = self.of.get(DECODER)
        words = f"within {LARGEST_BUZZ} of the truth"
        return words, "" if decoder is None else _held(self._buzz_holds(decoder))

    def _row(
        self,
        figure: str,
        sounds: str,
        value: Callable[[VocoderFigures], float | str],
        *,
        truth: float | str = "",
        bound: Bound = ("", ""),
    ) -> Row:
        values = {name: _rounded(value(figures)) for name, figures in self.of.items()}
        named = {"figure": figure, "sounds": sounds, "truth": _rounded(truth)}
        return {**named, **values, "bound": bound[0], "verdict": bound[1]}


def _mel_of(kind: SoundKind) -> Callable[[VocoderFigures], float]:
    return lambda figures: figures.mel_l1[kind]


def _stft_of(kind: SoundKind) -> Callable[[VocoderFigures], float]:
    return lambda figures: figures.stft[kind]


def _held(holds: bool) -> str:
    return "kept" if holds else "broken"


def _rounded(value: float | str) -> float | str:
    return round(value, 4) if isinstance(value, float) else value


def load_decoder(path: Path) -> NoiseBranchDecoder:
    """The decoder of a checkpoint, ready to be asked.

    Raises:
        CheckpointError: When the weights are absent, damaged or no decoder's.
    """
    stored = load_checkpoint(path, family=DECODER_FAMILY)
    try:
        network = NoiseBranchDecoder(DecoderConfig(**stored.config))
    except TypeError as problem:
        raise CheckpointError(
            f"Decoder {path} has a config this program does not know ({problem}): update it."
        ) from problem
    load_into(network, stored)
    return network.eval().requires_grad_(False)


def contestants(decoder: Path | None) -> dict[str, Vocoder]:
    """The vocoders to compare, by name.

    Raises:
        CheckpointError: When the decoder cannot be loaded.
    """
    found: dict[str, Vocoder] = {
        HELD_FIXED: GriffinLim(rounds=32, fixed_magnitude=True),
        SHIPPED: GriffinLim(),
    }
    return found if decoder is None else {**found, DECODER: load_decoder(decoder)}


def held_out_truth(source: SoundSource, *, count: int, seconds: float) -> dict[SoundKind, Tensor]:
    """So many sounds (B, S) of each kind, the same for the same source."""
    samples = round(seconds * MODEL_RATE_HZ) // MEL_HOP * MEL_HOP
    return {
        kind: source.draw(kind, count, samples, np.random.default_rng([_SEED, number]))
        for number, kind in enumerate(KINDS)
    }


@torch.no_grad()
def compare_vocoders(
    vocoders: Mapping[str, Vocoder], truth: Mapping[SoundKind, Tensor], *, listener: ProgressListener
) -> CodecComparison:
    """Measure every vocoder on true sounds (B, S) of every kind, one sound at a time."""
    found = {}
    for number, (name, vocoder) in enumerate(vocoders.items()):
        listener(Progress("vocode", number, len(vocoders), name))
        found[name] = _measured(vocoder, truth)
    listener(Progress("vocode", len(vocoders), len(vocoders)))
    return CodecComparison(found, float(hop_correlation(truth["noise"]).mean()))


def _measured(vocoder: Vocoder, truth: Mapping[SoundKind, Tensor]) -> VocoderFigures:
    first = log_mel(next(iter(truth.values()))[:1])
    vocoder.vocode(first, [0])  # tables are built once, not on the clock
    begun = time.process_time()
    made = {kind: vocoder.vocode(log_mel(sound), range(len(sound))) for kind, sound in truth.items()}
    spent = time.process_time() - begun
    return VocoderFigures(
        mel_l1={kind: float(mel_distance(made[kind], sound).mean()) for kind, sound in truth.items()},
        stft={kind: float(stft_distance(made[kind], sound).mean()) for kind, sound in truth.items()},
        buzz=float(hop_correlation(made["noise"]).mean()),
        rtf=spent / (sum(sound.numel() for sound in truth.values()) / MODEL_RATE_HZ),
    )
