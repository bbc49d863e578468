from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.errors import InputError
from trainer.preference.artist import SyntheticArtist

TRIALS = 2000
LOW, HIGH = torch.zeros(1, 1), torch.ones(1, 1)


def higher(mel: Tensor, hits_s: Sequence[float]) -> float:
    return float(mel.sum())


def votes(artist: SyntheticArtist) -> list[str]:
    return [artist.vote(HIGH, LOW, [], number=number) for number in range(TRIALS)]


def test_artist_without_noise_is_always_right() -> None:
    artist = SyntheticArtist(higher, noise=0.0)
    assert set(votes(artist)) == {"first"}
    assert artist.vote(LOW, HIGH, [], number=3) == "second"


def test_one_vote_in_ten_is_wrong() -> None:
    wrong = votes(SyntheticArtist(higher)).count("second") / TRIALS
    assert wrong == pytest.approx(0.1, abs=0.02)  # three standard errors: 0.0067 each


def test_same_seed_gives_the_same_votes_in_any_order_and_another_seed_others() -> None:
    artist = SyntheticArtist(higher, seed=4)
    backwards = [artist.vote(HIGH, LOW, [], number=number) for number in reversed(range(TRIALS))]
    assert backwards[::-1] == votes(artist)
    assert votes(replace(artist, seed=5)) != votes(artist)


def test_sounds_liked_alike_are_a_tie() -> None:
    assert SyntheticArtist(higher).vote(LOW, LOW, [], number=0) == "both good"


def test_sides_change_by_chance() -> None:
    artist = SyntheticArtist(higher)
    swapped = sum(artist.sides(number) == (1, 0) for number in range(TRIALS)) / TRIALS
    assert swapped == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("noise", [-0.1, 1.5])
def test_share_that_is_none_is_refused(noise: float) -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        SyntheticArtist(higher, noise=noise)
