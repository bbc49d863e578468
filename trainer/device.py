"""Where a run computes."""

import os

import torch

from engine.errors import DeviceError, InputError


def chosen_device(name: str) -> torch.device:
    """The device of a setting; under torchrun each process of a machine takes a GPU of its own.

    Args:
        name: "cpu", "cuda", or "auto" for CUDA where there is one.

    Raises:
        InputError: When the name is another.
        DeviceError: When CUDA is asked for and absent, or has fewer GPUs than processes.
    """
    if name not in ("cpu", "cuda", "auto"):
        raise InputError(f"Device '{name}': choose 'cpu', 'cuda' or 'auto'.")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise DeviceError("Device 'cuda' was asked for, but no CUDA GPU is usable here: use 'cpu' or 'auto'.")
    place, count = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if place >= count:
        raise DeviceError(
            f"Process {place + 1} of this machine finds {count} CUDA GPU(s): start at most {count} processes."
        )
    return torch.device("cuda", place)
