"""Parity of the MM-DiT and its sampler with the peer's own outputs, on files named by MMAUDIO_FIXTURES."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.testing import assert_close

from engine.generator.conditioning import Conditions, Features
from engine.generator.flow import (
    VelocityField,
    conditional_field,
    guided_field,
    point_on_path,
    sample,
    velocity_error,
)
from engine.generator.mmdit import PUBLISHED, MMDiT, MMDiTConfig, MMDiTLayout

FOLDER = Path(os.environ.get("MMAUDIO_FIXTURES", ""))
STRENGTH = 4.5

pytestmark = pytest.mark.skipif(
    not os.environ.get("MMAUDIO_FIXTURES") or not FOLDER.is_dir(),
    reason="MMAUDIO_FIXTURES names no folder with the peer's outputs",
)


@dataclass(frozen=True)
class Peer:
    """A network with the peer's weights, its inputs and outputs, and how close we must come."""

    network: MMDiT
    tensors: dict[str, Tensor]
    flow_tolerance: float
    ode_tolerance: float

    def features(self, prefix: str = "") -> Features:
        return Features(*(self.tensors[f"in.{prefix}{name}_f"] for name in ("clip", "sync", "text")))

    def conditions(self, features: Features | None = None) -> Conditions:
        clip, sync, text = features or self.features()
        return self.network.prepare_conditions(clip, sync, text, self.tensors["in.latent"].shape[1])

    def empty(self, text_f: Tensor | None = None) -> Conditions:
        clip, sync, _ = self.features()
        return self.network.empty_conditions(
            len(clip),
            clip_tokens=clip.shape[1],
            sync_tokens=sync.shape[1],
            latent_tokens=self.tensors["in.latent"].shape[1],
            text_f=text_f,
        )

    def velocity(self, conditions: Conditions) -> Tensor:
        return self.network.velocity(self.tensors["in.latent"], self.tensors["in.t"], conditions)

    def guided(self, empty: Conditions, *, batched: bool = False) -> VelocityField:
        return guided_field(
            self.network, self.conditions(), empty, guidance=STRENGTH, batched_guidance=batched
        )

    def check(self, ours: Tensor, name: str, tolerance: float) -> None:
        theirs = self.tensors[f"out.{name}"]
        print(f"{name}: {(ours - theirs).abs().max().item():.1e} of {tolerance:.0e}")  # noqa: T201 - shown by -s
        assert_close(ours, theirs, atol=tolerance, rtol=0)


def config_of(values: dict[str, int | bool]) -> MMDiTConfig:
    return MMDiTConfig(
        hidden=values["hidden_dim"],
        heads=values["num_heads"],
        depth=values["depth"],
        fused_depth=values["fused_depth"],
        latent_dim=values["latent_dim"],
        clip_dim=values["clip_dim"],
        sync_dim=values["sync_dim"],
        text_dim=values["text_dim"],
        text_tokens=values["text_seq_len"],
        layout=MMDiTLayout.V2 if values["v2"] else MMDiTLayout.V1,
    )


@pytest.fixture(scope="module", params=["mmdit_v1", "mmdit_v2"])
def peer(request: pytest.FixtureRequest) -> Peer:
    sidecar = json.loads((FOLDER / f"{request.param}.io.json").read_text(encoding="utf-8"))
    network = MMDiT(config_of(sidecar["config"]))
    network.load_state_dict(load_file(FOLDER / f"{request.param}.state.safetensors"), strict=True)
    # v2: time angles reach 10^4 rad, see the fixtures' note 1.
    flow, ode = (5e-4, 1e-3) if sidecar["config"]["v2"] else (2e-5, 1e-4)
    return Peer(network, load_file(FOLDER / f"{request.param}.io.safetensors"), flow, ode)


@torch.no_grad()
def test_parity_of_velocity(peer: Peer) -> None:
    peer.check(peer.velocity(peer.conditions()), "flow", peer.flow_tolerance)


@torch.no_grad()
def test_parity_of_velocity_without_conditions(peer: Peer) -> None:
    peer.check(peer.velocity(peer.empty()), "flow_empty", peer.flow_tolerance)


@pytest.mark.parametrize("kept", ["text", "video"])
@torch.no_grad()
def test_parity_of_velocity_with_one_side_missing(peer: Peer, kept: str) -> None:
    everyone = torch.ones(2, dtype=torch.bool)
    missing = {"text": everyone} if kept == "video" else {"clip": everyone, "sync": everyone}
    features = peer.network.with_missing(peer.features(), **missing)
    peer.check(peer.velocity(peer.conditions(features)), f"flow_{kept}_only", peer.flow_tolerance)


@torch.no_grad()
def test_parity_of_velocity_at_other_lengths(peer: Peer) -> None:
    latent = peer.tensors["in.alt_latent"]
    conditions = peer.network.prepare_conditions(*peer.features("alt_"), latent.shape[1])
    ours = peer.network.velocity(latent, peer.tensors["in.alt_t"], conditions)
    peer.check(ours, "alt_flow", peer.flow_tolerance)


@pytest.mark.parametrize("batched", [False, True])
@torch.no_grad()
def test_parity_of_guided_velocity(peer: Peer, batched: bool) -> None:
    field = peer.guided(peer.empty(), batched=batched)
    ours = field(peer.tensors["in.x0"], torch.full((2,), 0.3))
    peer.check(ours, "velocity_cfg4.5_t0.3", peer.flow_tolerance)


@torch.no_grad()
def test_parity_of_five_steps_and_their_states(peer: Peer) -> None:
    field, states = peer.guided(peer.empty()), []

    def recorded(x: Tensor, t: Tensor) -> Tensor:
        states.append(x)
        return field(x, t)

    end = sample(recorded, peer.tensors["in.x0"], steps=5)
    peer.check(end, "ode5_cfg4.5_x1", peer.ode_tolerance)
    peer.check(torch.stack([*states, end]), "ode5_cfg4.5_traj", peer.ode_tolerance)
    peer.check(peer.network.unnormalize(end), "ode5_cfg4.5_x1_unnormalized", peer.ode_tolerance)


@torch.no_grad()
def test_parity_of_five_steps_with_a_negative_prompt(peer: Peer) -> None:
    field = peer.guided(peer.empty(peer.tensors["in.neg_text_f"]))
    end = sample(field, peer.tensors["in.x0"], steps=5)
    peer.check(end, "ode5_cfg4.5_negtext_x1", peer.ode_tolerance)


@torch.no_grad()
def test_parity_of_five_steps_without_guidance(peer: Peer) -> None:
    end = sample(conditional_field(peer.network, peer.conditions()), peer.tensors["in.x0"], steps=5)
    peer.check(end, "ode5_nocfg_x1", peer.ode_tolerance)


@torch.no_grad()
def test_parity_of_twenty_five_steps(peer: Peer) -> None:
    end = sample(peer.guided(peer.empty(), batched=True), peer.tensors["in.x0"], steps=25)
    peer.check(end, "ode25_cfg4.5_x1", peer.ode_tolerance)


def test_parity_of_normalisation(peer: Peer) -> None:
    peer.check(peer.network.normalize(peer.tensors["in.x1"]), "x1_normalized", peer.flow_tolerance)


def test_parity_of_a_training_step(peer: Peer) -> None:
    network, tensors = peer.network, peer.tensors
    second = torch.tensor([False, True])
    features = network.with_missing(peer.features(), clip=second, sync=second, text=~second)
    state = point_on_path(tensors["in.x0"], tensors["in.x1"], tensors["in.t"])
    predicted = network.velocity(state, tensors["in.t"], peer.conditions(features))
    errors = velocity_error(predicted, tensors["in.x1"] - tensors["in.x0"])
    network.zero_grad()
    errors.mean().backward()
    peer.check(state, "train_xt", peer.flow_tolerance)
    peer.check(predicted.detach(), "train_pred", peer.flow_tolerance)
    peer.check(errors.detach(), "train_loss_per_sample", peer.ode_tolerance)
    gradients = {name: value.grad for name, value in network.named_parameters() if value.grad is not None}
    norm = torch.stack([grad.norm() for grad in gradients.values()]).norm()
    peer.check(norm[None], "train_grad_global_norm", peer.ode_tolerance)
    compared = [key.removeprefix("out.train_grad.") for key in tensors if key.startswith("out.train_grad.")]
    assert len(compared) == 9
    for name in compared:
        size = peer.tensors[f"out.train_grad.{name}"].abs().max().item()
        peer.check(gradients[name], f"train_grad.{name}", size * 1e-4)


@torch.no_grad()
def test_parity_of_prepared_conditions_and_time_embedding(peer: Peer) -> None:
    conditions = peer.conditions()
    for name in ("clip", "sync", "text"):
        assert_close(getattr(conditions, name), peer.tensors[f"debug.cond.{name}_f"], atol=1e-5, rtol=0)
    for name in ("latent", "clip"):
        turns = peer.tensors[f"debug.{name}_rot"][0, ..., 0]  # (length, d / 2, 2): cos, sin
        assert_close(torch.view_as_real(getattr(conditions, f"{name}_rotary")), turns, atol=1e-6, rtol=0)
    assert_close(peer.network.t_embed(peer.tensors["in.t"]), peer.tensors["debug.t_embed"], atol=1e-5, rtol=0)


def test_parity_of_time_frequencies_is_bit_equal(peer: Peer) -> None:
    assert torch.equal(peer.network.t_embed.frequencies(torch.device("cpu")), peer.tensors["debug.t_freqs"])


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_parity_of_published_keys_and_shapes(name: str) -> None:
    with torch.device("meta"):
        ours = MMDiT(PUBLISHED[name]).state_dict()
    theirs = json.loads((FOLDER / "keys" / f"{name}.json").read_text(encoding="utf-8"))
    assert {key: list(value.shape) for key, value in ours.items()} == {
        key: shape for key, (shape, _) in theirs.items()
    }
    assert {dtype for _, dtype in theirs.values()} == {"float32"}
    assert {value.dtype for value in ours.values()} == {torch.float32}
