import pytest
import torch

from engine.cavp.lag import balanced, lag_curve

# Means are zero already. Lag l pairs picture step t with sound step t + l.
VIDEO = torch.tensor([[[1.0], [0.0], [0.0], [-1.0]]])
AUDIO = torch.tensor([[[0.0], [1.0], [0.0], [-1.0]]])


def test_curve_equals_products_over_overlap_energies_worked_out_by_hand() -> None:
    # l=-2: -1 / sqrt(1 * 1); l=-1: 0; l=0: 1 / sqrt(2 * 2); l=1: 1 / sqrt(1 * 2); l=2: 0
    wanted = torch.tensor([[-1.0, 0.0, 0.5, 0.5**0.5, 0.0]])
    torch.testing.assert_close(lag_curve(VIDEO, AUDIO, reach=2), wanted)


@pytest.mark.parametrize("late", [-7, -1, 0, 4, 11])
def test_late_sound_peaks_at_positive_lag(late: int) -> None:
    scene = torch.randn(2, 80, 5, generator=torch.Generator().manual_seed(1))
    video, audio = scene[:, 20:60], scene[:, 20 - late : 60 - late]
    assert (lag_curve(video, audio, reach=12).argmax(1) - 12).tolist() == [late, late]


def test_gain_and_constant_shift_leave_the_curve_as_it_is() -> None:
    chance = torch.Generator().manual_seed(2)
    video, audio = torch.randn(2, 1, 30, 4, generator=chance)
    torch.testing.assert_close(
        lag_curve(3 * video + 5, 0.2 * audio - 1, reach=6), lag_curve(video, audio, reach=6)
    )


@pytest.mark.parametrize("reach", [0, 4])
def test_reach_outside_the_sequence_is_refused(reach: int) -> None:
    with pytest.raises(ValueError, match=f"reach {reach}"):
        lag_curve(VIDEO, AUDIO, reach=reach)


def test_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 4, 1\), \(1, 3, 1\)"):
        lag_curve(VIDEO, AUDIO[:, :3], reach=1)


def test_both_voices_weigh_alike_however_loud_they_are() -> None:
    chance = torch.Generator().manual_seed(3)
    video, audio = torch.randn(2, 1, 40, 5, generator=chance)
    louder = video * torch.tensor([1.0, 1.0, 1.0, 1.0, 50.0])
    one, other = (lag_curve(balanced(seen), balanced(audio), reach=6) for seen in (louder, video))
    torch.testing.assert_close(one, other)


def test_balanced_voices_have_no_mean_and_unit_energy() -> None:
    voices = balanced(3 + torch.randn(2, 50, 7, generator=torch.Generator().manual_seed(4)))
    torch.testing.assert_close(voices.mean(1), torch.zeros(2, 7), atol=1e-5, rtol=0)
    for voice in (voices[..., :-1], voices[..., -1:]):
        torch.testing.assert_close(voice.square().sum(-1).mean(1), torch.ones(2))


def test_right_learned_voice_is_heard_beside_a_plain_one_that_says_nothing() -> None:
    scene = torch.randn(1, 80, 4, generator=torch.Generator().manual_seed(5))
    still = torch.zeros(1, 40, 1)
    video = torch.cat([scene[:, 20:60], still], dim=-1)
    audio = torch.cat([scene[:, 17:57], still], dim=-1)
    assert int(lag_curve(balanced(video), balanced(audio), reach=8).argmax()) - 8 == 3
