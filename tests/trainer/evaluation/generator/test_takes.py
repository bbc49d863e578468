from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.checkpoint import save_checkpoint
from engine.errors import CheckpointError
from tests.engine.small_networks import small_codec, small_generator, write_small_model
from tests.trainer.evaluation.generator.small_study import trial_of
from trainer.evaluation.generator.takes import (
    SoundMaker,
    TakeSettings,
    bundled_maker,
    maker_of_weights,
    through_codec,
)

SETTINGS = TakeSettings(steps=2)


def maker() -> SoundMaker:
    return SoundMaker(small_generator(), small_codec())


def test_takes_are_as_long_as_the_wish_and_the_same_again() -> None:
    wish = trial_of({4: 1.0, 40: 0.5}, tokens=40).wish
    one, again = (maker().mels(wish, SETTINGS, [1, 2]) for _ in range(2))
    assert one.shape == (2, 160, 128)
    assert torch.equal(one, again)
    assert not torch.allclose(one[0], one[1], atol=1e-2)


def test_a_foreign_picture_does_not_guide() -> None:
    wish = replace(trial_of({4: 1.0}, tokens=8).wish, own_picture=False)
    other = replace(wish, grid=torch.ones_like(wish.grid))
    assert torch.equal(maker().waves(wish, SETTINGS, [1]), maker().waves(other, SETTINGS, [1]))
    seen = [replace(w, own_picture=True) for w in (wish, other)]
    assert not torch.equal(*(maker().waves(w, SETTINGS, [1]) for w in seen))


def test_hits_guide_unless_they_are_left_out() -> None:
    wishes = [trial_of({frame: 1.0}, tokens=8).wish for frame in (4, 20)]
    led = [maker().waves(wish, SETTINGS, [1]) for wish in wishes]
    free = [maker().waves(wish, TakeSettings(steps=2, use_hits=False), [1]) for wish in wishes]
    assert not torch.equal(*led)
    assert torch.equal(*free)


def test_a_true_sound_through_codec_and_waveform_stays_near() -> None:
    codec = small_codec()
    level = 0.2 * torch.randn(40, 1, generator=torch.Generator().manual_seed(3)).cumsum(0) - 4.0
    mel = level.expand(-1, 128).contiguous()
    again = through_codec(codec, mel, seed=1)
    assert again.shape == mel.shape
    assert float((again[4:-4] - mel[4:-4]).abs().mean()) < 0.5


def test_makers_come_from_a_model_or_from_weights(tmp_path: Path) -> None:
    wish = trial_of({4: 1.0}, tokens=8, name="IMPT_metal").wish
    made = maker()
    save_checkpoint(
        tmp_path / "generator.safetensors",
        made.generator,
        family="starter_flow",
        config=made.generator.config.to_json(),
    )
    with pytest.raises(CheckpointError):
        maker_of_weights(tmp_path)
    save_checkpoint(
        tmp_path / "codec.safetensors", made.codec, family="codec", config=made.codec.config.to_json()
    )
    wanted = made.waves(wish, SETTINGS, [1])
    assert torch.allclose(maker_of_weights(tmp_path).waves(wish, SETTINGS, [1]), wanted, atol=1e-5)
    bundled = bundled_maker(write_small_model(tmp_path))
    assert torch.allclose(bundled.waves(wish, SETTINGS, [1]), wanted, atol=1e-5)
