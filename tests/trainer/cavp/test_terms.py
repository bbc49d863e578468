import torch

from engine.cavp.model import SFCAVP, CavpConfig
from tests.trainer.small_pool import CLASSES, pool_of
from trainer.cavp.batches import CavpBatch
from trainer.cavp.scene_source import CropConfig, SceneSource
from trainer.cavp.terms import TermWeights, _aligned, batch_losses


def small_batch() -> CavpBatch:
    stems = [(scene, scene % 3, True) for scene in range(4)]
    hits = {row: {80: 1.0, 240: 0.5} for row in range(4)}
    pool, chance = pool_of(stems, scenes=4, steps=136, hits=hits), torch.Generator().manual_seed(2)
    pool.mix_mel, pool.stem_mel = (torch.randn(4, 544, 128, generator=chance) - 6 for _ in range(2))
    return SceneSource(pool, CropConfig(128, 0.3)).draw(3, chance)


def small_network() -> SFCAVP:
    torch.manual_seed(1)
    return SFCAVP(CavpConfig(CLASSES, fast_width=16, slow_width=16, fast_size=6, slow_size=6))


def test_terms_are_weighted_and_all_have_a_gradient() -> None:
    network, batch = small_network(), small_batch()
    terms = batch_losses(network, batch, TermWeights())
    doubled = batch_losses(network, batch, TermWeights(lag=2.0))
    assert set(terms) == {"lag", "frame", "slow", "classes", "onsets", "active", "frame_classes"}
    torch.testing.assert_close(doubled["lag"], 2 * terms["lag"])
    torch.stack(list(terms.values())).sum().backward()
    assert [name for name, value in network.named_parameters() if value.grad is None] == []


def test_term_of_weight_zero_is_left_out_and_blocks_come_with_theirs() -> None:
    terms = batch_losses(small_network(), small_batch(), TermWeights(frame=0.0, blocks=1.0))
    assert "frame" not in terms
    assert "blocks" in terms


def test_real_video_has_the_contrast_terms_alone() -> None:
    batch = small_batch()
    film = CavpBatch(batch.picture, batch.mel, batch.lags, batch.films, None)
    assert set(batch_losses(small_network(), film, TermWeights())) == {"lag", "frame", "slow"}


def test_aligned_steps_are_those_of_the_same_moment() -> None:
    video = torch.arange(128.0)[None, :, None].expand(3, -1, -1)
    lags = torch.tensor([-32, 0, 5])
    audio = video - lags[:, None, None]  # sound step s holds the moment s - lag
    seen, heard = _aligned(video, audio, lags)
    assert seen.shape == heard.shape == (3, 64, 1)
    assert torch.equal(seen, heard)
