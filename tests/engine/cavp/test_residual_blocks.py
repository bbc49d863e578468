import pytest
import torch

from engine.cavp.residual_blocks import PICTURE_AXES, SOUND_AXES, Bottleneck, ConvNorm, residual_stage


@pytest.mark.parametrize("axes", [SOUND_AXES, PICTURE_AXES])
def test_time_keeps_its_rate_and_every_axis_of_space_is_halved(axes: int) -> None:
    stage = residual_stage(axes, 6, 4, blocks=2, time=3, space_stride=2)
    assert stage(torch.zeros(2, 6, 5, *[8] * axes)).shape == (2, 16, 5, *[4] * axes)


def test_a_new_block_is_its_shortcut() -> None:
    torch.manual_seed(0)
    block = Bottleneck(PICTURE_AXES, 8, 2, time=3, space_stride=1)
    x = torch.rand(2, 8, 4, 3, 3)
    torch.testing.assert_close(block(x), x)


def test_a_block_leaves_its_input_as_it_was() -> None:
    block = Bottleneck(SOUND_AXES, 8, 2, time=1, space_stride=1)
    torch.nn.init.ones_(block.widen.norm.weight)
    x = torch.randn(2, 8, 4, 3, generator=torch.Generator().manual_seed(1))
    before = x.clone()
    block(x)
    assert torch.equal(x, before)


@pytest.mark.parametrize("axes", [SOUND_AXES, PICTURE_AXES])
def test_kernel_and_stride_of_time_are_apart_from_those_of_space(axes: int) -> None:
    layer = ConvNorm(axes, 2, 4, time=7, space=1, time_stride=4)
    assert layer.conv.weight.shape == (4, 2, 7, *[1] * axes)
    assert layer(torch.zeros(2, 2, 16, *[3] * axes)).shape == (2, 4, 4, *[3] * axes)
