from pathlib import Path

import pytest
import torch

from engine.checkpoint import save_checkpoint
from engine.errors import CheckpointError, InputError
from engine.features.motion_grid import motion_grid
from tests.engine.small_networks import small_cavp
from tests.trainer.judge.flash_pool import flash_pool, small_judge
from trainer.evaluation.judges import Stretch
from trainer.judge.judging import JUDGE_FAMILY, clip_judge, judge_clip, judge_scenes, load_judge
from trainer.judge.network import JudgeNetwork


@pytest.fixture(scope="module")
def judge() -> JudgeNetwork:
    return small_judge(("FEET_gravel", "IMPT_metal", "AERO_jet")).requires_grad_(False)


def test_clip_score_is_what_the_network_says(judge: JudgeNetwork) -> None:
    pool = flash_pool(2)
    score = judge_clip(judge, pool.grid[1], pool.mix_mel[1])
    picture = torch.nn.functional.pixel_shuffle(pool.grid[1:, :, 10:], 3)
    assert score.total == pytest.approx(float(judge.score(picture, pool.mix_mel[1:])), abs=1e-4)
    assert score.total == score.fast + score.slow
    assert score.curve.shape == score.lag_s.shape == (65,)
    assert score.curve[32] == pytest.approx(score.fast)
    assert abs(score.offset_s - float(score.lag_s[score.curve.argmax()])) <= 0.02 + 1e-6
    assert score.margin >= 0.0


def test_scenes_are_scored_like_clips(judge: JudgeNetwork) -> None:
    pool = flash_pool(3)
    scores = judge_scenes(judge, pool)
    assert len(scores) == 3
    for scene, score in enumerate(scores):
        alone = judge_clip(judge, pool.grid[scene], pool.mix_mel[scene])
        assert score.total == pytest.approx(alone.total, abs=1e-4)


def test_frames_are_scored_like_their_grid(judge: JudgeNetwork) -> None:
    frames = torch.randint(0, 256, (24, 72, 96, 3), generator=torch.Generator().manual_seed(2)).byte()
    mel = flash_pool(1).mix_mel[0, :96]
    by_frames, by_grid = judge_clip(judge, frames, mel), judge_clip(judge, motion_grid(frames[None])[0], mel)
    assert by_frames.total == by_grid.total


def test_only_the_common_time_counts(judge: JudgeNetwork) -> None:
    pool = flash_pool(1)
    whole = judge_clip(judge, pool.grid[0, :40], pool.mix_mel[0, :160])
    uneven = judge_clip(judge, pool.grid[0, :43], pool.mix_mel[0, :171])
    longer_sound = judge_clip(judge, pool.grid[0, :40], pool.mix_mel[0])
    assert whole.total == uneven.total == longer_sound.total


def test_short_or_broken_clips_are_refused(judge: JudgeNetwork) -> None:
    pool = flash_pool(1)
    with pytest.raises(InputError, match="12 common steps"):
        judge_clip(judge, pool.grid[0, :15], pool.mix_mel[0])
    with pytest.raises(InputError, match="do not fit"):
        judge_clip(judge, pool.grid[0], pool.mix_mel)
    broken = pool.mix_mel[0].clone()
    broken[100, 3] = float("nan")
    with pytest.raises(InputError, match="not finite"):
        judge_clip(judge, pool.grid[0], broken)


def test_evaluations_get_one_judgement_a_track(judge: JudgeNetwork) -> None:
    pool = flash_pool(2)
    motion = pool.mix_mel[0, :, 0].numpy()
    first, second = clip_judge(judge)(Stretch(pool.grid[0], motion, pool.mix_mel))
    assert first.reward == judge_clip(judge, pool.grid[0], pool.mix_mel[0]).total
    assert second.reward == judge_clip(judge, pool.grid[0], pool.mix_mel[1]).total


def test_judge_comes_back_from_its_file(judge: JudgeNetwork, tmp_path: Path) -> None:
    path = tmp_path / "judge.safetensors"
    save_checkpoint(path, judge, family=JUDGE_FAMILY, config=judge.config.to_json())
    pool = flash_pool(1)
    own, stored = (judge_clip(each, pool.grid[0], pool.mix_mel[0]) for each in (judge, load_judge(path)))
    assert own.total == stored.total


def test_absent_judge_says_how_to_train_it(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"gone\.safetensors.*pretrain-judge"):
        load_judge(tmp_path / "gone.safetensors")


def test_sf_cavp_is_no_judge(tmp_path: Path) -> None:
    network = small_cavp()
    path = tmp_path / "other.safetensors"
    save_checkpoint(path, network, family="sf_cavp", config=network.config.to_json())
    with pytest.raises(CheckpointError, match="'sf_cavp', wanted 'judge'"):
        load_judge(path)
