import torch

from engine.cavp.plain_voice import LARGEST, plain_change, plain_movement, plain_rise
from engine.embedding import MARGIN_STEPS
from engine.features.mel import MEL_FLOOR
from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH, GRID_CHANNELS, motion_grid


def quiet_mel(steps: int) -> torch.Tensor:
    return torch.full((1, 4 * steps, 128), float(torch.tensor(MEL_FLOOR).log()))


def test_movement_speaks_where_the_picture_changes() -> None:
    grid = torch.full((1, 200, GRID_CHANNELS, 8, 8), 0.1)
    for step in (40, 90, 150):
        grid[0, step, 0] = 0.3
    voice = plain_movement(grid)[0, :, 0]
    assert sorted(voice.topk(3).indices.tolist()) == [40, 90, 150]
    assert float(voice.max()) <= LARGEST
    assert float(voice[56:75].abs().max()) < 0.1  # beyond the trend's reach of both


def test_rise_speaks_where_a_sound_begins_and_not_where_it_ends() -> None:
    mel = quiet_mel(200)
    mel[0, 4 * 50 : 4 * 120] = 0.0
    voice = plain_rise(mel)[0, :, 0]
    assert int(voice.argmax()) == 50
    assert float(voice[118:123].max()) < 0.01


def test_nothing_further_away_than_the_windows_overlap_is_felt() -> None:
    still = torch.full((1, 300, GRID_CHANNELS, 8, 8), 0.1)
    moved = still.clone()
    moved[0, 150] += 0.2
    touched = torch.nonzero((plain_movement(moved) - plain_movement(still))[0, :, 0])[:, 0]
    assert 150 - MARGIN_STEPS <= int(touched.min()) <= 150 <= int(touched.max()) <= 150 + MARGIN_STEPS


def test_still_pictures_and_silence_say_nothing() -> None:
    assert float(plain_movement(torch.zeros(1, 80, GRID_CHANNELS, 8, 8)).abs().max()) == 0.0
    assert float(plain_rise(quiet_mel(80)).abs().max()) == 0.0


def test_frames_and_their_grid_say_the_same() -> None:
    chance = torch.Generator().manual_seed(1)
    level = torch.rand(40, 1, 1, 1, generator=chance)
    frames = (255 * level).expand(-1, FRAME_HEIGHT, FRAME_WIDTH, 3).to(torch.uint8)
    of_grid = plain_movement(motion_grid(frames[None]))
    of_frames = plain_change(frames[None].permute(0, 1, 4, 2, 3).float() / 255)
    torch.testing.assert_close(of_frames, of_grid, rtol=1e-3, atol=1e-3)
