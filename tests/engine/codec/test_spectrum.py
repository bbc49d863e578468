import pytest
import torch

from engine.codec.spectrum import analyse, inverse_weight, overlap_add, synthesise
from engine.features.mel import LEFT_PAD, N_BINS, N_FFT
from engine.timing import MEL_HOP


def noise(hops: int, *, batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, hops * MEL_HOP, generator=torch.Generator().manual_seed(1))


def test_a_sound_comes_back_from_its_spectrum_to_its_first_and_last_sample() -> None:
    sound = noise(12, batch=2)
    spectrum = analyse(sound)
    assert spectrum.shape == (2, 12, N_BINS)
    torch.testing.assert_close(synthesise(spectrum), sound, rtol=0, atol=1e-4)


@pytest.mark.parametrize("hop", [0, 3, 9])
def test_a_click_is_loudest_in_the_frame_of_its_hop(hop: int) -> None:
    sound = torch.zeros(1, 10 * MEL_HOP)
    sound[0, hop * MEL_HOP + MEL_HOP // 2] = 1.0
    assert int(analyse(sound).abs().sum(2).argmax()) == hop


def test_a_spectrum_that_no_sound_has_is_brought_to_the_nearest_one_at_once() -> None:
    chance = torch.Generator().manual_seed(2)
    spectrum = torch.randn(1, 8, N_BINS, generator=chance, dtype=torch.complex64)
    nearest = synthesise(spectrum)
    torch.testing.assert_close(synthesise(analyse(nearest)), nearest, rtol=0, atol=1e-5)


def test_frames_one_hop_apart_are_summed_where_they_meet() -> None:
    frames = torch.stack([torch.ones(N_FFT), torch.full((N_FFT,), 10.0)])[None]  # (1, 2, N)
    summed = overlap_add(frames)[0]
    assert len(summed) == N_FFT + MEL_HOP
    assert summed[:MEL_HOP].unique().tolist() == [1.0]
    assert summed[MEL_HOP:N_FFT].unique().tolist() == [11.0]
    assert summed[N_FFT:].unique().tolist() == [10.0]


def test_nothing_sounds_before_the_first_and_after_the_last_hop() -> None:
    weight = inverse_weight(6)
    assert len(weight) == N_FFT + 5 * MEL_HOP
    assert not weight[:LEFT_PAD].any()
    assert not weight[LEFT_PAD + 6 * MEL_HOP :].any()
    assert bool((weight[LEFT_PAD : LEFT_PAD + 6 * MEL_HOP] > 0).all())
