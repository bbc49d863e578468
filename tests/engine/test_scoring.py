from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.cavp.model import Embedded
from engine.embedding import SoundWindow, embed_clip
from engine.records import HitPoint
from engine.scoring import SHORT, SILENT, STILL, UNSURE, nearest_stretch, reward_of, score_sound
from engine.sound_side import PlacedSound, SoundSide
from engine.step_range import StepRange
from engine.timing import TimeRange
from tests.engine.small_networks import small_cavp, small_clip

STEPS = 200
WHERE = TimeRange(40 * 1920, 140 * 1920)


class Network:
    confidence_weights = torch.tensor([-2.0, 1.0, 0.0])
    config = small_cavp().config


class Ear:
    """Hears the picture's own embedding, ``late`` steps later."""

    def __init__(self, picture: Embedded, late: int = 0) -> None:
        self.heard = replace(picture, fast=picture.fast.roll(late, dims=1))

    def embed(self, sound: SoundSide, steps: StepRange, *, clip_steps: int) -> SoundWindow:
        assert clip_steps == self.heard.fast.shape[1]
        return SoundWindow.of_arrays(vars(self.heard)).cut(steps)

    def windows(
        self, sound: SoundSide, steps: StepRange, *, clip_steps: int
    ) -> Iterator[tuple[StepRange, SoundWindow]]:
        assert clip_steps == self.heard.fast.shape[1]
        whole = SoundWindow.of_arrays(vars(self.heard))
        for start in range(steps.start, steps.end, 40):
            part = StepRange(start, min(steps.end, start + 40))
            yield part, whole.cut(part)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.1, (1, round(seconds * 48_000))).astype(np.float32)


@pytest.fixture(scope="module")
def picture() -> Embedded:
    chance = torch.Generator().manual_seed(3)
    return replace(
        embed_clip(small_cavp(), small_clip(STEPS)), fast=torch.randn(1, STEPS, 6, generator=chance)
    )


@pytest.mark.parametrize("late", [-6, 0, 5])
def test_late_sound_gets_a_positive_offset_in_milliseconds(picture: Embedded, late: int) -> None:
    found = score_sound(Network(), picture, noise(8.0), WHERE, ear=Ear(picture, late))
    assert found.score.offset_ms == pytest.approx(40.0 * late, abs=8.0)
    assert found.score.measurable
    assert found.score.reason == ""
    assert found.fast.shape == (100, 100)
    assert found.slow.shape == (25, 25)
    # Sound row t + late is picture column t.
    assert int(found.fast[50 + late].argmax()) == 50
    assert (found.start_s, found.fast_step_s, found.slow_step_s) == (1.6, 0.04, 0.16)
    assert found.lag_ms[0] == -1280.0
    assert found.lag_score.shape == found.lag_ms.shape == (65,)


def test_reward_is_fast_agreement_plus_half_the_slow_one(picture: Embedded) -> None:
    score = score_sound(Network(), picture, noise(8.0), TimeRange(0, STEPS * 1920), ear=Ear(picture)).score
    assert score.fast == pytest.approx(1.0, abs=1e-4)
    assert score.slow == pytest.approx(1.0, abs=1e-4)
    assert score.reward == pytest.approx(1.5, abs=1e-4)
    assert reward_of(0.5, -0.5, 0.0) == 0.25


def test_sound_of_the_events_class_is_worth_more_and_silence_least(picture: Embedded) -> None:
    logits = torch.full_like(picture.frame_class_logits, -8.0)
    logits[..., 1] = 8.0
    ear = Ear(replace(picture, frame_class_logits=logits))

    def reward(class_name: str, sound: np.ndarray) -> float:
        return score_sound(Network(), picture, sound, WHERE, class_name=class_name, ear=ear).score.reward

    right, wrong, unknown = (reward(name, noise(8.0)) for name in ("IMPT_metal", "AERO_jet", "no such"))
    # Three classes, the second certain: three times likelier than chance, the others 16 nepers below it.
    assert right - unknown == pytest.approx(0.75 * np.tanh(np.log(3) / 4), abs=1e-4)
    assert unknown - wrong == pytest.approx(0.75 * np.tanh((16 - np.log(3)) / 4), abs=1e-4)
    assert reward("IMPT_metal", 0 * noise(8.0)) == pytest.approx(unknown - 0.75, abs=1e-4)


def test_sound_of_neighbours_does_not_change_the_score_of_a_short_event(picture: Embedded) -> None:
    """An event of 0.8 s: its map shows 2.56 s, its score is its own."""
    event = TimeRange(100 * 1920, 120 * 1920)
    right = score_sound(Network(), picture, noise(8.0), event, ear=Ear(picture))
    wrong_around = Ear(picture)
    scrambled = picture.fast[:, torch.randperm(STEPS, generator=torch.Generator().manual_seed(1))].clone()
    scrambled[:, 100:120] = picture.fast[:, 100:120]
    wrong_around.heard = replace(picture, fast=scrambled)
    beside = score_sound(Network(), picture, noise(8.0), event, ear=wrong_around)
    assert right.fast.shape == (68, 68)
    assert right.score.fast > 0.9
    assert beside.score.fast == pytest.approx(right.score.fast, abs=0.1)

    wrong_inside = Ear(picture)
    own = picture.fast.clone()
    own[:, 100:120] = scrambled[:, 0:20]
    wrong_inside.heard = replace(picture, fast=own)
    inside = score_sound(Network(), picture, noise(8.0), event, ear=wrong_inside)
    assert inside.score.fast < right.score.fast - 0.5


def test_hits_of_an_event_count_more_than_what_lies_between(picture: Embedded) -> None:
    event, hit = TimeRange(80 * 1920, 140 * 1920), HitPoint(100 * 1920)
    chance = torch.Generator().manual_seed(5)
    at_hit, between = picture.fast.clone(), picture.fast.clone()
    at_hit[:, 98:105] = torch.randn(1, 7, 6, generator=chance)
    between[:, 120:127] = torch.randn(1, 7, 6, generator=chance)

    def fast(heard: torch.Tensor, *hits: HitPoint) -> float:
        ear = Ear(replace(picture, fast=heard))
        return score_sound(Network(), picture, noise(8.0), event, hits=hits, ear=ear).score.fast

    assert fast(at_hit, hit) < fast(at_hit) - 0.1
    assert fast(between, hit) > fast(between)


@pytest.mark.parametrize("samples", [0, 100, 384_000])
def test_silence_and_missing_sound_are_not_measurable(picture: Embedded, samples: int) -> None:
    """Even where the network itself is sure."""
    silence = np.zeros((2, samples), dtype=np.float32)
    score = score_sound(Network(), picture, silence, WHERE, ear=Ear(picture, 3)).score
    assert not score.measurable
    assert (score.confidence, score.reason) == (0.0, SILENT)
    assert np.isfinite(score.reward)
    assert score.offset_in_words() == "offset not measurable here"


def test_sound_beside_a_silent_event_does_not_make_it_heard(picture: Embedded) -> None:
    late = PlacedSound(noise(1.0), 7 * 48_000)
    assert score_sound(Network(), picture, late, WHERE, ear=Ear(picture)).score.reason == SILENT


def test_still_picture_is_not_measurable(picture: Embedded) -> None:
    score = score_sound(Network(), picture, noise(8.0), WHERE, still=True, ear=Ear(picture)).score
    assert (score.measurable, score.confidence, score.reason) == (False, 0.0, STILL)
    assert np.isfinite(score.reward)


def test_unsure_network_is_not_measurable(picture: Embedded) -> None:
    network = Network()
    network.confidence_weights = torch.tensor([-1.0, 0.0, 0.0])
    score = score_sound(network, picture, noise(8.0), WHERE, ear=Ear(picture, 3)).score
    assert (score.measurable, score.reason) == (False, UNSURE)
    assert score.confidence == pytest.approx(0.2689, abs=1e-3)


def test_same_peak_is_less_sure_over_few_steps(picture: Embedded) -> None:
    network = Network()
    network.confidence_weights = torch.tensor([-4.0, 0.5, 0.0])

    def sure(end: int) -> float:
        where = TimeRange(60 * 1920, end * 1920)
        return score_sound(network, picture, noise(8.0), where, ear=Ear(picture)).score.confidence

    assert sure(64) < sure(76) < sure(130)


@pytest.mark.parametrize(("steps", "reason"), [(4, SHORT), (12, SHORT), (16, None)])
def test_real_network_scores_a_clip_shorter_than_the_least_stretch(steps: int, reason: str | None) -> None:
    network, clip = small_cavp(), small_clip(steps)
    found = score_sound(network, embed_clip(network, clip), noise(0.64), TimeRange(0, steps * 1920))
    assert found.fast.shape == (steps, steps)
    assert found.lag_score.shape == (2 * steps - 1,)
    assert -1.5 <= found.score.reward <= 1.5
    assert reason in (None, found.score.reason)


def test_long_stretch_has_a_map_in_larger_steps_and_its_offset() -> None:
    chance = torch.Generator().manual_seed(3)
    steps = 4400
    long = embed_clip(small_cavp(), small_clip(steps))
    long = replace(long, fast=torch.randn(1, steps, 6, generator=chance))
    found = score_sound(Network(), long, noise(176.0), TimeRange(0, steps * 1920), ear=Ear(long, 4))
    assert found.fast.shape == found.slow.shape == (1100, 1100)  # 4 fast steps or 1 slow step a cell
    assert (found.fast_step_s, found.slow_step_s) == (0.16, 0.16)
    assert found.score.offset_ms == pytest.approx(160.0, abs=8.0)
    assert int(found.fast[501].argmax()) == 500  # 4 steps late is one cell
    assert found.score.measurable


def test_take_is_nearest_to_the_stretch_it_sounds_like(picture: Embedded) -> None:
    slow = torch.nn.functional.one_hot(torch.arange(50) // 10, 6).float()[None]  # five scenes of 40 steps
    seen = replace(picture, slow=slow)
    scenes = [TimeRange(at * 1920, (at + 40) * 1920) for at in range(0, 200, 40)]
    heard = replace(picture, slow=slow.roll(20, dims=1))  # the sound of scene 3 is heard where scene 0 is
    ear = Ear(heard)
    assert nearest_stretch(Network(), seen, PlacedSound(noise(8.0)), scenes[0], scenes, ear=ear) == 3
    assert nearest_stretch(Network(), seen, PlacedSound(noise(8.0)), scenes[0], scenes[:1], ear=ear) == 0
    with pytest.raises(ValueError, match="at least one stretch"):
        nearest_stretch(Network(), seen, PlacedSound(noise(8.0)), scenes[0], [], ear=ear)
