"""Real sound as a better side: through the codec, at the level of the takes."""

import math

import pytest
import torch

from engine.features.mel import MEL_FLOOR
from tests.engine.small_networks import small_codec
from tests.trainer.preference.small_round import HITS, SmallRound
from trainer.preference.real_sound import (
    LARGEST_GAIN_DB,
    equally_loud_latents,
    louder,
    matching_gain_db,
    real_mel,
)
from trainer.preference.reward import level_db
from trainer.preference.stems import Stem, StemPlace, read_stem


@pytest.fixture
def stem(prepared: SmallRound) -> Stem:
    return read_stem(prepared.pool, StemPlace("train-00000", 0))


def shifted(mel: torch.Tensor, db: float) -> torch.Tensor:
    return mel + db * math.log(10) / 20


def test_gain_is_what_lacks_to_the_mean_level_of_the_takes(stem: Stem) -> None:
    takes = torch.stack([shifted(stem.mel, 2.0), shifted(stem.mel, 6.0)])
    assert matching_gain_db(stem.mel, takes) == pytest.approx(4.0, abs=1e-3)


def test_gain_is_bounded(stem: Stem) -> None:
    assert matching_gain_db(stem.mel, shifted(stem.mel, 40.0)[None]) == LARGEST_GAIN_DB
    assert matching_gain_db(stem.mel, shifted(stem.mel, -40.0)[None]) == -LARGEST_GAIN_DB


def test_takes_and_real_sound_are_brought_to_one_level(stem: Stem) -> None:
    codec = small_codec()
    takes = torch.stack([shifted(real_mel(stem), 1.0), shifted(real_mel(stem), 5.0)])
    found = equally_loud_latents(codec, stem, takes)
    assert tuple(found.shape) == (3, 64, 4)
    sounds = [*takes, real_mel(stem)]
    evened = [louder(mel, matching_gain_db(mel, takes)) for mel in sounds]
    torch.testing.assert_close(found, codec.encode(torch.stack(evened)))
    wanted = (level_db(takes[0]) + level_db(takes[1])) / 2
    assert [level_db(mel) for mel in evened] == pytest.approx([wanted] * 3, abs=0.3)


def test_what_sounds_gets_louder_and_silence_stays() -> None:
    mel = torch.tensor([[math.log(MEL_FLOOR), -1.0]])
    found = louder(mel, 20.0)  # ten times the amplitude
    wanted = MEL_FLOOR + 10 * (math.exp(-1.0) - MEL_FLOOR)
    torch.testing.assert_close(found, torch.tensor([[math.log(MEL_FLOOR), math.log(wanted)]]))
    softer = louder(mel, -20.0)
    assert float(softer[0, 0]) == pytest.approx(math.log(MEL_FLOOR))
    assert float(softer[0, 1]) == pytest.approx(-1.0 - math.log(10), abs=1e-2)


def test_full_hits_keep_their_timbre_and_soft_ones_are_duller(stem: Stem) -> None:
    assert torch.equal(real_mel(stem), stem.mel)
    stem.control[HITS[1] // 4, HITS[1] % 4] = 0.5
    softened = real_mel(stem)
    assert torch.equal(softened[: HITS[1]], stem.mel[: HITS[1]])
    assert float(softened[HITS[1], 0]) == float(stem.mel[HITS[1], 0])
    assert float(softened[HITS[1], -1]) == pytest.approx(float(stem.mel[HITS[1], -1]) - 0.8, abs=1e-5)
    assert level_db(softened) < level_db(stem.mel)
