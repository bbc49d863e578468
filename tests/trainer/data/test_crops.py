import pytest
import torch

from trainer.data.crops import (
    CropRules,
    are_audible,
    are_different,
    drawn_lags,
    find_crops,
    spaced_starts,
    sure_crops,
)

RULES = CropRules(24, 3, 12, 8, 0.01, 0.99)


def chance(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_starts_keep_their_distance_and_reach_every_place() -> None:
    drawn = torch.stack([spaced_starts(20, count=3, distance=7, chance=chance(seed)) for seed in range(600)])
    ordered = drawn.sort(1).values
    assert int(ordered.diff(dim=1).min()) == 7
    assert (int(drawn.min()), int(drawn.max())) == (0, 20)
    assert set(drawn[:, 0].tolist()) == set(range(21))  # any crop may be the first
    # 6 steps are free: 9 choose 3 = 84 ordered sets, all of them drawn
    assert len({tuple(row) for row in ordered.tolist()}) == 84


def test_starts_without_freedom_are_the_only_ones_and_less_room_is_refused() -> None:
    assert sorted(spaced_starts(14, count=3, distance=7, chance=chance(1)).tolist()) == [0, 7, 14]
    assert spaced_starts(0, count=1, distance=7, chance=chance(1)).tolist() == [0]
    with pytest.raises(ValueError, match="3 starts 7 apart do not fit within 0 to 13"):
        spaced_starts(13, count=3, distance=7, chance=chance(1))


def test_lags_stay_in_reach_and_the_sound_in_the_film() -> None:
    starts = torch.tensor([0, 3, 10, 20]).repeat(500)
    lags = drawn_lags(starts, 20, reach=8, chance=chance(1))
    by_start = {start: set(lags[starts == start].tolist()) for start in (0, 3, 10, 20)}
    # sound begins at start - lag, within 0 to 20
    assert by_start[0] == set(range(-8, 1))
    assert by_start[3] == set(range(-8, 4))
    assert by_start[10] == set(range(-8, 9))
    assert by_start[20] == set(range(9))


def test_sound_that_hardly_varies_is_not_audible() -> None:
    mels = torch.randn(2, 8, 4)
    assert are_audible(mels, 0.01)
    mels[1] = -9.2 + 0.05 * mels[1]
    assert not are_audible(mels, 0.01)


def test_sounds_that_differ_in_level_alone_are_near_duplicates() -> None:
    mels = torch.randn(3, 8, 4, generator=chance(1)) - 9.0
    assert are_different(mels, 0.99)
    mels[2] = 0.5 * mels[0] + 2.0
    assert not are_different(mels, 0.99)
    assert are_different(mels[:1], 0.99)


def test_found_crops_are_audible_and_cut_where_they_say() -> None:
    heard = torch.randn(400, 128, generator=chance(1))
    heard[300:] = -9.2
    heard[:, 0] = torch.arange(400) / 400
    for seed in range(20):
        crops = find_crops(heard, RULES, chance(seed), tries=64)
        assert crops is not None
        assert torch.equal((crops.mel[:, 0, 0] * 100).round().long(), crops.starts - crops.lags)
        assert int((crops.starts - crops.lags).max()) < 75  # not all of the sound lies in the silence


def test_sound_that_is_silent_or_steady_gives_no_crops() -> None:
    assert sure_crops(torch.full((400, 128), -9.2), RULES) is None
    assert sure_crops(torch.linspace(-9, 0, 128).expand(400, 128), RULES) is None


def test_sure_crops_are_always_the_same() -> None:
    heard = torch.randn(400, 128, generator=chance(1))
    one, other = sure_crops(heard, RULES), sure_crops(heard, RULES)
    assert one is not None
    assert other is not None
    assert torch.equal(one.starts, other.starts)
    assert torch.equal(one.lags, other.lags)
