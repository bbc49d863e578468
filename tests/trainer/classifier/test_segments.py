import numpy as np
import pytest
import torch

from tests.trainer.classifier.small_classifier import burst, small_bank
from trainer.classifier.network import SEGMENT_FRAMES
from trainer.classifier.segments import (
    SEGMENT_SAMPLES,
    VariedSegments,
    equalised,
    later,
    masked,
    plain_segments,
    played,
    resampled,
)
from trainer.scenes.bank import Ambience, Voice

CLASSES = ("FEET_gravel", "IMPT_metal", "AERO_jet")


def test_plain_segments_are_all_voices_and_all_pieces_of_ambiences() -> None:
    found = plain_segments(small_bank(groups=2), CLASSES)
    # Two voices of two classes, and two ambiences of 3 s in two whole pieces of 1.28 s each.
    assert found.mel.shape == (8, SEGMENT_FRAMES, 128)
    assert found.labels.tolist() == [0, 0, 1, 1, 2, 2, 2, 2]
    assert found.groups == ("g0", "g1", "m0", "m1", "j0", "j0", "j1", "j1")
    assert float(found.mel[0, 2].mean()) > float(found.mel[0, 60].mean()) + 2.0  # from the hit on


def test_nothing_to_hear_is_no_segment() -> None:
    assert len(plain_segments(small_bank(groups=1), ("WIND",)).mel) == 0


def test_faster_is_shorter_and_higher() -> None:
    tone = burst(0, seconds=0.5, pitch_hz=1000)
    fast = resampled(tone, 2.0)
    assert len(fast) == len(tone) // 2
    spectrum = np.abs(np.fft.rfft(fast))
    assert int(spectrum.argmax()) / len(fast) * 44_100 == pytest.approx(2000, abs=20)
    assert len(resampled(np.ones(10**6, dtype=np.float32), 1.0)) == SEGMENT_SAMPLES


def test_a_performance_fills_a_segment_with_sounds_of_one_recording() -> None:
    rng = np.random.default_rng(0)
    quiet = Ambience("WIND", "w", np.full(1000, 0.25, dtype=np.float32))
    looped = played([quiet], rng)
    assert looped.shape == (SEGMENT_SAMPLES,)
    assert np.allclose(looped, 0.25)  # it begins again where it ends
    knock = Voice("IMPT_metal", "m", burst(1, seconds=0.1), 0)
    counts = {int((np.abs(played([knock], rng)) > 1e-4).sum()) > 1.5 * 4410 for _ in range(20)}
    assert counts == {True, False}  # some knock once, some go on knocking


def test_drawn_segments_differ_each_time_and_repeat_with_the_seed() -> None:
    source = VariedSegments(small_bank(), CLASSES, each=3, rng=np.random.default_rng(1))
    mel, labels = source.draw(12, np.random.default_rng(2))
    again, same = source.draw(12, np.random.default_rng(2))
    other, _ = source.draw(12, np.random.default_rng(3))
    assert mel.shape == (12, SEGMENT_FRAMES, 128)
    assert set(labels.tolist()) <= {0, 1, 2}
    assert torch.equal(mel, again)
    assert torch.equal(labels, same)
    assert not torch.allclose(mel, other)
    assert bool(mel.isfinite().all())


def test_every_class_and_recording_is_performed_alike() -> None:
    source = VariedSegments(small_bank(groups=2), CLASSES, each=4, rng=np.random.default_rng(1))
    assert torch.bincount(source.labels).tolist() == [4, 4, 4]


def test_moving_keeps_the_edge() -> None:
    mel = torch.arange(4.0)[:, None]
    assert later(mel, 2)[:, 0].tolist() == [0, 0, 0, 1]
    assert later(mel, -1)[:, 0].tolist() == [1, 2, 3, 3]
    assert later(mel, 0)[:, 0].tolist() == [0, 1, 2, 3]


def test_a_filter_is_smooth_and_the_same_over_time() -> None:
    mel = torch.zeros(3, 5, 128)
    curve = equalised(mel, np.random.default_rng(1))
    assert torch.equal(curve[:, 0], curve[:, 4])
    assert float(curve.std(2).max()) > 0.05
    assert float((curve[:, 0, 1:] - curve[:, 0, :-1]).abs().max()) < 0.1


def test_masks_leave_most_as_it_was() -> None:
    mel = torch.randn(40, SEGMENT_FRAMES, 128, generator=torch.Generator().manual_seed(1))
    changed = (masked(mel, np.random.default_rng(1)) != mel).flatten(1).float().mean(1)
    assert 0.1 < float((changed > 0).float().mean()) < 0.8
    assert float(changed.max()) < 0.3
