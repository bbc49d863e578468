import pytest
import torch

from engine.cavp.audio_encoder import MEL_CENTRE
from engine.cavp.slow_fast_audio import SlowFastAudio
from engine.cavp.slow_fast_trunk import TrunkSize
from tests.engine.cavp.test_slow_fast_video import awake

SMALL = TrunkSize(8, (1, 1, 1, 1))


def test_a_mel_of_100_hz_becomes_25_hz_and_6_25_hz() -> None:
    streams = SlowFastAudio(size=SMALL, fast_width=6, slow_width=10)(torch.zeros(2, 64, 128))
    assert streams.fast.shape == (2, 16, 6)
    assert streams.slow.shape == (2, 4, 10)
    assert streams.where is None


def test_full_size_keeps_four_bands() -> None:
    with torch.device("meta"):
        encoder = SlowFastAudio(size=TrunkSize(), fast_width=512, slow_width=512)
        mel = torch.empty(1, 1, 512, 128)
        slow, fast = encoder.trunk(mel[:, :, ::4], mel)
    assert (slow.shape, fast.shape) == ((1, 2048, 32, 4), (1, 256, 128, 4))


@torch.no_grad()
def test_a_click_is_felt_around_itself_only() -> None:
    torch.manual_seed(1)
    encoder = awake(SlowFastAudio(size=TrunkSize(16), fast_width=4, slow_width=4))
    quiet = MEL_CENTRE + torch.randn(1, 640, 128, generator=torch.Generator().manual_seed(2))
    click = quiet.clone()
    click[0, 320:324] += 5.0  # step 80
    one, other = encoder(quiet), encoder(click)
    fast = torch.nonzero((one.fast - other.fast).abs().amax((0, 2)) > 0)[:, 0].tolist()
    # The stem reaches 4 mel frames, one step; each of the 16 blocks one more.
    assert (fast[0], fast[-1]) == (80 - 17, 80 + 17)
    slow = torch.nonzero((one.slow - other.slow).abs().amax((0, 2)) > 0)[:, 0].tolist()
    assert slow
    assert 80 - 64 <= 4 * slow[0] <= 80 <= 4 * slow[-1] + 3 <= 80 + 64


def test_gradient_flows_to_every_parameter() -> None:
    torch.manual_seed(3)
    encoder = awake(SlowFastAudio(size=SMALL, fast_width=4, slow_width=4)).train()
    streams = encoder(torch.randn(2, 64, 128) - 6)
    chance = torch.Generator().manual_seed(4)
    sums = [(x * torch.randn(x.shape, generator=chance)).sum() for x in (streams.fast, streams.slow)]
    torch.stack(sums).sum().backward()
    still = [
        name
        for name, value in encoder.named_parameters()
        if value.grad is None or not value.grad.abs().amax() > 0
    ]
    assert still == []


def test_a_mel_of_another_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"log-mel \(B, F, M\), got \(64, 128\)"):
        SlowFastAudio(size=SMALL, fast_width=4, slow_width=4)(torch.zeros(64, 128))
