"""Whole pools through SF-CAVP, a few scenes at a time, so that memory stays bounded.

Letters: N scenes, T fast steps, C grid channels, F = 4T mel frames, M bands.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from engine.cavp.model import SFCAVP, Embedded

AT_ONCE = 32


def seen_channels(network: SFCAVP, picture: Tensor) -> Tensor:
    """A picture (B, T, C, ...) as its network takes it: the first channels of a grid, frames whole."""
    return picture[:, :, : network.config.grid_channels] if network.config.size == "starter" else picture


@torch.no_grad()
def embed_pictures(network: SFCAVP, pictures: Tensor) -> Embedded:
    """Embed pictures (N, T, C, 8, 8)."""
    return _in_parts(
        network, lambda part: network.embed_video(seen_channels(network, part).float()), pictures
    )


@torch.no_grad()
def embed_sounds(network: SFCAVP, mels: Tensor) -> Embedded:
    """Embed log-mels (N, F, M)."""
    return _in_parts(network, lambda part: network.embed_audio(part.float()), mels)


def _in_parts(network: SFCAVP, embed: Callable[[Tensor], Embedded], whole: Tensor) -> Embedded:
    """Parts go to where the network is, and what it says comes back to where they were."""
    where = network.class_directions.device
    return joined([_moved(embed(part.to(where)), whole.device) for part in whole.split(AT_ONCE)])


def _moved(embedded: Embedded, device: torch.device) -> Embedded:
    moved: dict[str, Any] = {}
    for field in fields(Embedded):
        value = getattr(embedded, field.name)
        moved[field.name] = None if value is None else value.to(device)
    return Embedded(**moved)


def joined(parts: list[Embedded]) -> Embedded:
    """Embedded batches as one; a field that any of them lacks is None."""
    columns = {field.name: [getattr(part, field.name) for part in parts] for field in fields(Embedded)}
    whole: dict[str, Any] = {
        name: None if any(value is None for value in values) else torch.cat(values)
        for name, values in columns.items()
    }
    return Embedded(**whole)
