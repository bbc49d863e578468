import math

import pytest
import torch

from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.features.mel import MEL_BANDS, MEL_FLOOR


def mels_of_rank(rank: int, *, batch: int = 4, tokens: int = 30) -> torch.Tensor:
    """Log-mels whose patches lie in a span of ``rank`` directions."""
    chance = torch.Generator().manual_seed(1)
    directions = torch.randn(rank, 4 * MEL_BANDS, generator=chance) * 0.2
    weights = torch.randn(batch, tokens, rank, generator=chance) * torch.arange(rank, 0, -1)
    return (weights @ directions - 3.0).reshape(batch, -1, MEL_BANDS)


def test_codec_is_exact_on_data_in_its_span() -> None:
    mels = mels_of_rank(3)
    codec = MelCodec(CodecConfig(latent_channels=3))
    assert codec.fit(mels) == pytest.approx(1.0, abs=1e-6)
    torch.testing.assert_close(codec.decode(codec.encode(mels)), mels, rtol=0, atol=1e-4)


def test_one_component_less_loses_what_that_component_held() -> None:
    mels = mels_of_rank(3)
    codec = MelCodec(CodecConfig(latent_channels=2))
    kept = codec.fit(mels)
    lost = (codec.decode(codec.encode(mels)) - mels).square().mean()
    patches = mels.reshape(-1, 512)
    total = (patches - patches.mean(0)).square().mean()
    assert 0.5 < kept < 1.0
    assert float(lost / total) == pytest.approx(1 - kept, rel=1e-3)


def test_latents_have_zero_mean_unit_power_and_strong_channels_first() -> None:
    mels = mels_of_rank(5)
    codec = MelCodec(CodecConfig(latent_channels=5))
    codec.fit(mels)
    latents = codec.encode(mels).reshape(-1, 5)
    power = latents.square().mean(0)
    torch.testing.assert_close(latents.mean(0), torch.zeros(5), rtol=0, atol=1e-4)
    assert float(power.mean()) == pytest.approx(1.0, rel=1e-3)
    assert power.tolist() == sorted(power.tolist(), reverse=True)


def test_patch_of_a_token_holds_its_own_four_frames() -> None:
    mels = mels_of_rank(3)
    codec = MelCodec(CodecConfig(latent_channels=3))
    codec.fit(mels)
    changed = mels.clone()
    changed[:, 8:12] += 1.0
    moved = (codec.encode(changed) - codec.encode(mels)).abs().amax((0, 2))
    assert torch.nonzero(moved > 1e-4)[:, 0].tolist() == [2]


def test_decoded_mel_never_falls_below_the_floor() -> None:
    codec = MelCodec(CodecConfig(latent_channels=2))
    codec.fit(mels_of_rank(2))
    assert float(codec.decode(torch.full((1, 3, 2), -50.0)).min()) == pytest.approx(math.log(MEL_FLOOR))


@pytest.mark.parametrize("shape", [(1, 6, 128), (1, 8, 64), (8, 128)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="encode takes"):
        MelCodec(CodecConfig()).encode(torch.zeros(shape))
