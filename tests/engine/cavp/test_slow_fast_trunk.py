import pytest
import torch

from engine.cavp.residual_blocks import PICTURE_AXES, SOUND_AXES
from engine.cavp.slow_fast_trunk import SlowFastTrunk, StreamProjection, TrunkSize

SMALL = TrunkSize(8, (1, 1, 1, 1))


def picture_trunk() -> SlowFastTrunk:
    torch.manual_seed(0)
    return SlowFastTrunk(PICTURE_AXES, inputs=3, stem_time_stride=1, size=SMALL).eval()


def some_frames() -> torch.Tensor:
    return torch.randn(1, 3, 8, 32, 32, generator=torch.Generator().manual_seed(1))


def test_fast_pathway_has_an_eighth_of_the_channels_at_every_stage() -> None:
    with torch.device("meta"):
        trunk = SlowFastTrunk(PICTURE_AXES, inputs=3, stem_time_stride=1, size=TrunkSize())
    for place, width in {"res2": 256, "res3": 512, "res4": 1024, "res5": 2048}.items():
        assert trunk.slow[place][-1].widen.conv.out_channels == width
        assert trunk.fast[place][-1].widen.conv.out_channels == width // 8
    assert (trunk.slow["stem"].conv.conv.out_channels, trunk.fast["stem"].conv.conv.out_channels) == (64, 8)


def test_kernels_over_time_and_strides_over_space_are_those_of_the_table() -> None:
    with torch.device("meta"):
        trunk = SlowFastTrunk(SOUND_AXES, inputs=1, stem_time_stride=2, size=TrunkSize())
    kernels = {
        path: [stages[stage][0].over_time.conv.kernel_size[0] for stage in ("res2", "res3", "res4", "res5")]
        for path, stages in (("slow", trunk.slow), ("fast", trunk.fast))
    }
    assert kernels == {"slow": [1, 1, 3, 3], "fast": [3, 3, 3, 3]}
    assert trunk.slow["stem"].conv.conv.kernel_size == (1, 7)
    assert trunk.fast["stem"].conv.conv.kernel_size == (5, 7)
    assert [len(trunk.slow[stage]) for stage in ("res2", "res3", "res4", "res5")] == [3, 4, 6, 3]
    assert [trunk.slow[s][0].over_space.conv.stride for s in ("res2", "res3")] == [(1, 1), (1, 2)]


def test_links_double_the_channels_at_the_slow_rate() -> None:
    with torch.device("meta"):
        trunk = SlowFastTrunk(PICTURE_AXES, inputs=3, stem_time_stride=1, size=TrunkSize())
    links = {place: link.conv.conv for place, link in trunk.links.items()}
    assert {place: (c.in_channels, c.out_channels) for place, c in links.items()} == {
        "stem": (8, 16),
        "res2": (32, 64),
        "res3": (64, 128),
        "res4": (128, 256),
    }
    assert {c.kernel_size for c in links.values()} == {(7, 1, 1)}
    assert {c.stride for c in links.values()} == {(4, 1, 1)}


@torch.no_grad()
def test_slow_pathway_hears_of_the_fast_one_by_the_links_only() -> None:
    trunk, frames = picture_trunk(), some_frames()
    told, _ = trunk(frames[:, :, ::4], frames)
    untold, _ = trunk(frames[:, :, ::4], torch.zeros_like(frames))
    assert not torch.allclose(told, untold)
    for link in trunk.links.values():
        torch.nn.init.zeros_(link.conv.conv.weight)
    told, _ = trunk(frames[:, :, ::4], frames)
    untold, _ = trunk(frames[:, :, ::4], torch.zeros_like(frames))
    torch.testing.assert_close(told, untold)


@torch.no_grad()
@pytest.mark.parametrize("place", ["stem", "res2", "res3", "res4"])
def test_each_link_alone_reaches_the_slow_pathway(place: str) -> None:
    trunk, frames = picture_trunk(), some_frames()
    for name, link in trunk.links.items():
        if name != place:
            torch.nn.init.zeros_(link.conv.conv.weight)
    told, _ = trunk(frames[:, :, ::4], frames)
    untold, _ = trunk(frames[:, :, ::4], torch.zeros_like(frames))
    assert not torch.allclose(told, untold)


@torch.no_grad()
def test_nothing_flows_from_slow_to_fast() -> None:
    trunk, frames = picture_trunk(), some_frames()
    _, one = trunk(frames[:, :, ::4], frames)
    _, other = trunk(torch.zeros_like(frames[:, :, ::4]), frames)
    assert torch.equal(one, other)


def test_projection_takes_away_what_all_clips_share() -> None:
    chance = torch.Generator().manual_seed(2)
    alike = 5.0 + 0.1 * torch.rand(8, 4, 16, generator=chance)
    torch.manual_seed(2)
    given = StreamProjection(16, 12)(alike).mean(1)
    near = torch.nn.functional.cosine_similarity(given[:, None], given[None], dim=-1)
    assert near.fill_diagonal_(0.0).amax() < 0.9


@pytest.mark.parametrize("width", [0, 4, 12])
def test_width_must_have_an_eighth(width: int) -> None:
    with pytest.raises(ValueError, match=f"trunk width {width}: give a multiple of 8"):
        TrunkSize(width)


@pytest.mark.parametrize("blocks", [(3, 4, 6), (1, 1, 0, 1)])
def test_there_are_four_stages_of_blocks(blocks: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="give 4 counts"):
        TrunkSize(8, blocks)
