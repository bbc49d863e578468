from pathlib import Path

import pytest
import torch

from engine.checkpoint import save_checkpoint
from engine.errors import CheckpointError
from tests.engine.small_networks import small_cavp, small_grid, write_small_model
from trainer.evaluation.judged_model import load_cavp


def test_checkpoint_is_judged_in_place_of_the_model(tmp_path: Path) -> None:
    model = write_small_model(tmp_path)
    network = small_cavp()
    with torch.no_grad():
        network.video_heads.fast.bias.add_(1.0)
    path = tmp_path / "other.safetensors"
    save_checkpoint(path, network, family="sf_cavp", config=network.config.to_json())
    grid = small_grid(16)[None]
    own, other = (load_cavp(*which).embed_video(grid).fast[..., :-1] for which in ((model,), (model, path)))
    torch.testing.assert_close(other, own + 1.0, atol=1e-4, rtol=0)


def test_absent_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"gone\.safetensors"):
        load_cavp(tmp_path, tmp_path / "gone.safetensors")
