"""SF-CAVP's recipe on film, with a tiny network; on scenes it is run in test_recipes."""

import json
from pathlib import Path

import pytest
import torch

from engine.cavp.model import CavpConfig
from engine.checkpoint import load_checkpoint
from engine.progress import silent
from engine.ucs import load_classes
from tests.trainer.data.small_films import config_of, film, manifest_of
from trainer.cavp.pretrain import PretrainConfig, pretrain
from trainer.data.video_source import BAD_FILMS
from trainer.loop import LoopConfig
from trainer.optimization import OptimizerConfig


def test_film_trains_without_labels_and_without_calibration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_size(size: str, classes: tuple[str, ...]) -> CavpConfig:
        return CavpConfig(classes, fast_width=16, slow_width=16, fast_size=6, slow_size=6)

    monkeypatch.setattr(CavpConfig, "of_size", of_size)
    names = [film(tmp_path / f"{seed}.mp4", 3.2, seed=seed).name for seed in (1, 2)]
    crops = {"steps_per_crop": 68, "crops_per_film": 1, "lag_reach_steps": 32, "augment": True}
    config = PretrainConfig(
        run=str(tmp_path / "run"),
        source="video",
        batch=2,
        norm_batches=2,
        video=config_of(manifest_of(tmp_path / "films.csv", names), tmp_path / "cache", **crops),
        optimizer=OptimizerConfig(steps=2, warmup_steps=1),
        loop=LoopConfig(log_every=1, save_every=2, evaluate_every=2, tensorboard=False),
    )
    checkpoint = load_checkpoint(pretrain(config, listener=silent), family="sf_cavp")
    assert checkpoint.config["classes"] == [known.name for known in load_classes()]
    assert torch.equal(checkpoint.state["confidence_weights"], torch.tensor([0.0, 1.0, 0.0]))
    assert all(bool(value.isfinite().all()) for value in checkpoint.state.values())
    assert (tmp_path / "run" / BAD_FILMS).read_text(encoding="utf-8") == "place,film,reason\n"
    text = (tmp_path / "run" / "progress.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0].keys() >= {"lag", "frame", "slow"}
    assert not {name for line in lines for name in line} & {"classes", "onsets", "active", "frame_classes"}
    assert not [name for line in lines for name in line if name.startswith("held_out")]
