"""Conditional flow matching on straight lines: training targets, guidance and Euler sampling.

Noise lies at time 0 and data at time 1 (Lipman et al. 2023; Tong et al. 2024, sigma 0).

Letters: B batch, N tokens, C channels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


def draw_noise(seeds: Sequence[int], tokens: int, channels: int, *, variation: float = 1.0) -> Tensor:
    """Standard normal noise, one seed a take: take k of a batch is the take made alone.

    Args:
        seeds: One a take.
        tokens: N.
        channels: C.
        variation: How much takes differ: 1 for independent noise, 0 for that of the first seed in all.

    Returns:
        (len(seeds), tokens, channels) float32, always drawn on the CPU.

    Raises:
        InputError: When the variation is not from 0 to 1.
    """
    if not 0.0 <= variation <= 1.0:
        raise InputError(f"variation {variation}: give 0 (all takes alike) to 1 (independent takes).")
    takes = [torch.randn(tokens, channels, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    noise = torch.stack(takes)
    if variation == 1.0:
        return noise
    mixed: Tensor = (1 - variation**2) ** 0.5 * noise[:1] + variation * noise
    own = torch.arange(len(seeds)) == 0  # the first take is what it would be alone
    return torch.where(own[:, None, None], noise, mixed)


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
    return mixed_field(network, [(guidance, conditions), (1 - guidance, empty)])


def mixed_field(network: MMDiT, sides: Sequence[tuple[float, Conditions]]) -> VelocityField:
    """Velocities under several conditions, each times its share, asked in one batch.

    Args:
        network: The network.
        sides: Share and conditions, at least one, each of the same B samples.
    """
    if len(sides) == 1 and sides[0][0] == 1.0:
        return conditional_field(network, sides[0][1])
    together = join_batches([conditions for _, conditions in sides])
    count = len(sides)

    def field(x: Tensor, t: Tensor) -> Tensor:
        asked = network.velocity(x.repeat(count, 1, 1), t.repeat(count), together).chunk(count)
        mixed = sides[0][0] * asked[0]
        for (share, _), velocity in zip(sides[1:], asked[1:], strict=True):
            mixed = mixed + share * velocity
        return mixed

    return field


def blend(wanted: VelocityField, unwanted: VelocityField, guidance: float) -> VelocityField:
    """Guided field: w * wanted + (1 - w) * unwanted, asked one after the other."""
    return lambda x, t: guidance * wanted(x, t) + (1 - guidance) * unwanted(x, t)


@dataclass(frozen=True)
class Kept:
    """Latents that a new take keeps, in part or as a start.

    Attributes:
        latents: (B, N, C) or (1, N, C) what is there now, in network space.
        mask: (N,) 1 where all is made anew, 0 where the old stays, soft edges in between.
        strength: How far the new may go from the old: 1 starts at noise, less starts at
            t = 1 - strength on the line from noise to the old latents (audio to audio).

    Raises:
        InputError: When shapes do not fit each other or the strength is not above 0 and at most 1.
    """

    latents: Tensor
    mask: Tensor
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.mask.shape != self.latents.shape[1:2]:
            raise InputError(
                f"mask of shape {tuple(self.mask.shape)}: wanted ({self.latents.shape[1]},), one a token."
            )
        if not 0.0 < self.strength <= 1.0:
            raise InputError(f"strength {self.strength}: give a value above 0 (hardly changed) to 1 (new).")

    @property
    def start(self) -> float:
        """Time at which sampling starts."""
        return 1.0 - self.strength

    def held(self, x: Tensor, noise: Tensor, t: float) -> Tensor:
        """A state (B, N, C) at time t with its kept part on the line from the noise to the old latents."""
        new = self.mask.to(x)[:, None]
        return new * x + (1 - new) * ((1 - t) * noise + t * self.latents.to(x))


@torch.no_grad()
def sample(
    velocity: VelocityField,
    noise: Tensor,
    *,
    steps: int = 25,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
    kept: Kept | None = None,
) -> Tensor:
    """Follow the flow from noise to data in equal Euler steps.

    With ``kept``, each step is followed by putting the kept part back on its own line from one
    fixed noise, so that what is made anew grows out of what stays (latent-mask flow; Lugmayr et
    al. 2022, RePaint, without its resampling).

    Args:
        velocity: The field, guided or not.
        noise: (B, N, C) at time 0; left as it is.
        steps: Evaluations of the field; a start nearer to the data takes as many fewer.
        listener: Told after each step.
        cancel: Asked before each step.
        kept: What stays as it is, None for nothing.

    Returns:
        (B, N, C) at time 1, in network space.

    Raises:
        InputError: When steps is below 1.
        Cancelled: When a stop was asked for.
    """
    if steps < 1:
        raise InputError(f"steps {steps}: wanted at least 1.")
    start = kept.start if kept else 0.0
    steps = max(1, round(steps * (1 - start)))
    times = torch.linspace(start, 1, steps + 1)
    x = noise if kept is None else (1 - start) * noise + start * kept.latents.to(noise)
    for step in range(steps):
        if cancel is not None:
            cancel.check()
        t = times[step].to(noise).expand(noise.shape[0])
        x = x + (times[step + 1] - times[step]).to(noise) * velocity(x, t)
        if kept is not None:
            x = kept.held(x, noise, float(times[step + 1]))
        listener(Progress("generate", step + 1, steps))
    return x
