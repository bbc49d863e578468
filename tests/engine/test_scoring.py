from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import scoring
from engine.cavp.model import Embedded
from engine.scoring import StepRange, cut_embedded, embed_clip, score_sound, steps_of
from engine.timing import TimeRange
from tests.engine.small_networks import small_cavp, small_clip


def steps(start: int, end: int, clip_steps: int) -> tuple[int, int]:
    found = steps_of(TimeRange(start * 1920, end * 1920), clip_steps=clip_steps)
    return found.start, found.end


@pytest.mark.parametrize(
    ("asked", "clip_steps", "wanted"),
    [
        ((0, 25), 200, (0, 64)),  # widened to 64 steps, only to the right of the clip's start
        ((50, 75), 200, (28, 96)),  # 39 lack: 20 before, 19 after is 30 to 94; then whole slow steps
        ((190, 200), 200, (136, 200)),  # only to the left of the clip's end
        ((0, 40), 40, (0, 40)),  # a short clip has no more
        ((101, 200), 400, (100, 200)),  # long enough: only rounded to slow steps
        ((101, 201), 400, (100, 204)),
        ((390, 400), 200, (136, 200)),  # beyond the clip: its end
    ],
)
def test_steps_are_widened_and_whole_slow_steps(
    asked: tuple[int, int], clip_steps: int, wanted: tuple[int, int]
) -> None:
    assert steps(*asked, clip_steps) == wanted


def test_steps_always_cover_the_range_and_are_multiples_of_four() -> None:
    for start in range(0, 196, 3):
        for end in range(start + 1, 201, 7):
            low, high = steps(start, end, 200)
            assert low <= start
            assert end <= high <= 200
            assert low % 4 == high % 4 == 0
            assert high - low >= 64


def test_part_of_a_step_counts_whole() -> None:
    found = steps_of(TimeRange(100 * 1920 + 1, 180 * 1920 + 1), clip_steps=400)
    assert (found.start, found.end) == (100, 184)
    assert (found.start_samples, found.end_samples) == (192_000, 184 * 1920)


def test_windows_with_margins_give_the_embedding_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    network, clip = small_cavp(), small_clip(400)
    whole = embed_clip(network, clip)
    monkeypatch.setattr(scoring, "_CHUNK_STEPS", 128)
    parts = embed_clip(network, clip)
    for name in ("fast", "slow", "pooled", "onset_logits", "active_logits", "frame_class_logits", "where"):
        torch.testing.assert_close(getattr(parts, name), getattr(whole, name), rtol=1e-4, atol=1e-5)


def test_cut_takes_steps_of_every_field_and_the_mean_of_its_slow_steps() -> None:
    whole = embed_clip(small_cavp(), small_clip(64))
    cut = cut_embedded(whole, StepRange(8, 24))
    assert torch.equal(cut.fast, whole.fast[:, 8:24])
    assert torch.equal(cut.slow, whole.slow[:, 2:6])
    assert cut.where is not None
    assert cut.where.shape[1] == cut.onset_logits.shape[1] == cut.frame_class_logits.shape[1] == 16
    mean = whole.slow[0, 2:6].mean(0)
    torch.testing.assert_close(cut.pooled[0], mean / mean.norm())


class Listener:
    """A network whose ear hears the picture's own embedding, ``late`` steps later."""

    confidence_weights = torch.tensor([-2.0, 1.0, 0.0])

    def __init__(self, picture: Embedded, late: int, where: StepRange) -> None:
        self.picture, self.late, self.where = picture, late, where

    def embed_audio(self, mel: torch.Tensor) -> Embedded:
        assert mel.shape[1] == 4 * (self.where.end - self.where.start)
        heard = replace(self.picture, fast=self.picture.fast.roll(self.late, dims=1))
        return cut_embedded(heard, self.where)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.1, (1, round(seconds * 48_000))).astype(np.float32)


@pytest.fixture(scope="module")
def picture() -> Embedded:
    chance = torch.Generator().manual_seed(3)
    return replace(embed_clip(small_cavp(), small_clip(200)), fast=torch.randn(1, 200, 6, generator=chance))


@pytest.mark.parametrize("late", [-6, 0, 5])
def test_late_sound_gets_a_positive_offset_in_milliseconds(picture: Embedded, late: int) -> None:
    where = StepRange(40, 140)
    ear = Listener(picture, late, where)
    found = score_sound(ear, picture, noise(8.0), TimeRange(40 * 1920, 140 * 1920))
    assert found.score.offset_ms == pytest.approx(40.0 * late, abs=8.0)
    assert found.score.measurable
    assert found.fast.shape == (100, 100)
    assert found.slow.shape == (25, 25)
    # Sound row t + late is picture column t.
    assert int(found.fast[50 + late].argmax()) == 50
    assert (found.start_s, found.fast_step_s, found.slow_step_s) == (1.6, 0.04, 0.16)
    assert found.lag_ms[0] == -1280.0
    assert found.lag_score.shape == found.lag_ms.shape == (65,)


def test_reward_is_fast_agreement_plus_half_the_slow_one(picture: Embedded) -> None:
    score = score_sound(
        Listener(picture, 0, StepRange(40, 140)), picture, noise(8.0), TimeRange(76_800, 268_800)
    ).score
    assert score.fast == pytest.approx(1.0, abs=1e-4)
    assert score.slow == pytest.approx(1.0, abs=1e-4)
    assert score.reward == pytest.approx(1.5, abs=1e-4)


@pytest.mark.parametrize("samples", [0, 100, 384_000])
def test_silence_and_missing_sound_are_not_measurable(picture: Embedded, samples: int) -> None:
    """Even where the network itself is sure."""
    ear = Listener(picture, 3, StepRange(40, 140))
    silence = np.zeros((2, samples), dtype=np.float32)
    score = score_sound(ear, picture, silence, TimeRange(76_800, 268_800)).score
    assert not score.measurable
    assert score.confidence == 0.0
    assert score.offset_in_words() == "offset not measurable here"


def test_unsure_network_is_not_measurable(picture: Embedded) -> None:
    ear = Listener(picture, 3, StepRange(40, 140))
    ear.confidence_weights = torch.tensor([-1.0, 0.0, 0.0])
    score = score_sound(ear, picture, noise(8.0), TimeRange(76_800, 268_800)).score
    assert not score.measurable
    assert score.confidence == pytest.approx(0.2689, abs=1e-3)


def test_real_network_scores_a_clip_shorter_than_the_least_stretch() -> None:
    network, clip = small_cavp(), small_clip(16)
    found = score_sound(network, embed_clip(network, clip), noise(0.64), TimeRange(0, 30_720))
    assert found.fast.shape == (16, 16)
    assert found.lag_score.shape == (31,)
    assert -1.5 <= found.score.reward <= 1.5
