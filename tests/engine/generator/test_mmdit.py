"""The velocity network: its config, its start, its lengths, missing conditions and precision."""

import json
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from engine.errors import InputError
from engine.generator.conditioning import Features
from engine.generator.mmdit import PUBLISHED, MMDiT, MMDiTConfig, MMDiTLayout
from tests.engine.generator.small_mmdit import filled_network, small_config, some_features

T = torch.tensor([0.2, 0.7])


def latents(batch: int = 2, tokens: int = 8) -> Tensor:
    return torch.randn(batch, tokens, 4, generator=torch.Generator().manual_seed(9))


@pytest.fixture(scope="module", params=list(MMDiTLayout))
def network(request: pytest.FixtureRequest) -> MMDiT:
    return filled_network(small_config(request.param))


def test_config_survives_json() -> None:
    config = small_config(train_empty_text=True)
    assert MMDiTConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("change", "words"),
    [({"heads": 3}, "16 over 3 heads"), ({"heads": 16}, "even width"), ({"fused_depth": 3}, "wanted 0 to 2")],
)
def test_config_refuses_numbers_that_cannot_be_built(change: dict[str, int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        replace(small_config(), **change)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("small_16k", 157_283_644), ("medium_44k", 621_805_944), ("large_44k_v2", 1_030_575_608)],
)
def test_published_networks_have_their_published_size(name: str, parameters: int) -> None:
    with torch.device("meta"):
        state = MMDiT(PUBLISHED[name]).state_dict()
    assert sum(value.numel() for value in state.values()) == parameters


def test_fresh_network_predicts_no_motion() -> None:
    network = MMDiT(small_config())
    conditions = network.prepare_conditions(*some_features(2), 8)
    assert not network.velocity(latents(), T, conditions).any()


def test_v1_projects_linearly_and_v2_through_an_activation() -> None:
    v1, v2 = MMDiT(small_config(MMDiTLayout.V1)), MMDiT(small_config(MMDiTLayout.V2))
    assert "clip_input_proj.1.w1.weight" in v1.state_dict()
    assert "clip_input_proj.2.w1.weight" in v2.state_dict()
    assert v1.t_embed.mlp[0].weight.shape == (16, 256)
    assert v2.t_embed.mlp[0].weight.shape == (16, 16)


@pytest.mark.parametrize("tokens", [1, 8, 13])
@torch.no_grad()
def test_lengths_come_from_the_inputs(network: MMDiT, tokens: int) -> None:
    conditions = network.prepare_conditions(*some_features(2, clip=5, sync=4), tokens)
    assert network.velocity(latents(tokens=tokens), T, conditions).shape == (2, tokens, 4)


@torch.no_grad()
def test_forward_is_velocity_under_prepared_conditions(network: MMDiT) -> None:
    features = some_features(2)
    prepared = network.velocity(latents(), T, network.prepare_conditions(*features, 8))
    assert torch.equal(network(latents(), T, *features), prepared)


@torch.no_grad()
def test_take_of_a_batch_equals_the_take_made_alone(network: MMDiT) -> None:
    alone = network.prepare_conditions(*some_features(1), 8)
    together = network.velocity(latents(), T, alone.expand(2))
    second = network.velocity(latents()[1:], T[1:], alone)
    assert_close(together[1:], second, atol=1e-5, rtol=0)


@torch.no_grad()
def test_missing_everything_is_the_empty_condition(network: MMDiT) -> None:
    everyone = torch.ones(2, dtype=torch.bool)
    features = network.with_missing(some_features(2), clip=everyone, sync=everyone, text=everyone)
    empty = network.empty_conditions(2, clip_tokens=3, sync_tokens=8, latent_tokens=8)
    ours = network.velocity(latents(), T, network.prepare_conditions(*features, 8))
    assert_close(ours, network.velocity(latents(), T, empty), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", Features._fields)
@torch.no_grad()
def test_each_condition_can_be_missing_on_its_own(network: MMDiT, name: str) -> None:
    features = some_features(2)
    out = network.with_missing(features, **{name: torch.tensor([True, False])})
    for other in Features._fields:
        kept = torch.equal(getattr(out, other)[0], getattr(features, other)[0])
        assert kept == (other != name)
        assert torch.equal(getattr(out, other)[1], getattr(features, other)[1])


@torch.no_grad()
def test_negative_prompt_takes_the_place_of_the_empty_text(network: MMDiT) -> None:
    lengths = {"clip_tokens": 3, "sync_tokens": 8, "latent_tokens": 8}
    given = network.empty_conditions(2, **lengths, text_f=network.empty_string_feat[None])
    other = network.empty_conditions(2, **lengths, text_f=some_features(1).text)
    assert torch.equal(given.text, network.empty_conditions(2, **lengths).text)
    assert not torch.equal(given.pooled, other.pooled)


@pytest.mark.parametrize("trained", [False, True])
def test_empty_text_is_trained_only_on_request(trained: bool) -> None:
    network = MMDiT(small_config(train_empty_text=trained))
    assert ("empty_string_feat" in dict(network.named_parameters())) == trained
    assert "empty_string_feat" in network.state_dict()


def test_every_parameter_learns_but_queries_that_nobody_asks() -> None:
    network = filled_network(small_config(train_empty_text=True))
    first = torch.tensor([True, False])
    features = network.with_missing(some_features(2), clip=first, sync=first, text=first)
    network(latents(), T, *features).square().sum().backward()
    silent = [
        name for name, value in network.named_parameters() if value.grad is None or not value.grad.any()
    ]
    last = "joint_blocks.1"  # its clip and text only answer the latent's queries
    assert silent == [f"{last}.clip_block.attn.q_norm.weight", f"{last}.text_block.attn.q_norm.weight"]


def test_sync_positions_repeat_with_the_segment() -> None:
    network = filled_network(replace(small_config(), sync_segment=2))
    features = Features(torch.zeros(1, 3, 5), torch.zeros(1, 8, 6), torch.zeros(1, 3, 7))
    seen: list[Tensor] = []
    network.sync_input_proj.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network.prepare_conditions(*features, 8)
    assert torch.equal(seen[0][0], network.sync_pos_emb[0, 0].repeat(4, 1))


@torch.no_grad()
def test_normalisation_is_undone() -> None:
    network = MMDiT(small_config())
    network.latent_mean.fill_(3.0)
    network.latent_std.fill_(2.0)
    assert network.normalize(torch.full((1, 1, 4), 7.0)).tolist() == [[[2.0] * 4]]
    assert network.unnormalize(torch.full((1, 1, 4), 2.0)).tolist() == [[[7.0] * 4]]


def test_autocast_stays_near_float32_and_returns_the_latent_type(network: MMDiT) -> None:
    exact = network(latents(), T, *some_features(2))
    with torch.autocast("cpu", torch.bfloat16):
        rough = network(latents(), T, *some_features(2))
    assert rough.dtype == torch.float32
    assert_close(rough, exact, atol=0.05 * exact.abs().max().item(), rtol=0)


@torch.no_grad()
def test_whole_network_runs_in_bfloat16() -> None:
    network = filled_network(small_config()).bfloat16()
    features = Features(*(part.bfloat16() for part in some_features(2)))
    assert network(latents().bfloat16(), T, *features).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("clip", (2, 3, 4), r"clip features of shape \(2, 3, 4\)"),
        ("text", (2, 7), "text features"),
        ("sync", (2, 7, 6), "multiple of 2"),
    ],
)
def test_features_of_another_shape_are_refused(name: str, shape: tuple[int, ...], words: str) -> None:
    network = MMDiT(replace(small_config(), sync_segment=2))
    with pytest.raises(InputError, match=words):
        network.prepare_conditions(*some_features(2)._replace(**{name: torch.zeros(shape)}), 8)


def test_latents_and_times_must_fit_the_conditions() -> None:
    network = MMDiT(small_config())
    conditions = network.prepare_conditions(*some_features(2), 8)
    with pytest.raises(InputError, match=r"want \(2, 8, 4\)"):
        network.velocity(latents(tokens=9), T, conditions)
    with pytest.raises(InputError, match="one time a sample"):
        network.velocity(latents(), torch.tensor(0.5), conditions)
    with pytest.raises(InputError, match="latent_tokens 0"):
        network.prepare_conditions(*some_features(2), 0)
