from dataclasses import replace

import pytest
import torch

from engine.errors import InputError
from engine.features.motion_grid import STATISTIC_CHANNELS
from engine.generator.contact_eyes import track_of_seen
from engine.generator.control import CONTROL_CHANNELS
from engine.generator.guidance import GuidanceWeights
from engine.generator.starter import StarterConfig, StarterInputs
from tests.engine.small_networks import CLASSES, small_generator, small_grid

TOKENS = 10


def inputs(*, kept: bool = True, seed: int = 4, label: int = 1) -> StarterInputs:
    chance = torch.Generator().manual_seed(seed)
    keep = torch.tensor([kept])
    return StarterInputs(
        grid=small_grid(TOKENS, seed)[None],
        control=torch.rand(1, TOKENS, CONTROL_CHANNELS, generator=chance),
        classes=torch.tensor([label]),
        level=torch.zeros(1),
        keep_video=keep,
        keep_control=keep,
        keep_class=keep,
    )


def state(takes: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(9)
    return torch.randn(takes, TOKENS, 4, generator=chance), torch.full((takes,), 0.3)


def test_dropping_all_conditions_equals_the_empty_side() -> None:
    """Then it does not matter which picture, hits and class were dropped."""
    generator = small_generator()
    x, t = state()
    one = generator.velocity_under(generator.conditions(inputs(kept=False)))(x, t)
    other = generator.velocity_under(generator.conditions(inputs(kept=False, seed=8, label=2)))(x, t)
    assert torch.equal(one, other)
    assert not torch.allclose(one, generator.velocity_under(generator.conditions(inputs()))(x, t))


@pytest.mark.parametrize("name", ["keep_video", "keep_control", "keep_class"])
def test_each_condition_moves_the_velocity_and_is_dropped_on_its_own(name: str) -> None:
    generator = small_generator()
    x, t = state()
    dropped = {name: torch.tensor([False])}

    def velocity(**changes: torch.Tensor) -> torch.Tensor:
        return generator.velocity_under(generator.conditions(replace(inputs(), **changes)))(x, t)

    part = {"keep_video": "grid", "keep_control": "control", "keep_class": "classes"}[name]
    other = {part: getattr(inputs(seed=8, label=2), part)}
    assert not torch.allclose(velocity(), velocity(**other), atol=1e-6)
    assert torch.equal(velocity(**dropped), velocity(**dropped, **other))


def test_guidance_pushes_away_from_the_empty_side_by_its_weight() -> None:
    generator = small_generator()
    x, t = state(2)
    guided = generator.guided_velocity(inputs(), takes=2, guidance=GuidanceWeights.of(3.0))(x, t)
    wanted = generator.velocity_under(generator.conditions(inputs()).expand(2))(x, t)
    empty = generator.velocity_under(generator.conditions(inputs(kept=False)).expand(2))(x, t)
    torch.testing.assert_close(guided, 3 * wanted - 2 * empty, rtol=1e-4, atol=1e-5)


def test_guidance_of_one_asks_only_the_wanted_side() -> None:
    generator = small_generator()
    x, t = state()
    wanted = generator.velocity_under(generator.conditions(inputs()))(x, t)
    plain = generator.guided_velocity(inputs(), takes=1, guidance=GuidanceWeights.of(1.0))(x, t)
    torch.testing.assert_close(plain, wanted)


def test_each_condition_is_stretched_by_its_own_weight() -> None:
    """Nothing, hits, hits and class, all: each step of the chain times its weight."""
    generator = small_generator()
    x, t = state()
    no = torch.tensor([False])

    def velocity(**dropped: torch.Tensor) -> torch.Tensor:
        return generator.velocity_under(generator.conditions(replace(inputs(), **dropped)))(x, t)

    nothing = velocity(keep_video=no, keep_control=no, keep_class=no)
    hits, sound, everything = velocity(keep_video=no, keep_class=no), velocity(keep_video=no), velocity()
    guided = generator.guided_velocity(inputs(), takes=1, guidance=GuidanceWeights(4.0, 3.0, 1.5))(x, t)
    chain = nothing + 4 * (hits - nothing) + 3 * (sound - hits) + 1.5 * (everything - sound)
    torch.testing.assert_close(guided, chain, rtol=1e-4, atol=1e-5)


def test_an_unwanted_class_stands_on_the_far_side() -> None:
    generator = small_generator()
    x, t = state()
    weights, no = GuidanceWeights.of(3.0), torch.tensor([False])
    guided = generator.guided_velocity(inputs(), takes=1, guidance=weights, unwanted=[2])(x, t)
    wanted = generator.velocity_under(generator.conditions(inputs()))(x, t)
    other = replace(inputs(label=2), keep_video=no, keep_control=no)
    unwanted = generator.velocity_under(generator.conditions(other))(x, t)
    torch.testing.assert_close(guided, 3 * wanted - 2 * unwanted, rtol=1e-4, atol=1e-5)


def test_a_level_moves_the_velocity_of_a_generator_that_knows_levels_alone() -> None:
    x, t = state()
    louder = replace(inputs(), level=torch.tensor([6.0]))
    for generator, moves in ((small_generator(), False), (small_generator(knows_level=True), True)):
        usual = generator.velocity_under(generator.conditions(inputs()))(x, t)
        changed = generator.velocity_under(generator.conditions(louder))(x, t)
        assert torch.equal(usual, changed) is not moves


def test_what_guidance_adds_in_level_is_asked_for_less() -> None:
    generator, weights = small_generator(knows_level=True), GuidanceWeights.of(3.0)
    x, t = state()
    guided = generator.guided_velocity(inputs(), takes=1, guidance=weights)(x, t)
    softer = replace(inputs(), level=inputs().level - 2 * 4.3)
    dropped = replace(inputs(kept=False), level=softer.level)
    wanted = generator.velocity_under(generator.conditions(softer))(x, t)
    empty = generator.velocity_under(generator.conditions(dropped))(x, t)
    torch.testing.assert_close(guided, 3 * wanted - 2 * empty, rtol=1e-4, atol=1e-5)


def test_without_a_hit_track_what_the_eyes_see_stands_in_its_place() -> None:
    generator, no = small_generator(has_eyes=True), torch.tensor([False])
    x, t = state()
    untold = replace(inputs(), keep_control=no)

    def velocity(asked: StarterInputs) -> torch.Tensor:
        return generator.velocity_under(generator.conditions(asked))(x, t)

    track = track_of_seen(generator.see(untold))
    torch.testing.assert_close(velocity(untold), velocity(replace(inputs(), control=track)))


def test_eyes_are_not_asked_where_hits_are_given_or_the_picture_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator, no = small_generator(has_eyes=True), torch.tensor([False])
    asked: list[StarterInputs] = []
    see = generator.see
    monkeypatch.setattr(generator, "see", lambda given: asked.append(given) or see(given))
    for given in (inputs(), inputs(kept=False), replace(inputs(), keep_control=no, keep_video=no)):
        generator.conditions(given)
    assert asked == []
    generator.conditions(replace(inputs(), keep_control=no))
    assert len(asked) == 1


def test_eyes_look_for_anything_where_the_class_is_left_out() -> None:
    generator, no = small_generator(has_eyes=True), torch.tensor([False])
    unnamed = replace(inputs(), keep_class=no)
    anything = generator.eyes(unnamed.grid[:, :, :STATISTIC_CHANNELS], torch.tensor([len(CLASSES)]))
    assert torch.equal(generator.see(unnamed).contacts, anything.contacts)
    assert not torch.allclose(generator.see(inputs()).contacts, anything.contacts, atol=1e-4)


def test_a_generator_without_eyes_says_so() -> None:
    with pytest.raises(InputError, match="without eyes for contacts: give it a hit track"):
        small_generator().see(inputs())


def test_steps_that_are_no_whole_slow_steps_are_padded() -> None:
    fast, slow = small_generator().front(small_grid(TOKENS)[None, :, :STATISTIC_CHANNELS])
    assert fast.shape == (1, 10, 8)
    assert slow.shape == (1, 3, 8)
    torch.testing.assert_close(slow[0, 0], fast[0, :4].mean(0))


def test_config_survives_json() -> None:
    config = StarterConfig(classes=CLASSES, hidden=32)
    assert StarterConfig.from_json({**config.to_json(), "classes": list(CLASSES)}) == config
