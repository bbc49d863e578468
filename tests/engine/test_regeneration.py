from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import regeneration
from engine.clip import Clip
from engine.errors import Cancelled, InputError
from engine.generation import GenerationRequest, generate_takes
from engine.generator.guidance import GuidanceWeights
from engine.progress import CancelToken
from engine.records import FloatArray, HitPoint
from engine.regeneration import JOIN_SAMPLES, SEARCH_SAMPLES, RangeRequest, Regenerated, regenerate
from engine.timing import TimeRange
from tests.engine.small_networks import small_clip, small_codec, small_generator

STEP = 1920
TAKE = TimeRange(10 * STEP, 110 * STEP)
WHERE = TimeRange(50 * STEP, 75 * STEP)
REQUEST = GenerationRequest(
    range=TAKE,
    sounding=None,
    class_name="IMPT_metal",
    hit_points=(HitPoint(60 * STEP, 0.8),),
    seeds=(7,),
    steps=3,
    guidance=GuidanceWeights.of(2.0),
)
ASKED = RangeRequest(TAKE, WHERE, REQUEST)


@pytest.fixture(scope="module")
def clip() -> Clip:
    return small_clip(128)


@pytest.fixture(scope="module")
def old(clip: Clip) -> FloatArray:
    return 0.2 * generate_takes(small_generator(), small_codec(), clip, REQUEST)[0]


def again(clip: Clip, old: FloatArray, asked: RangeRequest = ASKED) -> Regenerated:
    return regenerate(small_generator(), small_codec(), clip, old, asked)


def test_outside_the_joins_every_sample_is_the_old_one(clip: Clip, old: FloatArray) -> None:
    made = again(clip, old)
    into, out = (join.shifted(-TAKE.start_samples) for join in made.joins)
    new = made.sounds[0]
    assert np.array_equal(new[: into.start_samples], old[: into.start_samples])
    assert np.array_equal(new[out.end_samples :], old[out.end_samples :])
    inside = slice(into.end_samples, out.start_samples)
    assert not np.allclose(new[inside], old[inside], atol=1e-4)


def test_the_stretch_is_made_by_the_vocoder_that_is_given(clip: Clip, old: FloatArray) -> None:
    class Mute:
        def vocode(self, mels: torch.Tensor, seeds: tuple[int, ...], **_: object) -> torch.Tensor:
            return torch.zeros(len(seeds), mels.shape[1] * 441)

    made = regenerate(small_generator(), small_codec(), clip, old, ASKED, vocoder=Mute())
    into, out = (join.shifted(-TAKE.start_samples) for join in made.joins)
    assert np.abs(made.sounds[0, into.end_samples : out.start_samples]).max() < 1e-9


def test_joins_lie_near_the_edges_and_are_twenty_milliseconds_long(clip: Clip, old: FloatArray) -> None:
    into, out = again(clip, old).joins
    assert JOIN_SAMPLES == into.duration_samples == out.duration_samples == 960
    for join, edge in ((into, WHERE.start_samples), (out, WHERE.end_samples)):
        assert abs(join.start_samples + JOIN_SAMPLES // 2 - edge) <= SEARCH_SAMPLES


def test_joins_choose_the_quietest_place() -> None:
    energy = np.ones(40 * STEP, dtype=np.float32)
    energy[10 * STEP + 900] = 0.1
    energy[20 * STEP - 2000] = 0.2
    assert regeneration._join_places(energy, 10 * STEP, 20 * STEP) == (10 * STEP + 900, 20 * STEP - 2000)


@pytest.mark.parametrize("length", [regeneration.LEAST_SAMPLES, 3000, 6000])
def test_joins_of_a_short_stretch_do_not_meet(length: int) -> None:
    energy = np.random.default_rng(3).random(40 * STEP).astype(np.float32)
    into, out = regeneration._join_places(energy, 10 * STEP, 10 * STEP + length)
    assert into is not None
    assert out is not None
    assert into + JOIN_SAMPLES <= out


def test_a_stretch_up_to_the_takes_end_has_no_join_there(clip: Clip, old: FloatArray) -> None:
    late = again(clip, old, replace(ASKED, where=TimeRange(90 * STEP, TAKE.end_samples)))
    assert len(late.joins) == 1
    assert late.joins[0].start_samples < 91 * STEP
    early = again(clip, old, replace(ASKED, where=TimeRange(TAKE.start_samples, 20 * STEP)))
    assert len(early.joins) == 1
    assert np.array_equal(early.sounds[0][15 * STEP :], old[15 * STEP :])
    whole = again(clip, old, replace(ASKED, where=TAKE))
    assert whole.joins == ()


def test_equal_parts_keep_their_power_in_a_join() -> None:
    """Two unlike sounds of power 1: their mixture has power 1 all the way."""
    chance = np.random.default_rng(1)
    old, fresh = chance.standard_normal((2, 1, 4000 * 24)) * 0.1
    sums = np.zeros(JOIN_SAMPLES)
    for trial in range(100):
        rolled = np.roll(fresh, 960 * trial, axis=1)
        asked = RangeRequest(TimeRange(0, 96_000), TimeRange(40_000, 60_000), REQUEST)
        made = regeneration._laid_in(old[0].astype(np.float32), rolled.astype(np.float32), asked)
        start = made.joins[0].start_samples
        sums += np.square(made.sounds[0][start : start + JOIN_SAMPLES])
    power = sums.reshape(4, -1).mean(1) / 100
    assert power == pytest.approx(np.full(4, 0.01), rel=0.25)


def test_same_seed_is_bit_identical_and_another_differs(clip: Clip, old: FloatArray) -> None:
    other = replace(ASKED, request=replace(REQUEST, seeds=(8,)))
    assert np.array_equal(again(clip, old).sounds, again(clip, old).sounds)
    assert not np.array_equal(again(clip, old).sounds, again(clip, old, other).sounds)


def test_a_low_strength_stays_nearer_to_the_old(clip: Clip, old: FloatArray) -> None:
    def change(strength: float) -> float:
        made = again(clip, old, replace(ASKED, strength=strength, request=replace(REQUEST, steps=10)))
        low, high = made.joins[0].end_samples, made.joins[1].start_samples
        inside = slice(low - TAKE.start_samples, high - TAKE.start_samples)
        spectra = [np.log(np.abs(np.fft.rfft(s[inside])) + 1e-3) for s in (made.sounds[0], old)]
        return float(np.abs(spectra[0] - spectra[1]).mean())

    assert change(0.1) < change(1.0)


def test_only_a_stretch_around_the_range_is_sampled(
    clip: Clip, old: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampled = []
    whole = regeneration.sample_window

    def noted(generator: object, given: object, window: tuple[int, int], *rest: object, **named: object):
        sampled.append(window)
        return whole(generator, given, window, *rest, **named)

    monkeypatch.setattr(regeneration, "sample_window", noted)
    again(clip, old, replace(ASKED, where=TimeRange(60 * STEP, 65 * STEP)))
    assert sampled == [(0, 5 + 2 * regeneration.CONTEXT_TOKENS + 4)]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (TimeRange(5 * STEP, 20 * STEP), "leaves the take"),
        (TimeRange(100 * STEP, 111 * STEP), "leaves the take"),
        (TimeRange(50 * STEP, 50 * STEP + 1000), "shorter than 40 ms"),
    ],
)
def test_a_stretch_that_cannot_be_is_refused(where: TimeRange, words: str) -> None:
    with pytest.raises(InputError, match=words):
        RangeRequest(TAKE, where, REQUEST)


def test_a_take_of_another_length_than_its_range_is_refused(clip: Clip, old: FloatArray) -> None:
    with pytest.raises(InputError, match="its range 192000"):
        again(clip, old[:-5])


def test_a_cancelled_token_stops_it(clip: Clip, old: FloatArray) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        regenerate(small_generator(), small_codec(), clip, old, ASKED, cancel=token)
