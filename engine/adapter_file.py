"""Adapters on the disk: written with a head that explains itself, put on the network they were made for.

The head holds what is needed to put the adapter on again: rank, alpha, its layers, and the hash of the
weights it sits on. Tensors carry peft's names.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.adapter_cards import (
    WEIGHTS_FILE,
    AdapterCard,
    check_adapter_name,
    make_adapter_folder,
    write_adapter_card,
)
from engine.atomic_file import disk_error, written_atomically
from engine.checkpoint import file_sha256
from engine.errors import CheckpointError, InputError
from engine.nn.lora import (
    LoraConfig,
    add_lora,
    load_lora_state,
    lora_layers,
    lora_state,
    remove_lora,
    targets_of_state,
)

FORMAT_VERSION = 1
_HEADER = "multisoundgen_adapter"


@dataclass(frozen=True)
class StoredAdapter:
    """What an adapter file holds.

    Attributes:
        config: Rank, alpha, and the full names of its layers as targets.
        base_sha256: Hash of the weights it sits on.
        state: Tensors by peft's names, as float32.
        sha256: Hash of the file.
    """

    config: LoraConfig
    base_sha256: str
    state: dict[str, Tensor]
    sha256: str


def save_adapter(folder: Path, network: nn.Module, card: AdapterCard) -> AdapterCard:
    """Write the adapters of a network and their card, each whole or not at all.

    Args:
        folder: Folder of the adapter, named as it is; made where it is missing.
        network: With adapters.
        card: All that is said of it; hash, rank, alpha and folder are taken from what is written.

    Returns:
        The card as it was written.

    Raises:
        InputError: When the network has no adapters or the name cannot be that of the folder.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    check_adapter_name(card.name)
    config = adapters_of(network)
    make_adapter_folder(folder)
    path = folder / WEIGHTS_FILE
    save_adapter_weights(path, network, base_sha256=card.base_sha256)
    written = replace(card, folder=folder, sha256=file_sha256(path), rank=config.rank, alpha=config.alpha)
    write_adapter_card(written)
    return written


def save_adapter_weights(path: Path, network: nn.Module, *, base_sha256: str) -> None:
    """Write the adapters of a network as one file.

    Raises:
        InputError: When the network has no adapters.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    config = adapters_of(network)
    header = {
        "version": FORMAT_VERSION,
        "method": "LoRA: y = W x + b + (alpha / rank) B A x; never merged into W",
        "rank": config.rank,
        "alpha": config.alpha,
        "layers": list(config.targets),
        "base_sha256": base_sha256,
    }
    state = {name: value.float().cpu().contiguous() for name, value in lora_state(network).items()}
    with written_atomically(path) as temporary:
        try:
            save_file(state, temporary, metadata={_HEADER: json.dumps(header)})
        except SafetensorError as problem:
            raise disk_error(path, errno=None, words=str(problem)) from problem


def adapters_of(network: nn.Module) -> LoraConfig:
    """Rank, alpha and layers of the adapters that a network carries.

    Raises:
        InputError: When it carries none.
    """
    layers = dict(lora_layers(network))
    if not layers:
        raise InputError("The network has no adapters to save: train some first.")
    first = next(iter(layers.values()))
    rank = first.lora_A.out_features
    return LoraConfig(rank, first.scale * rank, tuple(layers))


def read_adapter(path: Path) -> StoredAdapter:
    """Read and check an adapter's weights.

    Raises:
        CheckpointError: When the file is absent, damaged or newer than us.
    """
    if not path.is_file():
        raise CheckpointError(f"Adapter weights {path} are not there: put them back, or train it again.")
    try:
        with safe_open(path, framework="pt") as stored:
            header = json.loads((stored.metadata() or {})[_HEADER])
            names = stored.keys()
            state = {name: stored.get_tensor(name).float() for name in names}
        if int(header["version"]) > FORMAT_VERSION:
            raise CheckpointError(f"Adapter {path} is of a newer program: update this one.")
        layers = tuple(str(name) for name in header["layers"])
        config = LoraConfig(int(header["rank"]), float(header["alpha"]), layers)
        base = str(header["base_sha256"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, InputError) as problem:
        raise CheckpointError(
            f"Adapter {path} is damaged or not ours ({problem}): put back the original, or train it again."
        ) from problem
    _check_whole(path, config, state)
    return StoredAdapter(config, base, state, file_sha256(path))


def _check_whole(path: Path, config: LoraConfig, state: Mapping[str, Tensor]) -> None:
    if set(targets_of_state(state)) != set(config.targets):
        raise CheckpointError(f"Adapter {path} does not hold the layers its head names: train it again.")
    broken = next((name for name, value in state.items() if not bool(torch.isfinite(value).all())), "")
    if broken:
        raise CheckpointError(f"Adapter {path}: {broken} holds numbers that are not finite: train it again.")


def put_on(network: nn.Module, card: AdapterCard, *, base_sha256: str) -> None:
    """Put an adapter on the network it was made for.

    Args:
        network: Without adapters; changed in place, all of its weights as they were.
        card: Which adapter.
        base_sha256: Hash of the network's own weights.

    Raises:
        CheckpointError: When it was made for other weights, is damaged, or does not fit; the network is
            left without adapters then.
        InputError: When the network has adapters already.
    """
    stored = read_adapter(card.weights)
    if stored.sha256 != card.sha256:
        raise CheckpointError(
            f"Adapter '{card.name}': {card.weights} has SHA-256 {stored.sha256[:12]}..., its card says "
            f"{card.sha256[:12]}...: the file was changed; put back the original."
        )
    if base_sha256 != stored.base_sha256:
        raise CheckpointError(
            f"Adapter '{card.name}' was made for '{card.base_model}' with weights "
            f"{stored.base_sha256[:12]}..., these are {base_sha256[:12]}...: use that base, or train "
            "the adapter again on this one."
        )
    attach(network, stored, name=card.name)


def attach(network: nn.Module, stored: StoredAdapter, *, name: str) -> None:
    """Add a stored adapter to a network, whatever the network's weights are.

    Args:
        network: Without adapters; changed in place.
        stored: The adapter.
        name: What it is called in messages.

    Raises:
        CheckpointError: When layers or shapes do not fit; the network is left without adapters.
        InputError: When the network has adapters already.
    """
    known = {layer for layer, module in network.named_modules() if isinstance(module, nn.Linear)}
    missing = [layer for layer in stored.config.targets if layer not in known]
    if missing:
        raise CheckpointError(
            f"Adapter '{name}' wants a layer {missing[0]} that this network has not: use the base "
            "it was made for."
        )
    add_lora(network, stored.config, chance=torch.Generator().manual_seed(0))
    try:
        load_lora_state(network, stored.state)
    except CheckpointError:
        remove_lora(network)
        raise
    for _, layer in lora_layers(network):
        for weight in (layer.lora_A.weight, layer.lora_B.weight):
            weight.requires_grad_(False)


def take_off(network: nn.Module) -> None:
    """Take the adapter off; the network is its base again, bit for bit."""
    remove_lora(network)
