from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import generation
from engine.clip import Clip
from engine.codec.vocoder import GriffinLim
from engine.errors import Cancelled, InputError, WorkError
from engine.generation import (
    LEAD_TOKENS,
    OVERLAP_TOKENS,
    WINDOW_TOKENS,
    GenerationRequest,
    generate_takes,
    windows,
)
from engine.generator.control import ACTIVITY_CHANNEL, control_track
from engine.generator.guidance import GuidanceWeights
from engine.generator.starter import StarterInputs
from engine.progress import CancelToken, Progress
from engine.records import FloatArray, HitPoint
from engine.timing import TimeRange
from tests.engine.small_networks import CLASSES, small_clip, small_codec, small_generator

STEP = 1920
REQUEST = GenerationRequest(
    range=TimeRange(10 * STEP, 26 * STEP),
    sounding=None,
    class_name="IMPT_metal",
    hit_points=(HitPoint(18 * STEP, 0.8),),
    seeds=(7,),
    steps=3,
    guidance=GuidanceWeights.of(2.0),
)


@pytest.fixture(scope="module")
def clip() -> Clip:
    return small_clip(64)


def generate(clip: Clip, **changes: object) -> FloatArray:
    return generate_takes(small_generator(), small_codec(), clip, replace(REQUEST, **changes))


@pytest.fixture
def latents(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """What the codec is given, window by window."""
    seen: list[torch.Tensor] = []
    whole = generation.sound_of

    def noted(codec: object, given: torch.Tensor, seeds: tuple[int, ...], **rest: object) -> torch.Tensor:
        seen.append(given)
        return whole(codec, given, seeds, **rest)

    monkeypatch.setattr(generation, "sound_of", noted)
    return seen


@pytest.fixture
def inputs(monkeypatch: pytest.MonkeyPatch) -> list[StarterInputs]:
    """What the generator is given."""
    seen: list[StarterInputs] = []
    whole = generation._inputs

    def noted(*given: object, **named: object) -> StarterInputs:
        seen.append(whole(*given, **named))
        return seen[-1]

    monkeypatch.setattr(generation, "_inputs", noted)
    return seen


@pytest.mark.parametrize("tokens", [1, 255, 256, 257, 480, 481, 1000])
def test_windows_cover_every_token_and_overlap(tokens: int) -> None:
    found = windows(tokens)
    assert found[0][0] == 0
    assert found[-1][1] == tokens
    assert all(end - start <= WINDOW_TOKENS for start, end in found)
    assert all(left[1] - right[0] == OVERLAP_TOKENS for left, right in zip(found, found[1:], strict=False))


def test_windows_are_those_worked_out_by_hand() -> None:
    assert windows(256) == [(0, 256)]
    assert windows(257) == [(0, 256), (224, 257)]
    assert windows(481) == [(0, 256), (224, 480), (448, 481)]


def test_takes_have_the_samples_of_the_range_and_sound(clip: Clip) -> None:
    sound = generate(clip, seeds=(7, 8), range=TimeRange(10 * STEP + 77, 26 * STEP + 5))
    assert sound.shape == (2, 16 * STEP - 72)
    assert sound.dtype == np.float32
    assert np.abs(sound).max() > 1e-3


def test_same_seed_is_bit_identical_and_another_differs(clip: Clip) -> None:
    one, again, other = (generate(clip, seeds=(seed,)) for seed in (7, 7, 8))
    assert np.array_equal(one, again)
    assert not np.allclose(one, other, atol=1e-3)


def test_take_k_of_a_batch_equals_the_take_alone(clip: Clip, latents: list[torch.Tensor]) -> None:
    batch = generate(clip, seeds=(5, 6, 7))
    alone = generate(clip, seeds=(7,))
    torch.testing.assert_close(latents[0][2], latents[1][0], rtol=0, atol=1e-4)
    assert np.abs(batch[2] - alone[0]).max() < 1e-2 * np.abs(alone).max()


def test_moving_a_hit_point_changes_the_sound(clip: Clip, latents: list[torch.Tensor]) -> None:
    here = generate(clip)
    there = generate(clip, hit_points=(HitPoint(19 * STEP, 0.8),))
    assert float((latents[0] - latents[1]).abs().max()) > 1e-3
    assert not np.array_equal(here, there)


@pytest.mark.parametrize(
    "changes",
    [
        {"class_name": "FEET_gravel"},
        {"use_video": False},
        {"steps": 4},
        {"unwanted": ("AERO_jet",)},
        {"guidance": GuidanceWeights.of(1.0)},
        {"guidance": GuidanceWeights(2.0, 3.0, 2.0)},
    ],
)
def test_every_other_wish_changes_the_latents(
    clip: Clip, latents: list[torch.Tensor], changes: dict[str, object]
) -> None:
    generate(clip)
    generate(clip, **changes)
    assert float((latents[0] - latents[1]).abs().max()) > 1e-4


def test_hits_and_picture_lie_on_the_same_grid(clip: Clip, inputs: list[StarterInputs]) -> None:
    """A range that begins inside a picture: the hit stays in the picture it was seen in."""
    generate(clip, range=TimeRange(10 * STEP + 1900, 26 * STEP), hit_points=(HitPoint(18 * STEP + 10, 0.8),))
    (given,) = inputs
    torch.testing.assert_close(given.grid[0, LEAD_TOKENS:], clip.grid[10:26])
    hit_s = (LEAD_TOKENS + 8) * 0.04 + 0.0002
    assert np.array_equal(given.control[0].numpy(), control_track(16 + LEAD_TOKENS, hits=[(hit_s, 0.8)]))


def test_range_that_begins_inside_a_picture_is_the_end_of_the_one_that_begins_with_it(clip: Clip) -> None:
    whole = generate(clip)
    later = generate(clip, range=TimeRange(10 * STEP + 1000, 26 * STEP))
    assert np.array_equal(later, whole[:, 1000:])


def test_continuous_sound_is_active_inside_its_own_range_only(
    clip: Clip, inputs: list[StarterInputs]
) -> None:
    generate(clip, hit_points=(), sounding=TimeRange(14 * STEP, 20 * STEP))
    activity = inputs[0].control[0, :, ACTIVITY_CHANNEL]
    assert activity.tolist() == [0.0] * (LEAD_TOKENS + 4) + [1.0] * 6 + [0.0] * 6


def test_contacts_leave_the_activity_empty(clip: Clip, inputs: list[StarterInputs]) -> None:
    generate(clip)
    assert not inputs[0].control[..., ACTIVITY_CHANNEL].any()


def test_last_picture_is_held_beyond_the_end(clip: Clip, inputs: list[StarterInputs]) -> None:
    generate(clip, range=TimeRange(60 * STEP, 70 * STEP), hit_points=())
    seen = inputs[0].grid[0, LEAD_TOKENS:]
    torch.testing.assert_close(seen[4:], clip.grid[-1:].expand(6, -1, -1, -1))


def test_first_picture_is_held_before_the_begin(clip: Clip, inputs: list[StarterInputs]) -> None:
    generate(clip, range=TimeRange(STEP, 9 * STEP))
    seen = inputs[0].grid[0]
    torch.testing.assert_close(seen[: LEAD_TOKENS - 1], clip.grid[:1].expand(LEAD_TOKENS - 1, -1, -1, -1))
    torch.testing.assert_close(seen[LEAD_TOKENS - 1 :], clip.grid[:9])


def test_long_ranges_are_made_in_windows_without_a_gap(
    monkeypatch: pytest.MonkeyPatch, clip: Clip, latents: list[torch.Tensor]
) -> None:
    monkeypatch.setattr(generation, "WINDOW_TOKENS", 12)
    monkeypatch.setattr(generation, "OVERLAP_TOKENS", 4)
    sound = generate(clip, range=TimeRange(0, 30 * STEP))
    assert [part.shape[1] for part in latents] == [12, 12, 12, 10]
    assert sound.shape == (1, 30 * STEP)
    level = np.sqrt(np.square(sound[0]).reshape(30, STEP).mean(1))
    assert level.min() > 0.005 * level.max()


def test_cross_fade_keeps_the_power_of_two_different_sounds() -> None:
    left, right = torch.ones(1, 3 * 1764), torch.full((1, 2 * 1764), 2.0)
    joined = generation._cross_faded(left, right, 2)
    assert joined.shape == (1, 4 * 1764)
    assert joined[0, 2 * 1764].item() == pytest.approx(1.0)
    assert joined[0, 3 * 1764 - 1].item() == pytest.approx(2.0)
    middle = 2 * 1764 + 882
    assert joined[0, middle].item() == pytest.approx((1 + 2) * 0.5**0.5, abs=2e-3)


class Humming:
    """A vocoder that answers any mel with a steady level."""

    def vocode(self, mels: torch.Tensor, seeds: tuple[int, ...], **_: object) -> torch.Tensor:
        self.seen = (mels.shape, tuple(seeds))
        return torch.full((len(mels), mels.shape[1] * 441), 0.25)


def test_sound_is_made_by_the_vocoder_that_is_given(clip: Clip) -> None:
    vocoder = Humming()
    request = replace(REQUEST, seeds=(7, 8))
    sound = generate_takes(small_generator(), small_codec(), clip, request, vocoder=vocoder)
    assert vocoder.seen == ((2, 4 * (16 + LEAD_TOKENS), 128), (7, 8))
    assert sound[:, 5000:-5000].mean() == pytest.approx(0.25, abs=1e-3)
    plain = generate_takes(small_generator(), small_codec(), clip, request)
    shipped = generate_takes(small_generator(), small_codec(), clip, request, vocoder=GriffinLim())
    assert np.array_equal(plain, shipped)


def test_unknown_class_names_the_known_ones(clip: Clip) -> None:
    with pytest.raises(InputError, match="'FEET_lava'") as caught:
        generate(clip, class_name="FEET_lava")
    assert all(name in str(caught.value) for name in CLASSES)


def test_no_seed_is_refused(clip: Clip) -> None:
    with pytest.raises(InputError, match="at least one seed"):
        generate(clip, seeds=())


def test_cancelled_token_stops_before_the_next_step(clip: Clip) -> None:
    token, seen = CancelToken(), []

    def follow(progress: Progress) -> None:
        seen.append(progress.done)
        token.cancel()

    with pytest.raises(Cancelled):
        generate_takes(small_generator(), small_codec(), clip, REQUEST, listener=follow, cancel=token)
    assert seen == [1]


def test_without_variation_all_takes_are_the_first(clip: Clip, latents: list[torch.Tensor]) -> None:
    generate(clip, seeds=(5, 6), variation=0.0)
    torch.testing.assert_close(latents[0][1], latents[0][0])


@pytest.mark.parametrize("level", [float("nan"), -40.0, 13.0])
def test_a_level_out_of_range_is_refused(level: float) -> None:
    with pytest.raises(InputError, match="Level"):
        replace(REQUEST, level_db=level)


def test_an_unknown_unwanted_class_is_refused(clip: Clip) -> None:
    with pytest.raises(InputError, match="'FEET_lava'"):
        generate(clip, unwanted=("FEET_lava",))


@pytest.mark.parametrize(
    "shortage", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("not enough memory: you tried")]
)
def test_a_shortage_of_memory_becomes_a_sentence_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, clip: Clip, shortage: Exception
) -> None:
    def starve(*_: object, **__: object) -> None:
        raise shortage

    monkeypatch.setattr(generation, "sample", starve)
    with pytest.raises(WorkError, match="fewer takes or a shorter event"):
        generate(clip, seeds=(1, 2))


def test_another_error_of_the_network_passes_as_it_is(monkeypatch: pytest.MonkeyPatch, clip: Clip) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("shapes cannot be multiplied")

    monkeypatch.setattr(generation, "sample", fail)
    with pytest.raises(RuntimeError, match="multiplied"):
        generate(clip)
