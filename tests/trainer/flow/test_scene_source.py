import pytest
import torch

from tests.trainer.small_pool import pool_of
from trainer.flow import scene_source
from trainer.flow.batches import DropRates
from trainer.flow.scene_source import SceneStems, class_balanced_weights

NEVER = DropRates(0.0, 0.0, 0.0, 0.0)


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_rare_classes_weigh_by_the_inverse_root_of_their_number() -> None:
    pool = pool_of([(0, 0, True)] * 4 + [(0, 1, True)], scenes=1)
    assert class_balanced_weights(pool).tolist() == [0.5] * 4 + [1.0]


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures and sounds as they lie in the pool."""
    monkeypatch.setattr(scene_source, "augment_grid", lambda grid, chance: grid)
    monkeypatch.setattr(scene_source, "soft_hits_duller", lambda mel, control: mel)
    monkeypatch.setattr(scene_source, "at_level", lambda mel, levels: mel)


@pytest.mark.usefixtures("plain")
def test_sound_picture_and_control_of_a_sample_are_of_the_same_stretch() -> None:
    pool = pool_of([(0, 0, True), (2, 1, True)], scenes=3, hits={0: {62: 0.5}, 1: {62: 1.0}})
    batch = SceneStems(pool, NEVER).draw(24, 30, chance())
    starts = set()
    for row in range(24):
        scene, first = divmod(int(batch.inputs.grid[row, 0, 7, 0, 0]), 100)
        starts.add(first)
        assert batch.mel[row, 0, 0].item() == 1000 * scene + 4 * first + 0.25
        assert int(batch.inputs.classes[row]) == {0: 0, 2: 1}[scene]
        hits = torch.nonzero(batch.inputs.control[row]).tolist()
        assert hits == ([[15 - first, 2]] if first <= 15 else [])
    assert len(starts) > 5
    assert batch.mel.shape[:2] == (24, 120)


def test_a_sample_is_as_loud_as_its_level_says() -> None:
    pool = pool_of([(0, 0, True)], scenes=1)
    pool.stem_mel.zero_()
    batch = SceneStems(pool, NEVER).draw(64, 30, chance())
    torch.testing.assert_close(
        batch.mel[:, 5, 7], batch.inputs.level * torch.tensor(10.0).log() / 20, atol=1e-4, rtol=1e-4
    )
    assert (batch.inputs.level == 0).any()
    assert (batch.inputs.level < -3).any()


@pytest.mark.usefixtures("plain")
def test_processes_share_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = pool_of([(0, 0, True), (2, 1, True)], scenes=3)
    whole = SceneStems(pool, NEVER).draw(8, 30, chance())
    monkeypatch.setattr(scene_source, "own_rows", lambda rows: slice(4, 8))
    mine = SceneStems(pool, NEVER).draw(8, 30, chance())
    assert torch.equal(mine.mel, whole.mel[4:])
    assert torch.equal(mine.inputs.control, whole.inputs.control[4:])
