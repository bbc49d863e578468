"""How far picture and sound agree: lag curves of stretches and of single events, and their maps.

Letters: B batch (one here), T fast steps, N own steps of an event, L = 2 * reach + 1 lags,
D channels, A sound steps, V picture steps.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.lag import balanced, lag_curve
from engine.step_range import LEAST_STEPS, SAMPLES_PER_STEP, StepRange, windows_of

LAG_REACH = 32
WINDOW_STEPS = 1500  # longer stretches are compared window by window, and mapped in larger steps
HIT_LEAD_STEPS = 2
HIT_TAIL_STEPS = 4
WEIGHT_BETWEEN_HITS = 0.2
LEAST_ENERGY_SHARE = 0.5  # of the mean energy around: fainter than this is no sound of the event
_TINY = 1e-8


def curve_of_stretch(
    seen: Tensor, heard: Tensor, *, span: StepRange, own: StepRange, weight: Tensor, reach: int
) -> Tensor:
    """The lag curve of a stretch of the clip, window by window where it is long.

    Args:
        seen: (1, T, D) fast embeddings of the picture over ``span``.
        heard: (1, T, D) of the sound.
        span: The stretch that is embedded.
        own: The stretch to judge, inside the span.
        weight: (N,) weight of each of its own steps.
        reach: Largest lag in steps.

    Returns:
        (1, L) within -1 to 1.
    """
    if own == span and span.count <= WINDOW_STEPS and bool((weight == 1).all()):
        return lag_curve(balanced(seen), balanced(heard), reach=reach)
    total, weights = torch.zeros(1, 2 * reach + 1), 0.0
    for window in windows_of(own, WINDOW_STEPS):
        wide = window.widened(max(reach, (LEAST_STEPS - window.count + 1) // 2), within=span.end)
        wide = StepRange(max(wide.start, span.start), wide.end)
        inner, outer = window.inside(own), wide.inside(span)
        share = weight[inner.start : inner.end]
        curve = event_curve(
            seen[:, outer.start : outer.end],
            heard[:, outer.start : outer.end],
            own=window.inside(wide),
            weight=share,
            reach=reach,
        )
        total, weights = total + curve * float(share.sum()), weights + float(share.sum())
    return total / max(weights, _TINY)


def event_curve(seen: Tensor, heard: Tensor, *, own: StepRange, weight: Tensor, reach: int) -> Tensor:
    """How well the picture of an event agrees with the sound at every lag; its neighbours are not counted.

    The diagonals are summed over the event's own picture steps alone. What lies around it
    gives the mean that both sides lose, and the least energy: where the sound of the event is
    missing, faint noise must not pass for it.

    Args:
        seen: (1, T, D) fast embeddings of the picture around the event.
        heard: (1, T, D) of the sound.
        own: The event's own steps.
        weight: (N,) their weights.
        reach: Largest lag in steps.

    Returns:
        (1, L) within -1 to 1; 0 where a lag leads out of the sound.
    """
    picture, sound = balanced(seen)[0], balanced(heard)[0]
    steps = picture.shape[0]
    shifted = functional.pad(sound, (0, 0, reach, reach)).unfold(0, 2 * reach + 1, 1)  # (T, D, L)
    shifted = shifted[own.start : own.end]
    at = torch.arange(own.start, own.end)[:, None] + torch.arange(-reach, reach + 1)
    share = weight[:, None] * ((at >= 0) & (at < steps))  # (N, L)
    share = share / share.sum(0).clamp_min(_TINY)
    mine = picture[own.start : own.end]
    product = (torch.einsum("nd,ndl->nl", mine, shifted) * share).sum(0)
    seen_energy = (mine.square().sum(1)[:, None] * share).sum(0)
    heard_energy = (shifted.square().sum(1) * share).sum(0)
    seen_energy = seen_energy.clamp_min(LEAST_ENERGY_SHARE * float(picture.square().sum(1).mean()))
    heard_energy = heard_energy.clamp_min(LEAST_ENERGY_SHARE * float(sound.square().sum(1).mean()))
    curve: Tensor = product / (seen_energy * heard_energy).clamp_min(_TINY).sqrt()
    return curve[None]


def weights_of_hits(own: StepRange, hits: Sequence[int]) -> Tensor:
    """Weight of each of an event's own steps, (N,): 1 around its hits, less between them; 1 without hits.

    Args:
        own: The event's own steps.
        hits: Places of the hits in samples at 48 kHz.
    """
    if not hits:
        return torch.ones(own.count)
    weight = torch.full((own.count,), WEIGHT_BETWEEN_HITS)
    for hit in hits:
        step = hit // SAMPLES_PER_STEP - own.start
        weight[max(0, step - HIT_LEAD_STEPS) : max(0, step + HIT_TAIL_STEPS + 1)] = 1.0
    return weight


def fast_map(seen: Tensor, heard: Tensor, *, merged: int) -> Tensor:
    """Cosine of every sound step with every picture step, means removed.

    Args:
        seen: (1, T, D) picture.
        heard: (1, T, D) sound.
        merged: Steps that become one: their cosines are averaged as both run on together, so that
            a cell says how well a stretch of sound fits a stretch of picture laid upon it.

    Returns:
        (A, V) with A = V = T // merged, rounded up.
    """
    return _directions(heard, merged) @ _directions(seen, merged).T / merged


def slow_map(seen: Tensor, heard: Tensor, *, merged: int) -> Tensor:
    """Cosine of the merged slow steps of sound (1, U, E) with those of the picture, (A, V)."""
    return _averaged(heard[0], merged) @ _averaged(seen[0], merged).T


def _directions(fast: Tensor, merged: int) -> Tensor:
    """Rows of unit length without their mean, (1, T, D) -> (T / merged, merged * D), zeros at the end."""
    unit = functional.normalize(balanced(fast)[0], dim=-1)
    padded = functional.pad(unit, (0, 0, 0, -len(unit) % merged))
    return padded.reshape(-1, merged * unit.shape[1])


def _averaged(rows: Tensor, merged: int) -> Tensor:
    """Rows as directions, a few taken together by their weight, (U, E) -> (U / merged, E)."""
    padded = functional.pad(rows, (0, 0, 0, -len(rows) % merged))
    return functional.normalize(padded.reshape(-1, merged, rows.shape[1]).sum(1), dim=-1)
