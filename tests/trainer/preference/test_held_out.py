"""What tuning is stopped by: held-out stems without hits; levels must hold before onsets count."""

import pytest
import torch

from engine.errors import InputError
from tests.engine.generator.small_mmdit import filled_network, small_config
from tests.engine.small_networks import small_codec, small_generator
from tests.trainer.preference.small_round import HELD_OUT, SmallRound
from tests.trainer.small_pool import CLASSES
from trainer.preference.held_out import MEAN_OFF, ONSET_F1, STD_OFF, HeldOutConfig, HeldOutMeasure


def figures(f1: float, mean_off: float = 0.1, std_off: float = 0.1) -> dict[str, float]:
    return {ONSET_F1: f1, MEAN_OFF: mean_off, STD_OFF: std_off}


def test_more_onsets_right_is_better() -> None:
    config, start = HeldOutConfig(level_tolerance=0.02), figures(0.3)
    assert config.rule(figures(0.31), figures(0.3), start)
    assert not config.rule(figures(0.3), figures(0.3), start)
    assert not config.rule(figures(0.31), figures(0.32), start)


@pytest.mark.parametrize("levels", [(0.13, 0.1), (0.1, 0.13)])
def test_levels_that_get_worse_than_at_the_start_forbid_it(levels: tuple[float, float]) -> None:
    config = HeldOutConfig(level_tolerance=0.02)
    assert not config.rule(figures(0.9, *levels), figures(0.3), figures(0.3))
    assert config.rule(figures(0.9, 0.12, 0.12), figures(0.3), figures(0.3))


def test_a_gain_must_be_as_large_as_asked() -> None:
    config = HeldOutConfig(least_gain=0.05)
    assert not config.rule(figures(0.34), figures(0.3), figures(0.3))
    assert config.rule(figures(0.36), figures(0.3), figures(0.3))


def measure_of(prepared: SmallRound) -> HeldOutMeasure:
    return HeldOutMeasure(prepared.pool, small_codec(), HELD_OUT, CLASSES)


def test_figures_are_the_same_each_time_and_know_no_hits(prepared: SmallRound) -> None:
    measure, generator = measure_of(prepared), small_generator()
    first = measure(generator)
    assert set(first) == {ONSET_F1, MEAN_OFF, STD_OFF}
    assert measure(generator) == first
    with torch.no_grad():
        generator.control_in.weight.add_(5.0)  # what the hit track says does not reach it
    assert measure(generator) == first


def test_a_perfect_generator_is_off_by_nothing(prepared: SmallRound, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = measure_of(prepared)
    true = [measure.codec.encode(stem.mel[None])[0] for stem in measure.stems]
    monkeypatch.setattr(
        "trainer.preference.held_out.take_latents",
        lambda network, given, seeds, **settings: true[seeds[0]][None],
    )
    found = measure(small_generator())
    assert found[MEAN_OFF] == pytest.approx(0.0, abs=1e-6)
    assert found[STD_OFF] == pytest.approx(0.0, abs=1e-6)
    assert found[ONSET_F1] == measure.ceiling


def test_stems_come_from_different_scenes(prepared: SmallRound) -> None:
    assert len({stem.entry.scene for stem in measure_of(prepared).stems}) == HELD_OUT.stems


def test_mm_dit_and_empty_settings_are_refused(prepared: SmallRound) -> None:
    with pytest.raises(InputError, match="measure starter generators"):
        measure_of(prepared)(filled_network(small_config()))
    with pytest.raises(InputError, match="stems = 0"):
        HeldOutConfig(stems=0)
