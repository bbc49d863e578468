import math

import pytest
import torch

from engine.features.mel import MEL_BANDS
from engine.generator.control import ACTIVITY_CHANNEL, hits_of_track
from engine.sound_side import mel_of_sound
from tests.trainer.flow.labelled_films import RAIN_S, STRIKES, running_sound, struck_sound
from trainer.flow.film_control import activity_of_sound, film_control, hits_of_sound


def test_hits_are_the_strikes_within_20_ms_and_as_strong() -> None:
    found = hits_of_sound(mel_of_sound(struck_sound(3.0, STRIKES), steps=75)[0])
    assert len(found) == len(STRIKES)
    for (time_s, strength), (true_s, true_strength) in zip(found, STRIKES, strict=True):
        assert abs(time_s - true_s) < 0.02
        assert strength == pytest.approx(true_strength, abs=0.12)


def test_strongest_hit_is_one_and_a_lesser_rise_is_an_amplitude() -> None:
    mel = torch.full((200, MEL_BANDS), -8.0)
    for frame, rise in ((50, 4.0), (120, 4.0 - math.log(2))):
        mel[frame : frame + 10] += rise
    assert [strength for _, strength in hits_of_sound(mel)] == pytest.approx([1.0, 0.5])


def test_silence_has_no_hits() -> None:
    mel = torch.full((200, MEL_BANDS), math.log(1e-4))
    assert hits_of_sound(mel) == []
    assert not film_control(mel, goes_on=False).any()


def test_sound_that_goes_on_is_active_where_it_runs_and_has_no_hits() -> None:
    control = film_control(mel_of_sound(running_sound(3.0, RAIN_S), steps=75)[0], goes_on=True)
    assert hits_of_track(control.numpy()) == []
    active = torch.nonzero(control[:, ACTIVITY_CHANNEL])[:, 0].tolist()
    # 0.8 to 2.4 s; the window of the mel reaches 23 ms over the edges
    assert active == list(range(active[0], active[-1] + 1))
    assert active[0] in (19, 20)
    assert active[-1] in (59, 60)


def test_activity_reaches_twenty_decibels_down() -> None:
    quiet_db = torch.tensor([0.0, -19.5, -20.5, -60.0])
    mel = (quiet_db * math.log(10) / 20)[:, None].expand(-1, MEL_BANDS).repeat_interleave(4, dim=0)
    assert activity_of_sound(mel).tolist() == [1.0, 1.0, 0.0, 0.0]
