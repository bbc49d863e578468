import torch

from engine.cavp.audio_encoder import MEL_CENTRE, AudioEncoder


def test_a_click_moves_the_fast_stream_around_its_own_step_only() -> None:
    torch.manual_seed(0)
    encoder = AudioEncoder(bands=32, fast_width=8, slow_width=16).eval()
    quiet = torch.full((1, 320, 32), MEL_CENTRE)
    click = quiet.clone()
    click[0, 160] += 5.0  # frame 160 belongs to step 40
    with torch.no_grad():
        moved = (encoder(click).fast - encoder(quiet).fast).abs().amax((0, 2))
    touched = torch.nonzero(moved > 0)[:, 0].tolist()
    # Dilations 1, 2, 4, 1 with kernel 5 reach 16 steps; the strided convolutions add at most 2.
    assert touched
    assert 40 - 18 <= touched[0] <= 40 <= touched[-1] <= 40 + 18


def test_slow_stream_has_one_step_for_sixteen_mel_frames() -> None:
    encoder = AudioEncoder(bands=32, fast_width=8, slow_width=6)
    streams = encoder(torch.zeros(2, 64, 32))
    assert streams.fast.shape == (2, 16, 8)
    assert streams.slow.shape == (2, 4, 6)
    assert streams.plain.shape == (2, 16, 1)
    assert streams.where is None


def test_slow_stream_looks_no_further_than_the_windows_overlap() -> None:
    torch.manual_seed(0)
    encoder = AudioEncoder(bands=32, fast_width=8, slow_width=16).eval()
    quiet = torch.full((1, 1600, 32), MEL_CENTRE)
    click = quiet.clone()
    click[0, 800] += 5.0  # step 200, slow step 50
    with torch.no_grad():
        moved = (encoder(click).slow - encoder(quiet).slow).abs().amax((0, 2))
    touched = torch.nonzero(moved > 0)[:, 0].tolist()
    assert 50 - 16 <= touched[0] <= 50 <= touched[-1] <= 50 + 16
