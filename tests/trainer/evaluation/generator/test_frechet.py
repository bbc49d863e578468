import pytest
import torch

from engine.errors import InputError
from trainer.evaluation.generator.frechet import FrechetScale, frechet_distance


def cloud(mean: float, spread: float, *, count: int = 4) -> torch.Tensor:
    """Points on the axes: mean and covariance are known exactly."""
    axes = torch.eye(count)
    points = torch.cat([axes, -axes])  # variance 2 / (2 count - 1) on each axis
    return mean + spread * points


def test_distance_of_moved_clouds_is_the_square_of_the_way() -> None:
    assert frechet_distance(cloud(0.0, 1.0), cloud(0.0, 1.0)) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(cloud(0.0, 1.0), cloud(3.0, 1.0)) == pytest.approx(4 * 9.0)


def test_distance_of_wider_clouds_is_that_of_their_deviations() -> None:
    # Equal axes: sum over the four of (3 s - s)^2 with s^2 = 2 / 7.
    assert frechet_distance(cloud(0.0, 1.0), cloud(0.0, 3.0)) == pytest.approx(4 * 4 * 2 / 7)


def test_rotated_covariances_match_the_root_of_the_product() -> None:
    chance = torch.Generator().manual_seed(1)
    one, other = torch.randn(50, 3, generator=chance), torch.randn(60, 3, generator=chance) @ torch.rand(3, 3)
    product = one.T.cov().double() @ other.T.cov().double()
    root = torch.linalg.eigvals(product).sqrt().real.sum()
    means = (one.mean(0) - other.mean(0)).square().sum()
    expected = float(means + one.var(0).sum() + other.var(0).sum() - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-4)


def test_clouds_of_one_point_are_refused() -> None:
    with pytest.raises(InputError, match="at least 2 points"):
        frechet_distance(torch.zeros(1, 3), torch.zeros(5, 3))


def test_the_way_leads_from_floor_to_far_end() -> None:
    scale = FrechetScale(floor=2.0, far=10.0, segments=500)
    assert [scale.share_of_the_way(value) for value in (2.0, 4.0, 10.0)] == [0.0, 0.25, 1.0]
