from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from engine.features.mel import MEL_BANDS
from tests.engine.small_networks import CLASSES, small_codec
from tests.trainer.preference.small_round import SmallRound
from trainer.evaluation.taste.events import taste_events
from trainer.evaluation.taste.offering import at_mean_level, most_different, vote_on
from trainer.preference.artist import SyntheticArtist
from trainer.preference.reward import level_db

FRAMES = 128


def tone(band: int, *, level: float = 0.0) -> Tensor:
    mel = torch.full((FRAMES, MEL_BANDS), -8.0)
    mel[40:60, band : band + 8] = level
    return mel


def lower(mel: Tensor, hits_s: Sequence[float]) -> float:
    """Likes low bands: energy of the lower half over that of the upper one."""
    power = mel.exp().square()
    return float(power[:, : MEL_BANDS // 2].sum() / power[:, MEL_BANDS // 2 :].sum())


def test_the_two_that_differ_most_are_offered_whatever_their_level() -> None:
    # The third is the first one, softer: at equal loudness the distance between them is none.
    takes = torch.stack([tone(0), tone(4), tone(0) - 2.0, tone(64)])
    assert 3 in most_different(takes)
    assert most_different(takes[:3]) in {(0, 1), (1, 2)}


def test_another_course_in_time_counts_more_than_another_colour() -> None:
    later = torch.full((FRAMES, MEL_BANDS), -8.0)
    later[80:90, :8] = 0.0
    darker_all_along = tone(0) - torch.linspace(0.0, 3.0, MEL_BANDS)
    assert 2 in most_different(torch.stack([tone(0), darker_all_along, later]))


def test_one_take_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="got 1"):
        most_different(tone(0)[None])


def test_sides_are_made_equally_loud_and_keep_their_mean_level() -> None:
    loud, soft = tone(0), tone(0, level=-2.0)
    evened = at_mean_level(torch.stack([loud, soft]))
    levels = [level_db(mel) for mel in evened]
    assert levels[0] == pytest.approx(levels[1], abs=0.1)
    assert levels[0] == pytest.approx((level_db(loud) + level_db(soft)) / 2, abs=0.1)


def test_pair_of_a_vote_has_the_liked_sound_as_its_better_side(prepared: SmallRound) -> None:
    events = taste_events(prepared.pool, "train", 3, tokens=32, classes=CLASSES, seed=1)
    codec = small_codec()
    mels = torch.stack([tone(0), tone(96)]).expand(3, 2, -1, -1)
    found = vote_on(SyntheticArtist(lower, noise=0.0), events, mels, codec)
    assert (len(found.pairs), found.ties, found.right) == (3, 0, 1.0)
    wanted = codec.encode(at_mean_level(mels[0]))
    for pair, event in zip(found.pairs, events, strict=True):
        assert torch.allclose(pair.chosen, wanted[0], atol=1e-4)
        assert torch.allclose(pair.rejected, wanted[1], atol=1e-4)
        assert torch.equal(pair.given.control, event.given.control)
    always_wrong = vote_on(SyntheticArtist(lower, noise=1.0), events, mels, codec)
    assert torch.allclose(always_wrong.pairs[0].chosen, wanted[1], atol=1e-4)
    assert always_wrong.right == 0.0


def test_takes_liked_alike_give_no_pair(prepared: SmallRound) -> None:
    events = taste_events(prepared.pool, "train", 2, tokens=32, classes=CLASSES, seed=1)
    mels = torch.stack([tone(0), tone(0)]).expand(2, 2, -1, -1)
    found = vote_on(SyntheticArtist(lower), events, mels, small_codec())
    assert (found.pairs, found.ties) == ([], 2)
