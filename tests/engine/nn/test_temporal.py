import torch

from engine.nn.temporal import Lateral, TemporalBlock, TemporalStack


def touched_steps(network: torch.nn.Module, steps: int, at: int) -> list[int]:
    torch.manual_seed(0)
    quiet = torch.randn(1, steps, 4)
    changed = quiet.clone()
    changed[0, at, 0] += 1.0
    with torch.no_grad():
        moved = (network(quiet) - network(changed)).abs().amax((0, 2))
    return torch.nonzero(moved > 1e-7)[:, 0].tolist()


def test_block_reaches_two_dilations_to_both_sides() -> None:
    assert touched_steps(TemporalBlock(4, dilation=3), 40, 20) == [14, 17, 20, 23, 26]


def test_stack_adds_the_reaches_of_its_blocks() -> None:
    touched = touched_steps(TemporalStack(4, (1, 2)), 40, 20)
    assert (touched[0], touched[-1]) == (14, 26)


def test_block_without_its_last_layer_passes_its_input_on() -> None:
    block = TemporalBlock(4, dilation=1)
    with torch.no_grad():
        block.shrink.weight.zero_()
        block.shrink.bias.zero_()
    x = torch.randn(1, 9, 4, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(block(x), x)


def test_lateral_link_centres_slow_step_u_on_fast_step_4u() -> None:
    link = Lateral(1, 1, 4)
    with torch.no_grad():
        link.conv.weight.zero_()
        link.conv.weight[0, 0, 4] = 1.0
        link.conv.bias.zero_()
    fast = torch.arange(16.0)[None, :, None]
    torch.testing.assert_close(link(fast, 4)[0, :, 0], torch.tensor([0.0, 4.0, 8.0, 12.0]))
