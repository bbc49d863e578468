"""The reward of candidates is the one of the engine, asked for the stem's own stretch."""

import pytest
import torch

from engine.errors import InputError
from engine.records import HitPoint
from engine.scoring import score_sound
from engine.sound_side import MelSound
from engine.timing import TimeRange
from tests.engine.small_networks import small_cavp, small_codec
from tests.trainer.preference.small_round import HITS, SmallRound
from trainer.evaluation.embedding import embed_pictures
from trainer.preference.reward import RewardConfig, StemReward, level_db, mels_of, own_stretch
from trainer.preference.stems import Stem, StemPlace, read_stem


@pytest.fixture
def stem(prepared: SmallRound) -> Stem:
    return read_stem(prepared.pool, StemPlace("train-00000", 2))


def test_stretch_of_contacts_has_lead_and_ring(stem: Stem) -> None:
    # Hits at 0.405 s and 1.305 s: 0.1 s before the first, 0.8 s after the last.
    assert own_stretch(stem) == TimeRange(round(0.305 * 48_000), round(2.105 * 48_000))


def test_stretch_of_a_run_is_where_it_is_active(prepared: SmallRound) -> None:
    stem = read_stem(prepared.pool, StemPlace("train-00000", 1))
    assert own_stretch(stem) == TimeRange(10 * 1920, 50 * 1920)


def test_reward_of_an_event_is_that_of_the_engine(stem: Stem) -> None:
    network = small_cavp()
    hits = tuple(HitPoint(round((frame + 0.5) * 480), 1.0) for frame in HITS)
    wanted = score_sound(
        network,
        embed_pictures(network, stem.grid[None]),
        MelSound(stem.mel),
        own_stretch(stem),
        hits=hits,
        class_name="IMPT_metal",
    )
    assert StemReward(network, stem, RewardConfig()).of(stem.mel[None]) == [wanted.score.reward]


def test_reward_of_a_clip_knows_neither_hits_nor_class(stem: Stem) -> None:
    reward = StemReward(small_cavp(), stem, RewardConfig(scope="clip"))
    assert reward.where == TimeRange(0, 64 * 1920)
    assert reward.hits == ()
    assert reward.class_name == ""


def test_each_take_has_its_own_reward(stem: Stem) -> None:
    quiet = torch.full_like(stem.mel, -9.2)
    reward = StemReward(small_cavp(), stem, RewardConfig())
    both = reward.of(torch.stack([stem.mel, quiet]))
    assert both == [*reward.of(stem.mel[None]), *reward.of(quiet[None])]
    assert both[0] != both[1]


def test_level_is_mean_power() -> None:
    assert level_db(torch.zeros(8, 4)) == pytest.approx(0.0)
    half = torch.cat([torch.zeros(4, 4), torch.full((4, 4), -30.0)])
    assert level_db(half) == pytest.approx(-3.0103, abs=1e-3)


def test_mels_are_those_of_the_codec() -> None:
    codec = small_codec()
    latents = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(1))
    assert torch.equal(mels_of(codec, latents), codec.decode(latents))


def test_unknown_scope_is_refused() -> None:
    with pytest.raises(InputError, match="scope = 'film'"):
        RewardConfig(scope="film")
