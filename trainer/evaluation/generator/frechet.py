"""Frechet distance between two clouds of features, and how far a cloud is from floor to far end.

Letters: B segments, E features.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InputError


def frechet_distance(one: Tensor, other: Tensor) -> float:
    """Frechet distance of Gaussians fitted to two clouds (Heusel et al. 2017, eq. 6).

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)); the root of the product is taken through
    C1^(1/2) C2 C1^(1/2), which is symmetric and has the same trace.

    Args:
        one: (B, E), B at least 2.
        other: (B', E).

    Raises:
        InputError: When a cloud has fewer than two points or the widths differ.
    """
    if min(len(one), len(other)) < 2 or one.shape[1] != other.shape[1]:
        raise InputError(
            f"Frechet distance of {tuple(one.shape)} and {tuple(other.shape)}: wanted two clouds of at "
            "least 2 points with as many features each."
        )
    first, second = one.double(), other.double()
    between = (first.mean(0) - second.mean(0)).square().sum()
    root = _root(first.T.cov())
    cross = torch.linalg.eigvalsh(root @ second.T.cov() @ root).clamp_min(0).sqrt().sum()
    return float(between + first.var(0).sum() + second.var(0).sum() - 2 * cross)


def _root(covariance: Tensor) -> Tensor:
    """Symmetric square root (E, E)."""
    power, vectors = torch.linalg.eigh(covariance)
    root: Tensor = (vectors * power.clamp_min(0).sqrt()) @ vectors.T
    return root


@dataclass(frozen=True)
class FrechetScale:
    """Where distances to real held-out sound begin and end.

    Attributes:
        floor: Real training recordings against real held-out ones.
        far: Noise with the mean spectrum and envelope of each class against them.
        segments: Segments of the real held-out cloud.
    """

    floor: float
    far: float
    segments: int

    def share_of_the_way(self, distance: float) -> float:
        """0 at the floor, 1 at the far end."""
        return (distance - self.floor) / max(self.far - self.floor, 1e-9)
