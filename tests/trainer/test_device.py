import pytest
import torch

from engine.errors import DeviceError, InputError
from trainer.device import chosen_device


def with_gpus(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


def test_without_a_gpu_auto_is_the_cpu_and_cuda_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpus(monkeypatch, 0)
    assert chosen_device("cpu") == chosen_device("auto") == torch.device("cpu")
    with pytest.raises(DeviceError, match="no CUDA GPU is usable here: use 'cpu' or 'auto'"):
        chosen_device("cuda")


def test_each_process_of_a_machine_takes_its_own_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpus(monkeypatch, 2)
    assert chosen_device("auto") == torch.device("cuda", 0)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert chosen_device("cuda") == torch.device("cuda", 1)
    assert chosen_device("cpu") == torch.device("cpu")
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(
        DeviceError, match=r"Process 3 of this machine finds 2 CUDA GPU\(s\): start at most 2"
    ):
        chosen_device("cuda")


def test_unknown_device_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="Device 'gpu': choose"):
        chosen_device("gpu")
