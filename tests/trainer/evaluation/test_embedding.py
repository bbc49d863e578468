import torch

from tests.engine.small_networks import small_cavp, small_grid
from trainer.evaluation.embedding import AT_ONCE, embed_pictures, embed_sounds, seen_channels


def test_parts_are_embedded_as_the_whole_would_be() -> None:
    network = small_cavp()
    grids = torch.stack([small_grid(16, seed) for seed in range(AT_ONCE + 3)])
    in_parts, whole = embed_pictures(network, grids.half()), network.embed_video(grids.half().float())
    assert torch.allclose(in_parts.fast, whole.fast, atol=1e-5)
    assert torch.allclose(in_parts.pooled, whole.pooled, atol=1e-5)
    assert in_parts.where is not None
    assert in_parts.where.shape[0] == AT_ONCE + 3


def test_sound_has_no_place_in_the_picture() -> None:
    heard = embed_sounds(small_cavp(), torch.zeros(AT_ONCE + 1, 64, 128, dtype=torch.float16) - 5)
    assert heard.where is None
    assert heard.fast.shape[:2] == (AT_ONCE + 1, 16)


def test_network_is_shown_the_channels_it_knows() -> None:
    network = small_cavp()
    known = network.config.grid_channels
    grid = torch.rand(1, 8, known + 5, 8, 8)
    assert torch.equal(seen_channels(network, grid), grid[:, :, :known])
