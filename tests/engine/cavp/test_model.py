import pytest
import torch

from engine.cavp.model import CavpConfig, pooled_slow
from tests.engine.small_networks import CLASSES, small_cavp, small_grid


def some_mel(frames: int) -> torch.Tensor:
    return torch.randn(1, frames, 128, generator=torch.Generator().manual_seed(6)) - 6


def test_both_sides_have_the_same_steps_and_sizes() -> None:
    network = small_cavp()
    seen, heard = network.embed_video(small_grid(32)[None]), network.embed_audio(some_mel(128))
    for side in (seen, heard):
        assert side.fast.shape == (1, 32, 7)  # six learned channels and the plain voice
        assert side.slow.shape == (1, 8, 6)
        assert side.pooled.shape == (1, 6)
        assert side.class_logits.shape == (1, 3)
        assert side.onset_logits.shape == side.active_logits.shape == (1, 32)
        assert side.frame_class_logits.shape == (1, 32, 3)
    assert heard.where is None


def test_pooled_embedding_has_unit_length_and_weighs_its_parts_by_their_length() -> None:
    seen = small_cavp().embed_video(small_grid(16)[None])
    torch.testing.assert_close(seen.pooled.norm(dim=-1), torch.ones(1))
    torch.testing.assert_close(seen.pooled, pooled_slow(seen.slow))
    one, other = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0])
    torch.testing.assert_close(pooled_slow(torch.stack([one, other])[None])[0], torch.tensor([0.6, 0.8]))


def test_both_sides_share_the_directions_of_the_classes() -> None:
    network = small_cavp()
    for side in (network.embed_video(small_grid(16)[None]), network.embed_audio(some_mel(64))):
        torch.testing.assert_close(side.class_logits, side.pooled @ network.class_directions)


def test_attention_over_the_picture_sums_to_one_in_every_frame() -> None:
    seen = small_cavp().embed_video(small_grid(8)[None])
    assert seen.where is not None
    assert seen.where.shape == (1, 8, 4, 4)
    torch.testing.assert_close(seen.where.sum((2, 3)), torch.ones(1, 8))


def test_fast_stream_sees_28_steps_and_the_heads_not_more_than_64() -> None:
    """Windows of a long clip overlap by 64 steps; more than that must never be needed."""
    network, grid = small_cavp(), small_grid(200)
    changed = grid.clone()
    changed[100] += 1.0
    one, other = network.embed_video(grid[None]), network.embed_video(changed[None])
    learned, plain = (one.fast - other.fast).abs()[0].split([6, 1], dim=-1)
    touched = torch.nonzero(learned.amax(1) > 0)[:, 0]
    assert 72 <= int(touched.min()) <= 73  # as far as the first step is felt at all
    assert int(touched.max()) == 128
    touched = torch.nonzero(plain.amax(1) > 0)[:, 0]
    assert (int(touched.min()), int(touched.max())) == (100 - 64, 100 + 64)
    touched = torch.nonzero((one.onset_logits - other.onset_logits)[0].abs() > 0)[:, 0]
    assert int(touched.min()) >= 100 - 64
    assert int(touched.max()) <= 100 + 64


@pytest.mark.parametrize("steps", [0, 30])
def test_steps_must_be_whole_slow_steps(steps: int) -> None:
    with pytest.raises(ValueError, match=f"motion grid of shape .*{steps}.*multiple of 4"):
        small_cavp().embed_video(small_grid(steps)[None])


def test_mel_frames_must_be_a_multiple_of_sixteen() -> None:
    with pytest.raises(ValueError, match="log-mel of shape .* multiple of 16"):
        small_cavp().embed_audio(some_mel(120))


def test_config_survives_json() -> None:
    config = CavpConfig(classes=CLASSES, fast_width=12)
    assert CavpConfig.from_json({**config.to_json(), "classes": list(CLASSES)}) == config
