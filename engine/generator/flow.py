"""Conditional flow matching on straight lines: training targets, guidance and Euler sampling.

Noise lies at time 0 and data at time 1 (Lipman et al. 2023; Tong et al. 2024, sigma 0).

Letters: B batch, N tokens, C channels.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from engine.errors import InputError
from engine.generator.conditioning import Conditions, join_batches
from engine.generator.mmdit import MMDiT
from engine.progress import CancelToken, Progress, ProgressListener, silent

VelocityField = Callable[[Tensor, Tensor], Tensor]
"""Velocity (B, N, C) at a state (B, N, C) and times (B,)."""


def draw_times(batch: int, *, chance: torch.Generator, mean: float = 0.0, scale: float = 1.0) -> Tensor:
    """Logit-normal times (B,) for training, on the generator's device."""
    normal = torch.randn(batch, generator=chance, device=chance.device)
    return torch.sigmoid(mean + scale * normal)


def draw_noise(seeds: Sequence[int], tokens: int, channels: int) -> Tensor:
    """Standard normal noise, one seed a take: take k of a batch is the take made alone.

    Returns:
        (len(seeds), tokens, channels) float32, always drawn on the CPU.
    """
    takes = [torch.randn(tokens, channels, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(takes)


def point_on_path(noise: Tensor, data: Tensor, t: Tensor) -> Tensor:
    """State (B, N, C) at times t (B,) of the lines from noise to data, both (B, N, C)."""
    at = t[:, None, None].to(data.dtype)
    return (1 - at) * noise + at * data


def velocity_error(predicted: Tensor, target: Tensor, *, token_mask: Tensor | None = None) -> Tensor:
    """Mean squared error of each sample over its tokens and channels.

    Args:
        predicted: (B, N, C).
        target: (B, N, C).
        token_mask: (B, N) bool, True for tokens that count; None for all.

    Returns:
        (B,) float32 at least; 0 for a sample without counting tokens.

    Raises:
        InputError: When shapes differ.
    """
    if predicted.shape != target.shape:
        raise InputError(
            f"velocity of shape {tuple(predicted.shape)}: wanted that of the target, {tuple(target.shape)}."
        )
    kind = torch.promote_types(predicted.dtype, torch.float32)
    squared = (predicted.to(kind) - target.to(kind)).square().mean(dim=2)  # (B, N)
    if token_mask is None:
        return squared.mean(dim=1)
    if token_mask.shape != squared.shape:
        raise InputError(f"token mask of shape {tuple(token_mask.shape)}: wanted {tuple(squared.shape)}.")
    counted = token_mask.to(kind)
    return (squared * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1)


def flow_errors(
    velocity: VelocityField, noise: Tensor, data: Tensor, t: Tensor, *, token_mask: Tensor | None = None
) -> Tensor:
    """Error (B,) of a velocity field at times t (B,) between noise and data, both (B, N, C).

    Preference losses compare it between takes at the same noise and times.
    """
    predicted = velocity(point_on_path(noise, data, t), t)
    return velocity_error(predicted, data - noise, token_mask=token_mask)


def flow_matching_loss(
    velocity: VelocityField, data: Tensor, *, chance: torch.Generator, token_mask: Tensor | None = None
) -> Tensor:
    """Training loss: mean of flow_errors at drawn times and noise.

    Args:
        velocity: Of the network under the batch's conditions.
        data: (B, N, C) latents in network space.
        chance: Times, then noise, are drawn from it, on its device.
        token_mask: (B, N) bool, True for tokens that count; None for all.

    Returns:
        Scalar.
    """
    t = draw_times(len(data), chance=chance).to(data.device)
    noise = torch.randn(data.shape, generator=chance, device=chance.device).to(data)
    return flow_errors(velocity, noise, data, t, token_mask=token_mask).mean()


def conditional_field(network: MMDiT, conditions: Conditions) -> VelocityField:
    """The network's velocity under fixed conditions."""
    return lambda x, t: network.velocity(x, t, conditions)


def guided_field(
    network: MMDiT,
    conditions: Conditions,
    empty: Conditions,
    *,
    guidance: float,
    batched_guidance: bool = True,
) -> VelocityField:
    """Classifier-free guidance: w * v(conditions) + (1 - w) * v(empty).

    Args:
        network: Asked twice a step, or once when w is at most 1.
        conditions: What is wanted.
        empty: Nothing, or what is not wanted (Ho and Salimans 2022).
        guidance: w.
        batched_guidance: Ask both sides in one doubled batch instead of one after the other.
    """
    if guidance <= 1:
        return conditional_field(network, conditions)
    if not batched_guidance:
        return blend(conditional_field(network, conditions), conditional_field(network, empty), guidance)
    both = join_batches([conditions, empty])

    def field(x: Tensor, t: Tensor) -> Tensor:
        wanted, unwanted = network.velocity(torch.cat([x, x]), torch.cat([t, t]), both).chunk(2)
        return guidance * wanted + (1 - guidance) * unwanted

    return field


def blend(wanted: VelocityField, unwanted: VelocityField, guidance: float) -> VelocityField:
    """Guided field: w * wanted + (1 - w) * unwanted, asked one after the other."""
    return lambda x, t: guidance * wanted(x, t) + (1 - guidance) * unwanted(x, t)


@torch.no_grad()
def sample(
    velocity: VelocityField,
    noise: Tensor,
    *,
    steps: int = 25,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> Tensor:
    """Follow the flow from noise to data in equal Euler steps.

    Args:
        velocity: The field, guided or not.
        noise: (B, N, C) at time 0; left as it is.
        steps: Evaluations of the field.
        listener: Told after each step.
        cancel: Asked before each step.

    Returns:
        (B, N, C) at time 1, in network space.

    Raises:
        InputError: When steps is below 1.
        Cancelled: When a stop was asked for.
    """
    if steps < 1:
        raise InputError(f"steps {steps}: wanted at least 1.")
    times = torch.linspace(0, 1, steps + 1)
    x = noise
    for step in range(steps):
        if cancel is not None:
            cancel.check()
        t = times[step].to(noise).expand(noise.shape[0])
        x = x + (times[step + 1] - times[step]).to(noise) * velocity(x, t)
        listener(Progress("generate", step + 1, steps))
    return x
