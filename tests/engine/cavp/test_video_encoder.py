import torch

from engine.cavp.video_encoder import VideoEncoder
from engine.features.motion_grid import GRID_CHANNELS, STATISTIC_CHANNELS


def test_streams_run_at_both_rates() -> None:
    encoder = VideoEncoder(channels=10, fast_width=8, slow_width=12)
    streams = encoder(torch.zeros(2, 24, 10, 8, 8))
    assert streams.fast.shape == (2, 24, 8)
    assert streams.slow.shape == (2, 6, 12)
    assert streams.where is not None
    assert streams.where.shape == (2, 24, 4, 4)
    assert streams.plain.shape == (2, 24, 1)


def test_small_picture_reaches_the_slow_stream_alone() -> None:
    torch.manual_seed(0)
    encoder = VideoEncoder(channels=GRID_CHANNELS, fast_width=8, slow_width=12).eval()
    grid = torch.zeros(1, 16, GRID_CHANNELS, 8, 8)
    red = grid.clone()
    red[:, :, STATISTIC_CHANNELS:] = 0.4
    one, other = encoder(grid), encoder(red)
    assert torch.equal(one.fast, other.fast)
    assert torch.equal(one.plain, other.plain)
    assert not torch.allclose(one.slow, other.slow)


def test_slow_stream_hears_of_the_fast_one_through_the_lateral_link() -> None:
    """A change that the slow stream's own mean over four frames cannot see."""
    torch.manual_seed(0)
    encoder = VideoEncoder(channels=10, fast_width=8, slow_width=8).eval()
    grid = torch.zeros(1, 16, 10, 8, 8)
    beaten = grid.clone()
    beaten[0, 4], beaten[0, 5] = 1.0, -1.0
    with torch.no_grad():
        assert not torch.allclose(encoder(grid).slow, encoder(beaten).slow)
        encoder.lateral.conv.weight.zero_()
        torch.testing.assert_close(encoder(grid).slow, encoder(beaten).slow)
