"""Weights that explain themselves: safetensors with the config that built them in the header.

A checkpoint holds the state dict, its family, the config of the network as JSON and free
notes. Weights are stored in half precision when shipped and always loaded as float32.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.atomic_file import disk_error, written_atomically
from engine.errors import CheckpointError

FORMAT_VERSION = 1
_HEADER = "multisoundgen"


@dataclass(frozen=True)
class Checkpoint:
    """What a weights file holds.

    Attributes:
        family: "sf_cavp", "codec", "flow" ...
        config: Numbers the network is built from.
        state: Float tensors by name, as float32.
        sha256: Hash of the file.
        path: The file.
    """

    family: str
    config: dict[str, Any]
    state: dict[str, Tensor]
    sha256: str
    path: Path


def save_checkpoint(
    path: Path, network: nn.Module, *, family: str, config: dict[str, Any], half: bool = False
) -> None:
    """Write a network and its config, whole or not at all.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    dtype = torch.float16 if half else torch.float32
    state = {name: _stored(value, dtype) for name, value in network.state_dict().items()}
    header = {"version": FORMAT_VERSION, "family": family, "config": config}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_atomically(path) as temporary:
        try:
            save_file(state, temporary, metadata={_HEADER: json.dumps(header)})
        except SafetensorError as problem:
            raise disk_error(path, errno=None, words=str(problem)) from problem


def load_checkpoint(path: Path, *, family: str) -> Checkpoint:
    """Read and check a weights file.

    Raises:
        CheckpointError: When the file is absent, damaged, of another family or newer than us.
    """
    if not path.is_file():
        raise CheckpointError(
            f"Weights {path} are not there: reinstall, or fetch them with `msg-engine models`."
        )
    try:
        with safe_open(path, framework="pt") as stored:
            header = json.loads((stored.metadata() or {})[_HEADER])
            version, kind, config = int(header["version"]), header["family"], dict(header["config"])
            names = stored.keys()
            state = {name: _as_float(stored.get_tensor(name)) for name in names}
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as problem:
        raise CheckpointError(
            f"Weights {path} are damaged or not ours ({problem}): put back the file it came with."
        ) from problem
    if version > FORMAT_VERSION:
        raise CheckpointError(
            f"Weights {path} have format {version}, this program knows {FORMAT_VERSION}: update it."
        )
    if kind != family:
        raise CheckpointError(
            f"Weights {path} are of family '{kind}', wanted '{family}': choose another file."
        )
    return Checkpoint(family, config, state, file_sha256(path), path)


def load_into(network: nn.Module, checkpoint: Checkpoint) -> None:
    """Fill a network built from the checkpoint's config.

    Raises:
        CheckpointError: When names or shapes differ.
    """
    try:
        network.load_state_dict(checkpoint.state, strict=True)
    except RuntimeError as problem:
        raise CheckpointError(
            f"Weights {checkpoint.path} do not fit their own config: {problem}"
        ) from problem


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _stored(value: Tensor, dtype: torch.dtype) -> Tensor:
    kept = value.detach().cpu()
    return (kept.to(dtype) if kept.is_floating_point() else kept).contiguous()


def _as_float(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value
