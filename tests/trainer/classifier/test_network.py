from pathlib import Path

import pytest
import torch

from engine.checkpoint import save_checkpoint
from engine.errors import CheckpointError, InputError
from tests.trainer.classifier.small_classifier import small_classifier
from trainer.classifier.network import (
    CLASSIFIER_FAMILY,
    FEATURES,
    SEGMENT_FRAMES,
    SoundClassifierConfig,
    hear,
    levelled,
    load_classifier,
)


def segments(count: int) -> torch.Tensor:
    return torch.randn(count, SEGMENT_FRAMES, 128, generator=torch.Generator().manual_seed(1)) - 4.0


def test_segments_become_features_and_logits() -> None:
    heard = hear(small_classifier(), segments(70))  # more than are heard at once
    assert heard.features.shape == (70, FEATURES)
    assert heard.logits.shape == (70, 3)
    alone = hear(small_classifier(), segments(70)[69:])
    assert torch.allclose(heard.logits[69:], alone.logits, atol=1e-5)


def test_gain_is_not_heard() -> None:
    loud, soft = hear(small_classifier(), segments(2)), hear(small_classifier(), segments(2) - 1.5)
    assert torch.allclose(loud.logits, soft.logits, atol=1e-4)


def test_levels_are_against_the_loudest_frame_and_cut_off_below() -> None:
    mel = torch.full((1, 3, 4), -20.0)
    mel[0, 1] = -1.0
    mel[0, 2] = -5.0
    # 0, 4 and more than 8 nepers under the loudest frame.
    assert levelled(mel)[0, :, 0].tolist() == pytest.approx([-1.0, 1.0, 0.0], abs=1e-5)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(InputError, match=r"\(2, 100, 128\)"):
        small_classifier()(torch.zeros(2, 100, 128))


def test_checkpoint_round_trip_and_absence(tmp_path: Path) -> None:
    network = small_classifier()
    path = tmp_path / "classifier.safetensors"
    save_checkpoint(path, network, family=CLASSIFIER_FAMILY, config=network.config.to_json())
    loaded = load_classifier(path)
    assert loaded.config == network.config
    assert torch.equal(hear(loaded, segments(1)).logits, hear(network, segments(1)).logits)
    assert SoundClassifierConfig.from_json(network.config.to_json()) == network.config
    with pytest.raises(CheckpointError, match="train-classifier"):
        load_classifier(tmp_path / "gone.safetensors")
