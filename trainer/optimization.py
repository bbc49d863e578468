"""The optimizer, its learning-rate curve and the running average of the weights."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class OptimizerConfig:
    """AdamW with warm-up and cosine decay.

    Attributes:
        learning_rate: Peak.
        steps: Steps of the whole run.
        warmup_steps: Linear rise at the start.
        weight_decay: On matrices only.
        clip_norm: Largest gradient norm.
        ema_decay: Decay of the averaged weights.
        final_fraction: Learning rate at the end, as a share of the peak.
    """

    learning_rate: float = 1.5e-3
    steps: int = 4000
    warmup_steps: int = 100
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    ema_decay: float = 0.998
    final_fraction: float = 0.02


def learning_rate_factor(step: int, config: OptimizerConfig) -> float:
    """Share of the peak learning rate at a step."""
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    progress = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return config.final_fraction + (1 - config.final_fraction) * cosine


def make_optimizer(network: nn.Module, config: OptimizerConfig) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only."""
    trained = [value for value in network.parameters() if value.requires_grad]
    groups = [
        {"params": [v for v in trained if v.dim() >= 2], "weight_decay": config.weight_decay},
        {"params": [v for v in trained if v.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98))


class AveragedWeights:
    """Exponential moving average of a network's floating-point state."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {
            name: value.detach().clone()
            for name, value in network.state_dict().items()
            if value.is_floating_point()
        }

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move the average towards the network; faster while the run is young."""
        decay = min(self.decay, (1 + step) / (10 + step))
        state = network.state_dict()
        for name, value in self.values.items():
            value.lerp_(state[name].to(value), 1 - decay)

    def swap(self, network: nn.Module) -> None:
        """Exchange the network's weights with the average; swap again to undo."""
        state = network.state_dict()
        with torch.no_grad():
            for name, value in self.values.items():
                own = state[name].clone()
                state[name].copy_(value)
                value.copy_(own)

    def load(self, values: dict[str, Tensor]) -> None:
        """Take over stored averages."""
        for name, value in values.items():
            self.values[name].copy_(value)
