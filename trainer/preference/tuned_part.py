"""What of a network is tuned: adapters beside its weights, or all of it; and what it is compared with."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from engine.adapter_file import read_adapter, save_adapter_weights
from engine.checkpoint import load_checkpoint, load_into, save_checkpoint
from engine.errors import InputError
from engine.generator.starter import StarterGenerator
from engine.nn.lora import LoraConfig, add_lora, load_lora_state, lora_layers, lora_switched_off
from trainer.preference.given import Network, frozen
from trainer.preference.start import MMDIT, STARTER

METHODS = ("lora", "full")
REFERENCES = ("base", "start")


@dataclass(frozen=True)
class AdapterPart:
    """Adapters alone.

    Attributes:
        network: With adapters on it.
        base_sha256: Hash of the weights below.
        start: Frozen copy to compare with; None to compare with the network without its adapters.
    """

    network: Network
    base_sha256: str
    start: Network | None
    file: str = "adapter.safetensors"

    def trained(self) -> nn.Module:
        """The module whose parameters are trained; its state is all that a run keeps."""
        return nn.ModuleList(
            part for _, one in lora_layers(self.network) for part in (one.lora_A, one.lora_B)
        )

    @contextmanager
    def reference(self) -> Iterator[Network]:
        """A block in which the network that errors are compared with is given."""
        if self.start is not None:
            yield self.start
            return
        with lora_switched_off(self.network):
            yield self.network

    def save(self, path: Path) -> None:
        """Write the adapters."""
        save_adapter_weights(path, self.network, base_sha256=self.base_sha256)

    def load(self, path: Path) -> None:
        """Take over written adapters."""
        load_lora_state(self.network, read_adapter(path).state)


@dataclass(frozen=True)
class WholePart:
    """All weights, compared with a frozen copy of the start.

    Attributes:
        network: What is tuned.
        start: The copy.
    """

    network: Network
    start: Network
    file: str = "generator.safetensors"

    def trained(self) -> nn.Module:
        """The module whose parameters are trained; its state is all that a run keeps."""
        return self.network

    @contextmanager
    def reference(self) -> Iterator[Network]:
        """A block in which the network that errors are compared with is given."""
        yield self.start

    def save(self, path: Path) -> None:
        """Write all weights, in full precision: tuning moves them by less than half of it can say."""
        if isinstance(self.network, StarterGenerator):
            family, config = STARTER, self.network.config.to_json()
        else:
            family, config = MMDIT, self.network.config.to_dict()
        save_checkpoint(path, self.network, family=family, config=config)

    def load(self, path: Path) -> None:
        """Take over written weights."""
        family = STARTER if isinstance(self.network, StarterGenerator) else MMDIT
        load_into(self.network, load_checkpoint(path, family=family))


TunedPart = AdapterPart | WholePart


def tuned_part(
    network: Network, *, method: str, lora: LoraConfig, reference: str, base_sha256: str, seed: int
) -> TunedPart:
    """Make a network ready to be tuned.

    A network that has adapters already goes on with them.

    Args:
        network: Changed in place: adapters are added, or all of it is unfrozen.
        method: "lora" or "full".
        lora: Size of new adapters.
        reference: "base" compares with the network without adapters, "start" with a copy of the start.
        base_sha256: Hash of the network's weights.
        seed: Of the new adapters' first values.

    Raises:
        InputError: When all of a network with adapters is to be tuned, or adapters find no layer.
    """
    has_adapters = any(True for _ in lora_layers(network))
    if method == "full":
        if has_adapters:
            raise InputError(
                "method = 'full' on a generator with an adapter: adapters are never merged into weights. "
                "Tune its adapter with method = 'lora', or start from a generator without one."
            )
        start = frozen(copy.deepcopy(network))
        network.requires_grad_(True)
        return WholePart(network, start)
    start_copy = frozen(copy.deepcopy(network)) if reference == "start" else None
    frozen(network)
    if not has_adapters:
        add_lora(network, lora, chance=torch.Generator().manual_seed(seed))
    for _, layer in lora_layers(network):
        layer.lora_A.requires_grad_(True)
        layer.lora_B.requires_grad_(True)
    return AdapterPart(network, base_sha256, start_copy)
