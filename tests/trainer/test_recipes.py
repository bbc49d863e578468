"""The three recipes in a row, on a rendered pool of a few scenes, with tiny networks."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.cavp.model import CavpConfig
from engine.checkpoint import load_checkpoint
from engine.errors import CheckpointError, InputError
from engine.generator.starter import StarterConfig, StarterGenerator
from engine.progress import Progress, silent
from tests.trainer.scenes.small_bank import usual_recordings, write_bank
from trainer.cavp.pretrain import PretrainConfig, pretrain
from trainer.codec.train_codec import CodecConfig, CodecRunConfig, sounding_patches, train_codec
from trainer.flow.train import FlowRunConfig, FlowTerms, load_codec, train_flow
from trainer.loop import LoopConfig
from trainer.optimization import OptimizerConfig
from trainer.scenes.pool import PoolConfig, render_pool

LOOP = LoopConfig(log_every=1, save_every=2)
OPTIMIZER = OptimizerConfig(steps=2, warmup_steps=1)
SIZES = {
    "hidden": 16,
    "heads": 2,
    "depth": 2,
    "fused_depth": 1,
    "video_width": 8,
    "control_width": 8,
    "text_dim": 8,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool of 6.4 s scenes, and room for the runs."""
    place = tmp_path_factory.mktemp("recipes")
    bank = write_bank(place / "bank", usual_recordings())
    config = PoolConfig(str(place / "pool"), scenes=4, held_out_scenes=2, shard_scenes=2, seed=21)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MSG_SOUND_BANK", str(bank))
        render_pool(config)
    return place


@pytest.fixture(scope="module")
def codec_file(folder: Path) -> Path:
    config = CodecRunConfig(
        str(folder / "pool"), str(folder / "codec"), quiet_share=0.5, codec=CodecConfig(latent_channels=6)
    )
    return train_codec(config, listener=silent)


def test_codec_keeps_most_of_the_variance_and_says_how_well_it_does(folder: Path, codec_file: Path) -> None:
    (line,) = (folder / "codec" / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    figures = json.loads(line)
    assert 0.5 < figures["variance_kept"] <= 1.0
    assert 0.0 < figures["griffin_lim_l1"] < figures["codec_l1"]
    assert figures["latent_l1"] < 1.5
    codec = load_codec(codec_file)
    assert codec.config.latent_channels == 6
    assert bool(codec.components.any())


def test_patches_that_rise_above_the_floor_sound() -> None:
    mels = torch.full((2, 8, 128), -9.21)
    mels[0, 5, 3] = -7.4
    mels[1, 0, 0] = -7.6  # 1.6 over the floor is not enough
    assert sounding_patches(mels).tolist() == [False, True, False, False]


def test_flow_run_trains_the_generator_of_the_pools_classes(folder: Path, codec_file: Path) -> None:
    config = FlowRunConfig(
        run=str(folder / "flow"),
        codec=str(codec_file),
        pool=str(folder / "pool"),
        batch=2,
        crop_tokens=(16, 24),
        sizes=SIZES,
        optimizer=OPTIMIZER,
        loop=LOOP,
    )
    heard: list[Progress] = []
    path = train_flow(config, listener=heard.append)
    checkpoint = load_checkpoint(path, family="starter_flow")
    assert checkpoint.config["classes"] == ["AERO_jet", "FEET_gravel", "IMPT_metal"]
    assert (checkpoint.config["hidden"], checkpoint.config["latent_channels"]) == (16, 6)
    assert [progress.done for progress in heard] == [1, 2]
    assert all(bool(value.isfinite().all()) for value in checkpoint.state.values())


def contacts_config(folder: Path, codec_file: Path, **changes: Any) -> FlowRunConfig:
    given: dict[str, Any] = {
        "run": str(folder / "contacts"),
        "codec": str(codec_file),
        "pool": str(folder / "pool"),
        "batch": 2,
        "crop_tokens": (16,),
        "sizes": {**SIZES, "eyes_width": 8, "eyes_cell_width": 6},
        "terms": FlowTerms(flow=0.0, contacts=1.0),
        "optimizer": OPTIMIZER,
        "loop": LOOP,
    }
    return FlowRunConfig(**{**given, **changes})


def test_contacts_alone_train_the_eyes_and_leave_the_rest_as_it_was(
    folder: Path, codec_file: Path, tmp_path: Path
) -> None:
    """The run begins at a generator without eyes; then flow matching goes on from both."""
    blind = contacts_config(folder, codec_file, run=str(tmp_path / "blind"), sizes=SIZES, terms=FlowTerms())
    start = train_flow(blind, listener=silent)
    config = contacts_config(folder, codec_file, run=str(tmp_path / "eyes"), start=str(start))
    before = load_checkpoint(start, family="starter_flow").state
    fresh = StarterGenerator(StarterConfig.from_json(_config_with_eyes(start)))
    path = train_flow(config, listener=silent)
    after = load_checkpoint(path, family="starter_flow")
    assert all(torch.equal(after.state[name], value) for name, value in before.items())
    assert {name for name in after.state if name not in before} == {
        name for name in fresh.state_dict() if name.startswith("eyes.")
    }
    both = replace(config, run=str(tmp_path / "both"), start=str(path), terms=FlowTerms(1.0, 0.5))
    moved = load_checkpoint(train_flow(both, listener=silent), family="starter_flow").state
    for name in ("eyes.out.weight", "control_in.weight"):
        assert not torch.equal(moved[name], after.state[name])


def _config_with_eyes(start: Path) -> dict[str, Any]:
    return {
        **load_checkpoint(start, family="starter_flow").config,
        "eyes_width": 8,
        "eyes_cell_width": 6,
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sizes": SIZES}, "contacts = 1.0: contacts are known of scenes alone, and learned by eyes"),
        ({"source": "video"}, "contacts are known of scenes alone"),
    ],
)
def test_contacts_without_scenes_or_eyes_are_refused(
    folder: Path, codec_file: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        contacts_config(folder, codec_file, **changes)


@pytest.mark.parametrize("weights", [(0.0, 0.0), (-1.0, 1.0), (1.0, -0.1)])
def test_terms_that_make_no_loss_are_refused(weights: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="give 0 or more, not both 0"):
        FlowTerms(*weights)


def test_flow_run_refuses_a_codec_that_is_none(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "codec.safetensors").write_bytes(b"no weights")
    config = FlowRunConfig(
        run=str(tmp_path), codec=str(tmp_path / "codec.safetensors"), pool=str(folder / "pool")
    )
    with pytest.raises(CheckpointError, match="damaged"):
        train_flow(config, listener=silent)


def test_flow_run_measures_itself_on_held_out_scenes(folder: Path, codec_file: Path) -> None:
    config = FlowRunConfig(
        run=str(folder / "measured"),
        codec=str(codec_file),
        pool=str(folder / "pool"),
        batch=2,
        crop_tokens=(16,),
        sizes=SIZES,
        optimizer=OPTIMIZER,
        loop=LoopConfig(log_every=1, save_every=2, evaluate_every=2),
    )
    train_flow(config, listener=silent)
    text = (folder / "measured" / "progress.jsonl").read_text(encoding="utf-8")
    (figures,) = [found for found in map(json.loads, text.splitlines()) if "held_out_onset_f1" in found]
    assert figures["step"] == 2
    assert 0 <= figures["held_out_onset_f1"] <= 1
    assert figures["held_out_mel_mean_off"] >= 0
    assert figures["held_out_mel_std_off"] >= 0


def test_crops_longer_than_the_scenes_are_refused(folder: Path, codec_file: Path, tmp_path: Path) -> None:
    config = FlowRunConfig(
        run=str(tmp_path), codec=str(codec_file), pool=str(folder / "pool"), crop_tokens=(64, 161)
    )
    with pytest.raises(InputError, match="crop_tokens goes up to 161, the scenes in .* have 160 tokens"):
        train_flow(config, listener=silent)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """SF-CAVP at a size that trains in a moment."""

    def config(size: str, classes: tuple[str, ...]) -> CavpConfig:
        assert size == "starter"
        return CavpConfig(classes, fast_width=16, slow_width=16, fast_size=6, slow_size=6)

    monkeypatch.setattr(CavpConfig, "of_size", config)


@pytest.mark.usefixtures("tiny")
def test_pretraining_ends_with_calibrated_averaged_weights(folder: Path) -> None:
    loop = LoopConfig(log_every=1, save_every=2, evaluate_every=2)
    fast = OptimizerConfig(learning_rate=0.05, steps=2, warmup_steps=1)  # raw and average part
    places = {"run": str(folder / "cavp"), "pool": str(folder / "pool")}
    config = PretrainConfig(**places, batch=2, norm_batches=3, optimizer=fast, loop=loop)
    checkpoint = load_checkpoint(pretrain(config, listener=silent), family="sf_cavp")
    assert checkpoint.config["classes"] == ["AERO_jet", "FEET_gravel", "IMPT_metal"]
    assert not torch.equal(checkpoint.state["confidence_weights"], torch.tensor([0.0, 1.0, 0.0]))
    state = torch.load(folder / "cavp" / "state.pt", weights_only=True)
    stored = checkpoint.state["video_heads.fast.weight"]
    average = state["average"]["video_heads.fast.weight"]
    raw = state["network"]["video_heads.fast.weight"]
    torch.testing.assert_close(stored, average, rtol=1e-3, atol=1e-4)
    assert float((raw - average).abs().max()) > 1e-3
    counted = {value.item() for name, value in checkpoint.state.items() if name.endswith("batches_tracked")}
    assert counted == {3}  # the batch norms of the average were counted anew
    assert "held_out_within_100_ms" in (folder / "cavp" / "progress.jsonl").read_text(encoding="utf-8")


def test_unknown_source_and_video_without_films_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="source = 'radio': give 'scenes' or 'video'"):
        pretrain(PretrainConfig(run=str(tmp_path), source="radio"), listener=silent)
    with pytest.raises(InputError, match=r"needs a \[video\] table"):
        pretrain(PretrainConfig(run=str(tmp_path), source="video"), listener=silent)
