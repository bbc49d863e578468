"""Flow-DPO: a better take should become easier to denoise than a worse one, against a reference.

Diffusion-DPO (Wallace et al. 2023) carried over to flow matching as in TangoFlux (Hung et al. 2024)
and V2A-DPO (2026). With L the mean squared velocity error of a sample,

    D    = (L_theta^w - L_ref^w) - (L_theta^l - L_ref^l)
    loss = - mean log sigmoid(- beta / 2 * D)  +  fm_weight * mean L_theta^w

Winner w and loser l share conditions, time and noise, or the difference is mostly noise. L is a mean
over tokens and channels and never a sum: beta means nothing without that.

Letters: B pairs, N tokens, L latent channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.errors import InputError
from engine.generator.flow import VelocityField, flow_errors


@dataclass(frozen=True)
class PairErrors:
    """Velocity errors of pairs, each (B,).

    Attributes:
        chosen: Of the better takes, by the network in training.
        rejected: Of the worse ones.
        chosen_reference: Of the better takes, by the reference.
        rejected_reference: Of the worse ones.
    """

    chosen: Tensor
    rejected: Tensor
    chosen_reference: Tensor
    rejected_reference: Tensor

    @property
    def gap(self) -> Tensor:
        """D (B,): below 0 where the pair is ranked rightly."""
        return (self.chosen - self.chosen_reference) - (self.rejected - self.rejected_reference)

    @property
    def accuracy(self) -> Tensor:
        """Share of pairs ranked rightly, a tie counting half; scalar."""
        gap = self.gap.detach()
        return ((gap < 0).float() + 0.5 * (gap == 0).float()).mean()


def flow_dpo_loss(errors: PairErrors, *, beta: float) -> Tensor:
    """Mean of - log sigmoid(- beta / 2 * D); log 2 where network and reference are one.

    Raises:
        InputError: When beta is not above 0.
    """
    if not beta > 0:
        raise InputError(f"beta = {beta}: give a number above 0.")
    return -functional.logsigmoid(-0.5 * beta * errors.gap).mean()


def errors_of_pairs(
    velocity: VelocityField, chosen: Tensor, rejected: Tensor, *, noise: Tensor, t: Tensor
) -> tuple[Tensor, Tensor]:
    """Velocity errors (B,) of better and worse takes at one noise and one time for each pair.

    Args:
        velocity: Field under the conditions of the pairs, given twice: of 2B samples.
        chosen: (B, N, L) in network space.
        rejected: (B, N, L).
        noise: (B, N, L).
        t: (B,).

    Raises:
        InputError: When shapes differ.
    """
    if not chosen.shape == rejected.shape == noise.shape:
        raise InputError(
            f"Pairs of shapes {tuple(chosen.shape)} and {tuple(rejected.shape)} with noise "
            f"{tuple(noise.shape)}: wanted all alike."
        )
    both = flow_errors(velocity, noise.repeat(2, 1, 1), torch.cat([chosen, rejected]), t.repeat(2))
    better, worse = both.chunk(2)
    return better, worse
