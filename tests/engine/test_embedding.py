from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import embedding
from engine.cavp.model import SFCAVP, Embedded, pooled_slow
from engine.clip import Clip
from engine.embedding import SlowFast, SoundEmbedder, cut_embedded, embed_clip, embed_clip_once
from engine.errors import Cancelled
from engine.feature_cache import FeatureCache
from engine.progress import CancelToken
from engine.sound_side import MelSound, PlacedSound, mel_of_sound
from engine.step_range import StepRange
from tests.engine.small_networks import small_cavp, small_clip

FIELDS = ("fast", "slow", "onset_logits", "active_logits", "frame_class_logits")
SIZE = embedding.SOUND_WINDOW_STEPS


def noise(steps: int) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.1, (1, steps * 1920)).astype(np.float32)


def assert_alike(one: Embedded | SlowFast, other: Embedded, *, atol: float = 1e-5) -> None:
    for name in FIELDS if isinstance(one, Embedded) else ("fast", "slow"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), rtol=1e-4, atol=atol)


def test_windows_with_margins_give_the_embedding_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    network, clip = small_cavp(), small_clip(400)
    whole = embed_clip(network, clip)
    monkeypatch.setattr(embedding, "_CHUNK_STEPS", 128)
    parts = embed_clip(network, clip)
    assert_alike(parts, whole)
    for name in ("pooled", "where"):
        torch.testing.assert_close(getattr(parts, name), getattr(whole, name), rtol=1e-4, atol=1e-5)


def test_embedding_stops_between_two_windows() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        embed_clip(small_cavp(), small_clip(16), cancel=cancel)


def test_cut_takes_steps_of_every_field_and_the_mean_of_its_slow_steps() -> None:
    whole = embed_clip(small_cavp(), small_clip(64))
    cut = cut_embedded(whole, StepRange(8, 24))
    assert torch.equal(cut.fast, whole.fast[:, 8:24])
    assert torch.equal(cut.slow, whole.slow[:, 2:6])
    assert cut.where is not None
    assert cut.where.shape[1] == cut.onset_logits.shape[1] == cut.frame_class_logits.shape[1] == 16
    torch.testing.assert_close(cut.pooled, pooled_slow(whole.slow[:, 2:6]))
    mean = whole.slow[0, 2:6].mean(0)
    torch.testing.assert_close(cut.pooled[0], mean / mean.norm())


def test_kept_embedding_is_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, cache = small_clip(64), FeatureCache(tmp_path)
    clip = Clip(plain.info, plain.stored, "content", cache)
    made = embed_clip_once(small_cavp(), clip, weights="w")
    assert made.fast.dtype == torch.float16
    assert_alike(cut_embedded(made, StepRange(0, 64)), embed_clip(small_cavp(), clip), atol=2e-3)
    monkeypatch.setattr(SFCAVP, "embed_video", None)
    kept = embed_clip_once(small_cavp(), clip, weights="w")
    for name in (*FIELDS, "pooled", "class_logits", "where"):
        assert torch.equal(getattr(kept, name), getattr(made, name))
    with pytest.raises(TypeError):  # other weights: computed, with what is no function here
        embed_clip_once(small_cavp(), clip, weights="v")


@pytest.mark.parametrize("make", [PlacedSound, lambda s: MelSound(mel_of_sound(s, steps=480)[0].half())])
def test_sound_in_windows_is_embedded_as_the_whole(make: Callable[[np.ndarray], PlacedSound]) -> None:
    network, sound = small_cavp(), noise(480)
    whole = network.embed_audio(mel_of_sound(sound, steps=480))
    ear = SoundEmbedder(network)
    found = ear.embed(make(sound), StepRange(120, 360), clip_steps=480).streams
    assert_alike(found, cut_embedded(whole, StepRange(120, 360)), atol=5e-3)
    assert ear.embedded_windows == 3
    ear.embed(make(sound), StepRange(0, 480), clip_steps=480)
    assert ear.embedded_windows == 5  # and the rest joins windows kept and new
    assert_alike(
        ear.embed(make(sound), StepRange(0, 480), clip_steps=480).streams,
        cut_embedded(whole, StepRange(0, 480)),
        atol=5e-3,
    )


def test_only_windows_that_hear_a_change_are_embedded_again() -> None:
    steps = 10 * SIZE
    ear, sound = SoundEmbedder(small_cavp()), noise(steps)
    ear.embed(PlacedSound(sound), StepRange(0, steps), clip_steps=steps)
    assert ear.embedded_windows == 10
    changed = sound.copy()
    changed[:, (4 * SIZE + 70) * 1920] += 0.5  # 70 steps into window 4, within the margin of window 5
    found = ear.embed(PlacedSound(changed), StepRange(0, steps), clip_steps=steps).streams
    assert ear.embedded_windows == 12
    fresh = SoundEmbedder(small_cavp()).embed(PlacedSound(changed), StepRange(0, steps), clip_steps=steps)
    torch.testing.assert_close(found.fast, fresh.streams.fast, atol=4e-3, rtol=0)  # half precision
    torch.testing.assert_close(found.slow, fresh.streams.slow, atol=4e-3, rtol=0)


def test_short_take_in_a_long_film_costs_its_own_windows_and_one_of_silence() -> None:
    steps = 30 * SIZE
    ear = SoundEmbedder(small_cavp())
    ear.embed(PlacedSound(noise(20), (10 * SIZE + 80) * 1920), StepRange(0, steps), clip_steps=steps)
    # windows 10 and 11 hear it; windows at the film's ends have other margins than silent ones inside
    assert ear.embedded_windows - 2 <= 3 + 15  # silent windows of one run are embedded together
    before = ear.embedded_windows
    ear.embed(PlacedSound(noise(20)[:, ::-1], (10 * SIZE + 80) * 1920), StepRange(0, steps), clip_steps=steps)
    assert ear.embedded_windows == before + 2


def test_windows_of_a_sound_are_kept_between_sessions(tmp_path: Path) -> None:
    sound = PlacedSound(noise(200))
    first = SoundEmbedder(small_cavp(), weights="w", cache=FeatureCache(tmp_path))
    made = first.embed(sound, StepRange(0, 200), clip_steps=200)
    second = SoundEmbedder(small_cavp(), weights="w", cache=FeatureCache(tmp_path))
    again = second.embed(sound, StepRange(0, 200), clip_steps=200)
    assert second.embedded_windows == 0
    assert torch.equal(again.streams.fast, made.streams.fast)
    assert torch.equal(again.frames.frame_class_logits, made.frames.frame_class_logits)
    other = SoundEmbedder(small_cavp(), weights="v", cache=FeatureCache(tmp_path))
    other.embed(sound, StepRange(0, 200), clip_steps=200)
    assert other.embedded_windows == 2


def test_only_so_many_windows_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "KEPT_SOUND_WINDOWS", 3)
    steps = 6 * SIZE
    ear = SoundEmbedder(small_cavp())
    ear.embed(PlacedSound(noise(steps)), StepRange(0, steps), clip_steps=steps)
    assert len(ear._kept) == 3


def test_pieces_of_a_sound_lie_one_after_the_other_and_are_those_of_the_whole() -> None:
    steps, sound = 4 * SIZE, PlacedSound(noise(4 * SIZE))
    ear, asked = SoundEmbedder(small_cavp()), StepRange(SIZE // 2, 3 * SIZE + 8)
    whole = ear.embed(sound, asked, clip_steps=steps)
    at = asked.start
    for where, piece in ear.windows(sound, asked, clip_steps=steps):
        inner = slice(at - asked.start, where.end - asked.start)
        assert where.start == at
        assert where.count <= SIZE
        assert torch.equal(piece.streams.fast.float(), whole.streams.fast[:, inner])
        assert torch.equal(piece.frames.onset_logits.float(), whole.frames.onset_logits[:, inner])
        at = where.end
    assert at == asked.end
