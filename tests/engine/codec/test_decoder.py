import math

import pytest
import torch

from engine.codec.decoder import DecoderConfig, NoiseBranchDecoder
from engine.features.mel import N_BINS, log_mel
from engine.timing import MEL_HOP

SILENT_TONE = -60.0


def noise(*, batch: int = 1, seed: int = 1) -> torch.Tensor:
    return 0.1 * torch.randn(batch, 20 * MEL_HOP, generator=torch.Generator().manual_seed(seed))


def plain_decoder(*, gain: float = 0.0, tone: float = SILENT_TONE) -> NoiseBranchDecoder:
    """A decoder that says the same of every bin of every frame."""
    torch.manual_seed(1)
    decoder = NoiseBranchDecoder(DecoderConfig(width=4, depth=1, rounds=1))
    with torch.no_grad():
        decoder.head.weight.zero_()
        decoder.head.bias.copy_(torch.tensor([gain, tone, 1.0, 0.0]).repeat_interleave(N_BINS))
    return decoder.eval().requires_grad_(False)


def test_without_gain_and_tone_the_shaped_noise_passes_as_it_is() -> None:
    shaped = noise(batch=2)
    made = plain_decoder()(log_mel(shaped), shaped)
    torch.testing.assert_close(made, shaped, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("said", "gain"), [(math.log(2), 2.0), (-1.0, math.exp(-1)), (9.0, math.exp(4))])
def test_noise_grows_by_what_the_network_says_within_bounds(said: float, gain: float) -> None:
    shaped = noise()
    made = plain_decoder(gain=said)(log_mel(shaped), shaped)
    torch.testing.assert_close(made, gain * shaped, rtol=1e-4, atol=1e-4)


def test_a_tone_of_phase_zero_in_every_bin_is_a_click_at_the_begin_of_each_window() -> None:
    """A flat spectrum of one phase is an impulse; under Hann's window, which begins at 0, it is nothing."""
    silent = torch.zeros(1, 20 * MEL_HOP)
    made = plain_decoder(tone=0.0)(log_mel(silent), silent)
    assert float(made.abs().max()) < 1e-4


def test_an_untrained_decoder_begins_near_the_noise() -> None:
    torch.manual_seed(1)
    decoder = NoiseBranchDecoder(DecoderConfig(width=8, depth=1)).eval()
    shaped = noise()
    with torch.no_grad():
        made = decoder(log_mel(shaped), shaped)
    assert float((made - shaped).square().mean() / shaped.square().mean()) < 0.05


def test_a_take_of_a_batch_is_the_take_made_alone_and_another_seed_is_another_sound() -> None:
    torch.manual_seed(1)
    decoder = NoiseBranchDecoder(DecoderConfig(width=8, depth=1, rounds=1)).eval()
    mels = log_mel(noise(batch=2))
    both = decoder.vocode(mels, [5, 6])
    assert both.shape == (2, 20 * MEL_HOP)
    assert torch.equal(both[1:], decoder.vocode(mels[1:], [6]))
    assert not torch.allclose(both[1:], decoder.vocode(mels[1:], [7]), atol=1e-3)
    assert not both.requires_grad


def test_every_part_of_the_network_learns() -> None:
    torch.manual_seed(1)
    decoder = NoiseBranchDecoder(DecoderConfig(width=8, depth=2))
    with torch.no_grad():
        decoder.head.weight.normal_(std=0.05)
    shaped = noise()
    decoder(log_mel(0.5 * shaped), shaped).square().mean().backward()
    for name, value in decoder.named_parameters():
        assert value.grad is not None, name
        assert bool(value.grad.any()), name


def test_sizes_travel_in_the_header() -> None:
    config = DecoderConfig(width=8, depth=1, expansion=2, rounds=1)
    assert DecoderConfig(**config.to_json()) == config
