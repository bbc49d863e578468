import pytest
import torch

from engine import agreement
from engine.agreement import curve_of_stretch, event_curve, fast_map, slow_map, weights_of_hits
from engine.cavp.lag import balanced, lag_curve
from engine.step_range import StepRange


def rows(steps: int, seed: int = 1, width: int = 5) -> torch.Tensor:
    return torch.randn(1, steps, width, generator=torch.Generator().manual_seed(seed))


def test_curve_of_the_whole_is_the_lag_curve() -> None:
    whole = StepRange(8, 108)
    curve = curve_of_stretch(rows(100), rows(100, 2), span=whole, own=whole, weight=torch.ones(100), reach=9)
    wanted = lag_curve(balanced(rows(100)), balanced(rows(100, 2)), reach=9)
    torch.testing.assert_close(curve, wanted)


def test_event_that_fills_the_stretch_agrees_nearly_as_the_lag_curve_says() -> None:
    """Only the energy at the ends is counted otherwise."""
    seen = rows(300)
    heard = seen.roll(3, dims=1) + 0.5 * rows(300, 2)
    mine = event_curve(seen, heard, own=StepRange(0, 300), weight=torch.ones(300), reach=8)
    torch.testing.assert_close(mine, lag_curve(seen, heard, reach=8), rtol=0, atol=0.05)


def test_event_curve_is_the_weighted_mean_of_its_own_diagonal_steps() -> None:
    seen, heard, weight = rows(40), rows(40, 2), torch.tensor([1.0, 0.5, 1.0, 0.0, 2.0])
    curve = event_curve(seen, heard, own=StepRange(20, 25), weight=weight, reach=2)
    v, a = balanced(seen)[0], balanced(heard)[0]
    lag = 1
    share = weight / weight.sum()
    product = sum(share[n] * (v[20 + n] @ a[20 + n + lag]) for n in range(5))
    least = [0.5 * side.square().sum(1).mean() for side in (v, a)]
    seen_energy = max(sum(share[n] * v[20 + n].square().sum() for n in range(5)), least[0])
    heard_energy = max(sum(share[n] * a[20 + n + lag].square().sum() for n in range(5)), least[1])
    expected = float(product / (seen_energy * heard_energy) ** 0.5)
    assert float(curve[0, 2 + lag]) == pytest.approx(expected, abs=1e-5)


def test_event_curve_stays_within_one_and_is_nought_where_there_is_no_sound() -> None:
    seen = rows(20)
    curve = event_curve(seen, seen, own=StepRange(0, 2), weight=torch.ones(2), reach=19)
    assert float(curve.abs().max()) <= 1.0 + 1e-6
    assert float(curve[0, 0]) == 0.0  # sound 19 steps early would lie before the span
    assert int(curve[0].argmax()) == 19


def test_event_whose_sound_is_gone_agrees_less_than_one_that_is_heard() -> None:
    seen = rows(100)
    gone = seen.clone()
    gone[:, 40:60] = 0.01 * seen[:, 40:60]  # faint, but of the same shape
    heard = event_curve(seen, seen, own=StepRange(40, 60), weight=torch.ones(20), reach=4)[0, 4]
    missing = event_curve(seen, gone, own=StepRange(40, 60), weight=torch.ones(20), reach=4)[0, 4]
    assert float(heard) > 0.9
    assert float(missing) < 0.1


def test_long_stretch_is_the_mean_of_its_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "WINDOW_STEPS", 100)
    seen = rows(350)
    heard = seen.roll(-5, dims=1)
    whole = StepRange(0, 350)
    curve = curve_of_stretch(seen, heard, span=whole, own=whole, weight=torch.ones(350), reach=12)
    assert int(curve[0].argmax()) == 12 - 5
    assert float(curve.max()) == pytest.approx(1.0, abs=0.06)


def test_weights_are_full_around_hits_and_small_between() -> None:
    own = StepRange(10, 30)
    weight = weights_of_hits(own, [11 * 1920, 20 * 1920 + 5, 29 * 1920])
    full = [at for at in range(20) if weight[at] == 1.0]
    assert full == [0, 1, 2, 3, 4, 5, *range(8, 15), 17, 18, 19]
    assert float(weight[7]) == pytest.approx(0.2)
    assert torch.equal(weights_of_hits(own, []), torch.ones(20))
    assert float(weights_of_hits(own, [0]).max()) < 1.0  # a hit before the event


def test_map_of_merged_steps_says_how_stretches_laid_upon_each_other_agree() -> None:
    seen, heard = rows(10), rows(10, 2)
    fine = fast_map(seen, heard, merged=1)
    coarse = fast_map(seen, heard, merged=4)
    assert (fine.shape, coarse.shape) == ((10, 10), (3, 3))
    # sound 4..8 laid upon picture 0..4
    assert float(coarse[1, 0]) == pytest.approx(float(sum(fine[4 + n, n] for n in range(4)) / 4), abs=1e-6)
    assert float(fast_map(seen, seen, merged=1).diagonal().min()) == pytest.approx(1.0)


def test_slow_map_is_of_directions_and_merged_steps_are_weighed_by_their_length() -> None:
    seen, heard = rows(8), rows(8, 2)
    fine, coarse = slow_map(seen, heard, merged=1), slow_map(seen, heard, merged=4)
    unit = [torch.nn.functional.normalize(side[0], dim=-1) for side in (heard, seen)]
    torch.testing.assert_close(fine, unit[0] @ unit[1].T)
    sound, picture = heard[0, 0:4].sum(0), seen[0, 4:8].sum(0)
    wanted = float(sound @ picture / (sound.norm() * picture.norm()))
    assert float(coarse[0, 1]) == pytest.approx(wanted, abs=1e-6)
