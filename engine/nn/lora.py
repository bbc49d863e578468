"""Low-rank adapters on linear layers, beside the weights and never merged into them (Hu et al. 2021).

    y = W x + b + (alpha / rank) B A x

A starts at random and B at zero, so that a network with fresh adapters is the network it was. Switched
off, a layer computes W x + b and nothing else: the same network, bit for bit, is its own reference.

Letters: I inputs, O outputs, r rank.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import CheckpointError, InputError

PREFIX = "base_model.model."  # as peft writes it, so that its readers find what they look for
BLOCKS = ("joint_blocks", "fused_blocks")


@dataclass(frozen=True)
class LoraConfig:
    """Size of adapters and the layers they sit on.

    Attributes:
        rank: r.
        alpha: What the adapters add is multiplied by alpha / rank.
        targets: Endings of layers' names, cut at dots ("attn.qkv"); empty for all linear layers of the
            MM-DiT's blocks.

    Raises:
        InputError: When rank or alpha is not positive.
    """

    rank: int = 8
    alpha: float = 16.0
    targets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise InputError(f"LoRA rank {self.rank}: give at least 1.")
        if not (math.isfinite(self.alpha) and self.alpha > 0):
            raise InputError(f"LoRA alpha {self.alpha}: give a number above 0.")

    def wants(self, name: str) -> bool:
        """Whether the layer of a name gets an adapter."""
        if not self.targets:
            return any(part in BLOCKS for part in name.split("."))
        return any(f".{name}".endswith(f".{target}") for target in self.targets)


class LoraLinear(nn.Linear):
    """A linear layer with an adapter beside it; weight and bias are those of the layer it stands for.

    Attributes:
        lora_A: (r, I) map to the rank, random at the start.
        lora_B: (O, r) map back, zero at the start.
        on: Whether the adapter counts.
    """

    def __init__(self, plain: nn.Linear, config: LoraConfig, chance: torch.Generator | None) -> None:
        nn.Module.__init__(self)  # the weights are taken over, not made anew
        self.in_features, self.out_features = plain.in_features, plain.out_features
        self.weight, self.bias = plain.weight, plain.bias
        self.scale = config.alpha / config.rank
        self.on = True
        where = plain.weight.device
        self.lora_A = _unset_map(self.in_features, config.rank, where)
        self.lora_B = _unset_map(config.rank, self.out_features, where)
        bound = 1 / math.sqrt(self.in_features)
        drawn = torch.rand(config.rank, self.in_features, generator=chance)  # on the CPU whatever the device
        with torch.no_grad():
            self.lora_A.weight.copy_((2 * drawn - 1) * bound)
            self.lora_B.weight.zero_()

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name torch gives it
        """(..., I) -> (..., O), of the type the plain layer gives."""
        plain = functional.linear(input, self.weight, self.bias)
        if not self.on:
            return plain
        added: Tensor = self.lora_B(self.lora_A(input.to(self.lora_A.weight.dtype)))
        return plain + (self.scale * added).to(plain.dtype)

    def plain(self) -> nn.Linear:
        """The layer without its adapter, with the same weights."""
        layer = nn.Linear(self.in_features, self.out_features, bias=self.bias is not None, device="meta")
        layer.weight, layer.bias = self.weight, self.bias
        return layer.train(self.training)


def _unset_map(inputs: int, outputs: int, where: torch.device) -> nn.Linear:
    """A map whose values are still to be given; torch's own source of chance stays as it is."""
    unset: nn.Linear = nn.utils.skip_init(nn.Linear, inputs, outputs, bias=False, device=where)
    return unset


def add_lora(network: nn.Module, config: LoraConfig, *, chance: torch.Generator | None = None) -> int:
    """Put adapters on a network; its output does not change.

    Weights keep whether they are trained: freeze the network first to train the adapters alone.

    Args:
        network: Changed in place.
        config: Size and layers.
        chance: Source of the first values; torch's own when None.

    Returns:
        The number of layers that got one.

    Raises:
        InputError: When the network has adapters already, or no layer that is asked for.
    """
    if any(True for _ in lora_layers(network)):
        raise InputError("The network has adapters already: take them off first.")
    linear = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Linear)]
    wanted = [(name, layer) for name, layer in linear if config.wants(name)]
    if not wanted:
        asked = ", ".join(config.targets) or f"those in {' and '.join(BLOCKS)}"
        shown = ", ".join(name for name, _ in linear[:4]) or "none"
        raise InputError(f"No linear layer for adapters on {asked}: this network has {shown} ...")
    for name, layer in wanted:
        network.set_submodule(name, LoraLinear(layer, config, chance).train(layer.training))
    return len(wanted)


def remove_lora(network: nn.Module) -> None:
    """Take all adapters off; what is left is the network before ``add_lora``."""
    for name, layer in list(lora_layers(network)):
        network.set_submodule(name, layer.plain())


def lora_layers(network: nn.Module) -> Iterator[tuple[str, LoraLinear]]:
    """Names and layers that carry an adapter."""
    return ((name, layer) for name, layer in network.named_modules() if isinstance(layer, LoraLinear))


def switch_lora(network: nn.Module, on: bool) -> None:
    """Let the adapters count, or not."""
    for _, layer in lora_layers(network):
        layer.on = on


def scale_lora(network: nn.Module, factor: float) -> None:
    """Let what the adapters add count so many times as much; alpha grows by as much."""
    for _, layer in lora_layers(network):
        layer.scale *= factor


@contextmanager
def lora_switched_off(network: nn.Module) -> Iterator[None]:
    """Within the block the network is its base, bit for bit; each adapter then is as it was before."""
    before = [(layer, layer.on) for _, layer in lora_layers(network)]
    switch_lora(network, False)
    try:
        yield
    finally:
        for layer, on in before:
            layer.on = on


def lora_parameters(network: nn.Module) -> list[nn.Parameter]:
    """Parameters of all adapters."""
    maps = (part for _, layer in lora_layers(network) for part in (layer.lora_A, layer.lora_B))
    return [weight for part in maps for weight in part.parameters()]


def lora_state(network: nn.Module) -> dict[str, Tensor]:
    """The adapters' tensors under the names that peft gives them: A (r, I) and B (O, r) of each layer."""
    return {
        f"{PREFIX}{name}.{side}.weight": getattr(layer, side).weight.detach()
        for name, layer in lora_layers(network)
        for side in ("lora_A", "lora_B")
    }


@torch.no_grad()
def load_lora_state(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Fill the adapters of a network.

    Args:
        network: With adapters on exactly the layers that the state names.
        state: As ``lora_state`` gives it.

    Raises:
        CheckpointError: When names or shapes differ; nothing is changed then.
    """
    own = lora_state(network)
    strange = sorted(set(own) ^ set(state))
    if strange:
        where = "only in the network" if strange[0] in own else "only in the adapter"
        raise CheckpointError(
            f"The adapter does not fit the network: {strange[0]} is {where} "
            f"({len(strange)} names differ). Use the base it was made for."
        )
    for name, value in own.items():
        if value.shape != state[name].shape:
            raise CheckpointError(
                f"The adapter does not fit the network: {name} is {tuple(state[name].shape)}, "
                f"wanted {tuple(value.shape)}. Use the base it was made for."
            )
    for name, value in own.items():
        value.copy_(state[name])


def targets_of_state(state: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Names of the layers whose adapters a state holds, in its order."""
    names = (name.removeprefix(PREFIX).rsplit(".", 2)[0] for name in state)
    return tuple(dict.fromkeys(names))
