import pytest
import torch

from engine.errors import InputError
from engine.features.motion_grid import STATISTIC_CHANNELS, cells_of_points
from tests.trainer.judge.flash_pool import flash_pool
from tests.trainer.small_pool import pool_of
from trainer.judge import crops
from trainer.judge.crops import LAG_REACH, JudgeSource, augment_pictures, small_pictures
from trainer.scenes.pool import ScenePool


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches without augmentation, so that their numbers can be read."""
    monkeypatch.setattr(crops, "augment_pictures", lambda picture, chance: picture)
    monkeypatch.setattr(crops, "augment_mel", lambda mel, chance: mel)


def numbered_pool() -> ScenePool:
    """Two scenes of 80 steps: every point holds 100 * scene + step, every mel frame 1000 * scene + frame."""
    pool = pool_of(
        [(0, 0, True), (0, 1, True), (0, 2, False), (1, 2, False)],
        scenes=2,
        steps=80,
        hits={0: {160: 1.0}, 2: {80: 1.0}},
    )
    numbers = 100.0 * torch.arange(2)[:, None] + torch.arange(80)
    points = numbers[:, :, None, None, None].expand(-1, -1, 3, 24, 24)
    pool.grid = torch.cat([pool.grid[:, :, :STATISTIC_CHANNELS], cells_of_points(points)], dim=2)
    return pool


@pytest.mark.usefixtures("plain")
def test_picture_step_t_belongs_to_sound_step_t_plus_lag() -> None:
    batch = JudgeSource(numbered_pool(), steps=40, clean_share=0.0).draw(300, chance())
    for row in range(300):
        scene, first = divmod(int(batch.picture[row, 0, 0, 0, 0]), 100)
        heard_scene, heard_first = divmod(int(batch.mel[row, 0, 0]), 1000)
        assert (scene, heard_first % 4) == (heard_scene, 0)
        assert int(batch.lags[row]) == first - heard_first // 4
        wanted = [40 - first] if scene == 0 and 0 <= 40 - first < 40 else []
        assert torch.nonzero(batch.onsets[row] == 1.0)[:, 0].tolist() == wanted
        late = [step - heard_first // 4 for step in (20, 40) if scene == 0]
        wanted = [step for step in late if 0 <= step < 40]
        assert torch.nonzero(batch.heard_onsets[row] == 1.0)[:, 0].tolist() == wanted


def test_all_lags_are_equally_frequent_and_leave_room() -> None:
    source = JudgeSource(numbered_pool(), steps=40, clean_share=0.0)  # 40 steps of room
    lags, first = source._drawn_lags(4000, chance())
    assert (int(lags.min()), int(lags.max())) == (-LAG_REACH, LAG_REACH)
    outer = float((lags.abs() > LAG_REACH / 2).float().mean())
    assert outer == pytest.approx(32 / 65, abs=0.03)  # crops drawn apart would give about a third
    for starts in (first, first - lags):
        assert (int(starts.min()), int(starts.max())) == (0, 40)


@pytest.mark.usefixtures("plain")
def test_clean_sound_is_what_is_seen_alone() -> None:
    batch = JudgeSource(numbered_pool(), steps=40, clean_share=1.0).draw(40, chance())
    for row in range(40):
        scene = int(batch.picture[row, 0, 0, 0, 0]) // 100
        if scene == 0:  # two seen stems of equal level, 0.25 above the mix: their sum is log(2) higher
            above = float(batch.mel[row, 0, 0]) % 1.0
            assert above == pytest.approx(0.25 + 0.693, abs=1e-3)
            assert batch.heard[row].tolist() == [1.0, 1.0, 0.0]
            assert int((batch.heard_onsets[row] == 1.0).sum()) <= 1  # the unseen stem's hit is not there
        else:  # nothing is seen there: its mix stays
            assert float(batch.mel[row, 0, 0]) % 1.0 == 0.0
            assert batch.heard[row].tolist() == [0.0, 0.0, 1.0]


def test_the_same_chance_gives_the_same_batch() -> None:
    source = JudgeSource(flash_pool(3), steps=64, clean_share=0.5)
    one, same, other = (source.draw(4, chance(seed)) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(vars(one).values(), vars(same).values(), strict=True))
    assert not torch.equal(one.picture, other.picture)


def test_scenes_are_not_repeated_while_there_are_enough() -> None:
    source = JudgeSource(flash_pool(6), steps=64, clean_share=0.0)
    assert sorted(source._drawn_scenes(6, chance()).tolist()) == [0, 1, 2, 3, 4, 5]


def test_augmented_pictures_keep_their_flash_in_time() -> None:
    picture = torch.full((6, 16, 3, 24, 24), -0.3)
    picture[:, 9] = 0.4
    changed = augment_pictures(picture, chance())
    assert changed.shape == picture.shape
    assert not torch.allclose(changed, picture, atol=0.02)
    steps = torch.diff(changed.mean((2, 3, 4)), dim=1).abs()
    assert steps.argmax(1).tolist()[0] in (8, 9)
    assert bool(((steps[:, 8] > 0.3) & (steps[:, 9] > 0.3)).all())
    assert float(steps[:, :8].max()) < 0.02  # still but for grain


def test_scenes_that_are_too_short_are_refused() -> None:
    with pytest.raises(InputError, match="80 steps are too short for crops of 64"):
        JudgeSource(numbered_pool(), steps=64, clean_share=0.0)


def test_grids_without_small_pictures_are_refused() -> None:
    with pytest.raises(InputError, match="10 channels"):
        small_pictures(torch.zeros(2, 8, 10, 8, 8))
