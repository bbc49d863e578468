"""The sound classifier: a small 2-D convolutional network over log-mel patches with global pooling.

It shares nothing with SF-CAVP: other layers, other input (levelled patches of 1.28 s, cut off 70 dB
under their loudest frame), and real recordings alone to learn from.

Letters: B segments, F = SEGMENT_FRAMES mel frames, M = 128 bands, K classes, E = FEATURES.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.checkpoint import load_checkpoint, load_into
from engine.errors import CheckpointError, InputError
from engine.features.mel import MEL_BANDS

CLASSIFIER_FAMILY = "sound_classifier"
SEGMENT_FRAMES = 128
FEATURES = 64
_RANGE = 8.0  # nepers kept under the loudest frame, 70 dB
_GROUPS = 8
_AT_ONCE = 64


@dataclass(frozen=True)
class SoundClassifierConfig:
    """Sizes of the classifier.

    Attributes:
        classes: Names of the K classes it tells apart.
        width: Channels after the first convolution, a multiple of 8; the last have eight times as many.
        dropout: Share of features dropped in training.
    """

    classes: tuple[str, ...]
    width: int = 16
    dropout: float = 0.2

    def to_json(self) -> dict[str, Any]:
        """Plain values for a checkpoint header."""
        return {**asdict(self), "classes": list(self.classes)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "SoundClassifierConfig":
        """Config from a checkpoint header."""
        return cls(**{**values, "classes": tuple(values["classes"])})


@dataclass(frozen=True)
class HeardSegments:
    """What the classifier says.

    Attributes:
        features: (B, E), the layer before the last.
        logits: (B, K).
    """

    features: Tensor
    logits: Tensor


class SoundClassifier(nn.Module):
    """Which class a short sound belongs to."""

    def __init__(self, config: SoundClassifierConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        sizes = [2, width, 2 * width, 4 * width, 8 * width]
        layers = [_halving(before, after) for before, after in zip(sizes, sizes[1:], strict=False)]
        self.body = nn.Sequential(*layers, _convolution(sizes[-1], sizes[-1], stride=1))
        self.to_features = nn.Linear(2 * sizes[-1], FEATURES)
        self.dropout = nn.Dropout(config.dropout)
        self.to_classes = nn.Linear(FEATURES, len(config.classes))

    def forward(self, mel: Tensor) -> HeardSegments:
        """Log-mel segments (B, F, M) -> features (B, E) and logits (B, K).

        Raises:
            InputError: When the segments have another shape.
        """
        if mel.dim() != 3 or mel.shape[1:] != (SEGMENT_FRAMES, MEL_BANDS):
            raise InputError(
                f"segments of shape {tuple(mel.shape)}: wanted (B, {SEGMENT_FRAMES}, {MEL_BANDS})."
            )
        height = torch.linspace(-1, 1, MEL_BANDS).to(mel).expand_as(mel)
        maps = self.body(torch.stack([levelled(mel), height], dim=1))  # (B, 8 width, F / 16, M / 16)
        pooled = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1)
        features: Tensor = self.to_features(pooled)
        return HeardSegments(features, self.to_classes(self.dropout(functional.relu(features))))


def levelled(mel: Tensor) -> Tensor:
    """Log-mels (B, F, M) against their loudest frame, about -1 to 1 and blind to gain."""
    power = 0.5 * (2 * mel).exp().mean(2).clamp_min(1e-12).log()  # (B, F)
    loudest = power.amax(1)[:, None, None]
    return (mel - loudest).clamp_min(-_RANGE) / (_RANGE / 2) + 1.0


def _halving(before: int, after: int) -> nn.Sequential:
    return _convolution(before, after, stride=2)


def _convolution(before: int, after: int, *, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.GroupNorm(_GROUPS, after), nn.ReLU()
    )


@torch.no_grad()
def hear(network: SoundClassifier, mels: Tensor) -> HeardSegments:
    """Features and logits of segments (B, F, M), on the CPU; the network in evaluation mode."""
    where = network.to_classes.weight.device
    parts = [network(part.float().to(where)) for part in mels.split(_AT_ONCE)]
    features, logits = (torch.cat([getattr(part, n).cpu() for part in parts]) for n in ("features", "logits"))
    return HeardSegments(features, logits)


def load_classifier(path: Path) -> SoundClassifier:
    """The classifier of a checkpoint, ready to be asked.

    Raises:
        CheckpointError: When the weights are absent, damaged or no classifier's.
    """
    if not path.is_file():
        raise CheckpointError(
            f"The sound classifier's weights {path} are not there: they ship with no model, train them "
            "with `msg-train train-classifier trainer/configs/sound_classifier.toml`."
        )
    stored = load_checkpoint(path, family=CLASSIFIER_FAMILY)
    network = SoundClassifier(SoundClassifierConfig.from_json(stored.config))
    load_into(network, stored)
    return network.eval().requires_grad_(False)
