from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from engine.errors import InputError
from engine.features.motion_grid import motion_grid
from engine.generator.control import hits_of_track
from tests.trainer.scenes.small_bank import usual_recordings, write_bank
from trainer.scenes import pool as pool_module
from trainer.scenes.bank import load_bank
from trainer.scenes.plan import draw_scene
from trainer.scenes.pool import (
    HELD_OUT_SEED,
    PoolConfig,
    actor_control,
    cast_of,
    load_pool,
    make_shard,
    render_pool,
    shard_path,
)
from trainer.scenes.render import render


@pytest.fixture(scope="module")
def bank_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bank(tmp_path_factory.mktemp("bank"), usual_recordings())


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, bank_folder: Path) -> PoolConfig:
    """Two training shards and one held-out shard of two scenes each."""
    folder = tmp_path_factory.mktemp("pool")
    config = PoolConfig(
        str(folder), scenes=4, held_out_scenes=2, duration_s=2.0, shard_scenes=2, seed=11, workers=1
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MSG_SOUND_BANK", str(bank_folder))
        assert render_pool(config) == 3
    return config


def test_pool_comes_back_as_it_was_made(rendered: PoolConfig, bank_folder: Path) -> None:
    pool = load_pool(Path(rendered.folder), "train")
    bank = load_bank("train", folder=bank_folder)
    plans = [draw_scene(11 + number, cast_of(bank), duration_s=2.0) for number in range(4)]
    made = make_shard(plans, bank, bank.classes)
    assert pool.classes == bank.classes
    assert (pool.scenes, pool.steps) == (4, 50)
    for name in (
        "grid", "mix_mel", "stem_mel", "stem_scene", "stem_class", "stem_seen", "stem_control"
    ):  # fmt: skip
        assert torch.equal(getattr(pool, name), made[name]), name


def test_fields_of_a_scene_belong_together(rendered: PoolConfig, bank_folder: Path) -> None:
    pool = load_pool(Path(rendered.folder), "train")
    cast = cast_of(load_bank("train", folder=bank_folder))
    for scene in range(4):
        plan = draw_scene(11 + scene, cast, duration_s=2.0)
        torch.testing.assert_close(pool.grid[scene], motion_grid(render([plan]))[0].half())
        rows = pool.stem_rows[scene]
        assert [pool.classes[pool.stem_class[row]] for row in rows] == [a.class_name for a in plan.actors]
        assert [bool(pool.stem_seen[row]) for row in rows] == [actor.on_screen for actor in plan.actors]
        for row, actor in zip(rows, plan.actors, strict=True):
            hits = hits_of_track(pool.stem_control[row].float().numpy())
            beats = [] if actor.beats is None else actor.beats.times_s.tolist()
            assert [time for time, _ in hits] == pytest.approx(beats, abs=0.0051)


def test_held_out_scenes_have_seeds_and_recordings_of_their_own(
    rendered: PoolConfig, bank_folder: Path
) -> None:
    pool = load_pool(Path(rendered.folder), "held_out")
    bank = load_bank("held_out", folder=bank_folder)
    plans = [draw_scene(HELD_OUT_SEED + 11 + n, cast_of(bank), duration_s=2.0) for n in range(2)]
    made = make_shard(plans, bank, bank.classes)
    assert torch.equal(pool.grid, made["grid"])
    assert torch.equal(pool.stem_mel, made["stem_mel"])


def test_classes_are_numbered_by_the_list_that_is_given(rendered: PoolConfig) -> None:
    own = load_pool(Path(rendered.folder), "train")
    given = ("IMPT_metal", "ELSE_thing", "FEET_gravel")
    pool = load_pool(Path(rendered.folder), "train", classes=given)
    assert pool.classes == given
    for mine, theirs in zip(own.stem_class.tolist(), pool.stem_class.tolist(), strict=True):
        name = own.classes[mine]
        assert theirs == (given.index(name) if name in given else -1)
    assert -1 in pool.stem_class or "AERO_jet" not in {own.classes[row] for row in own.stem_class}


def test_finished_shards_are_kept_and_missing_ones_made_again(
    rendered: PoolConfig, bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_SOUND_BANK", str(bank_folder))
    kept, lost = (shard_path(Path(rendered.folder), "train", number) for number in (0, 1))
    content, before = load_file(lost), kept.stat().st_mtime_ns
    lost.unlink()
    assert render_pool(rendered) == 3
    made = load_file(lost)
    assert made.keys() == content.keys()
    assert all(torch.equal(made[name], content[name]) for name in content)
    assert kept.stat().st_mtime_ns == before
    assert not list(Path(rendered.folder).glob("*.tmp"))


def test_shards_of_other_code_are_made_again(
    rendered: PoolConfig, bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_SOUND_BANK", str(bank_folder))
    monkeypatch.setattr(pool_module, "scene_code_hash", lambda: "other code")
    path = shard_path(Path(rendered.folder), "train", 0)
    before = path.stat().st_mtime_ns
    render_pool(rendered)
    assert path.stat().st_mtime_ns > before
    with safe_open(path, framework="pt") as shard:
        assert shard.metadata()["scene_code"] == "other code"


def test_contacts_and_activity_go_into_the_control_track(bank_folder: Path) -> None:
    cast = cast_of(load_bank("train", folder=bank_folder))
    actors = [a for seed in range(20) for a in draw_scene(seed, cast, duration_s=2.0).actors]
    for actor in actors:
        track = actor_control(actor, 50)
        if actor.beats is None:
            assert np.array_equal(track[:, 4], actor.activity)
            assert not track[:, :4].any()
        else:
            assert len(hits_of_track(track)) == len(actor.beats.times_s)
            assert not track[:, 4].any()
    assert {actor.beats is None for actor in actors} == {True, False}


def test_empty_folder_says_how_to_render(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No train shards in .*msg-train scenes render"):
        load_pool(tmp_path, "train")
