import pytest
import torch
from torch import nn

from engine.cavp.slow_fast_trunk import TrunkSize
from engine.cavp.slow_fast_video import SlowFastVideo

SMALL = TrunkSize(8, (1, 1, 1, 1))


def awake(encoder: nn.Module) -> nn.Module:
    """Blocks that do more than pass on their shortcut, in evaluation mode."""
    for name, value in encoder.named_parameters():
        if name.endswith("widen.norm.weight"):
            nn.init.ones_(value)
    return encoder.eval()


def some_frames(steps: int, side: int) -> torch.Tensor:
    return torch.rand(1, steps, 3, side, side, generator=torch.Generator().manual_seed(2))


def test_streams_run_at_both_rates_with_a_map_of_a_thirty_second() -> None:
    streams = SlowFastVideo(size=SMALL, fast_width=6, slow_width=10)(torch.rand(2, 8, 3, 64, 96))
    assert streams.fast.shape == (2, 8, 6)
    assert streams.slow.shape == (2, 2, 10)
    assert streams.where is not None
    assert streams.where.shape == (2, 8, 2, 3)
    torch.testing.assert_close(streams.where.sum((2, 3)), torch.ones(2, 8))


def test_full_size_looks_at_seven_by_seven_cells() -> None:
    with torch.device("meta"):
        encoder = SlowFastVideo(size=TrunkSize(), fast_width=512, slow_width=512)
        streams = encoder(torch.empty(1, 100, 3, 224, 224))
    assert streams.where is not None
    assert (streams.fast.shape, streams.slow.shape, streams.where.shape) == (
        (1, 100, 512),
        (1, 25, 512),
        (1, 100, 7, 7),
    )


@torch.no_grad()
def test_bytes_and_shares_of_one_are_the_same_picture() -> None:
    torch.manual_seed(3)
    encoder = awake(SlowFastVideo(size=SMALL, fast_width=4, slow_width=4))
    frames = torch.randint(256, (1, 4, 3, 32, 32), dtype=torch.uint8)
    torch.testing.assert_close(encoder(frames).slow, encoder(frames.float() / 255).slow)


@torch.no_grad()
def test_a_changed_frame_is_felt_around_itself_only() -> None:
    """Windows of a long film overlap by 64 steps; at full depth nothing may reach further."""
    torch.manual_seed(4)
    encoder = awake(SlowFastVideo(size=TrunkSize(16), fast_width=4, slow_width=4))
    frames = some_frames(160, 32)
    changed = frames.clone()
    changed[0, 80] = 1.0 - changed[0, 80]
    one, other = encoder(frames), encoder(changed)
    fast = torch.nonzero((one.fast - other.fast).abs().amax((0, 2)) > 0)[:, 0].tolist()
    # The stem reaches 2 steps, each of the 16 blocks one more.
    assert (fast[0], fast[-1]) == (80 - 18, 80 + 18)
    slow = torch.nonzero((one.slow - other.slow).abs().amax((0, 2)) > 0)[:, 0].tolist()
    assert slow
    assert 80 - 64 <= 4 * slow[0] <= 80 <= 4 * slow[-1] + 3 <= 80 + 64


def test_gradient_flows_to_every_parameter() -> None:
    torch.manual_seed(5)
    encoder = awake(SlowFastVideo(size=SMALL, fast_width=4, slow_width=4)).train()
    streams = encoder(torch.rand(2, 8, 3, 64, 64))
    chance = torch.Generator().manual_seed(6)
    sums = [(x * torch.randn(x.shape, generator=chance)).sum() for x in (streams.fast, streams.slow)]
    torch.stack(sums).sum().backward()
    still = [
        name
        for name, value in encoder.named_parameters()
        if value.grad is None or not value.grad.abs().amax() > 0
        # A softmax over cells does not feel a constant.
        if not name.endswith("pool.where.bias")
    ]
    assert still == []


def test_frames_of_another_shape_are_named() -> None:
    encoder = SlowFastVideo(size=SMALL, fast_width=4, slow_width=4)
    with pytest.raises(ValueError, match=r"frames \(B, T, 3, H, W\), got \(1, 4, 10, 8, 8\)"):
        encoder(torch.zeros(1, 4, 10, 8, 8))
