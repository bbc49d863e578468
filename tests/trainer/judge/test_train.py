import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.checkpoint import load_checkpoint
from engine.errors import CheckpointError, InputError
from engine.progress import silent
from tests.trainer.judge.flash_pool import flash_pool, small_judge
from trainer.config import read_config
from trainer.judge import crops, train
from trainer.judge.crops import JudgeSource
from trainer.judge.judging import load_judge
from trainer.judge.network import JudgeConfig
from trainer.judge.train import JudgeRunConfig, JudgeTerms, judge_losses, pretrain_judge
from trainer.loop import LoopConfig
from trainer.optimization import OptimizerConfig
from trainer.scenes.pool import PoolConfig, ScenePool

CONFIGS = Path(__file__).parents[3] / "trainer" / "configs"


def test_all_terms_fall_on_a_few_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "augment_mel", lambda mel, chance: mel)  # else dozens of steps are too few
    pool = flash_pool(8)
    network = small_judge(pool.classes).train()
    source = JudgeSource(pool, steps=64, clean_share=0.3)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-2)
    chance = torch.Generator().manual_seed(1)
    history = []
    for _ in range(36):
        losses = judge_losses(network, source.draw(8, chance), JudgeTerms())
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        history.append({name: float(value.detach()) for name, value in losses.items()})
    first, last = ({n: sum(h[n] for h in part) / 6 for n in part[0]} for part in (history[:6], history[-6:]))
    assert list(first) == ["lag", "slow", "onsets", "classes"]
    assert last["lag"] < 0.8 * first["lag"]
    assert last["slow"] < 0.75 * first["slow"]
    assert last["onsets"] < 0.6 * first["onsets"]
    assert last["classes"] < 0.75 * first["classes"]


def test_terms_carry_their_weight() -> None:
    pool = flash_pool(3)
    batch = JudgeSource(pool, steps=64, clean_share=0.0).draw(3, torch.Generator().manual_seed(1))
    network = small_judge(pool.classes).requires_grad_(False)
    one = judge_losses(network, batch, JudgeTerms(1.0, 1.0, 1.0, 1.0))
    other = judge_losses(network, batch, JudgeTerms(2.0, 0.0, 0.5, 3.0))
    for name, weight in (("lag", 2.0), ("slow", 0.0), ("onsets", 0.5), ("classes", 3.0)):
        assert float(other[name]) == pytest.approx(weight * float(one[name]), rel=1e-4)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge and a pool of a size that train in a moment."""

    def pool(folder: Path, split: str, *, classes: tuple[str, ...] | None = None) -> ScenePool:
        return flash_pool(4 if split == "train" else 3, stems_each=1)

    def config(classes: tuple[str, ...]) -> JudgeConfig:
        return JudgeConfig(classes, first_width=4, sound_width=4, hidden=8, fast_size=4, slow_size=4)

    monkeypatch.setattr(train, "load_pool", pool)
    monkeypatch.setattr(train, "JudgeConfig", config)


def run_config(folder: Path, *, steps: int) -> JudgeRunConfig:
    loop = LoopConfig(log_every=1, save_every=2, evaluate_every=4, bfloat16=True, tensorboard=False)
    optimizer = OptimizerConfig(steps=steps, warmup_steps=1)
    return JudgeRunConfig("pool", str(folder), batch=3, steps_per_crop=64, optimizer=optimizer, loop=loop)


def lines_of(folder: Path) -> list[dict[str, float]]:
    text = (folder / "progress.jsonl").read_text(encoding="utf-8")
    return [{k: v for k, v in json.loads(line).items() if k != "time"} for line in text.splitlines()]


@pytest.mark.usefixtures("tiny")
def test_run_leaves_a_judge_and_its_held_out_figures(tmp_path: Path) -> None:
    trained = pretrain_judge(run_config(tmp_path, steps=4), listener=silent)
    assert trained.checkpoint == tmp_path / "judge.safetensors"
    network = load_judge(trained.checkpoint)
    assert network.config.hidden == 8
    assert not network.training
    with pytest.raises(CheckpointError, match="'judge'"):
        load_checkpoint(trained.checkpoint, family="sf_cavp")
    report = lines_of(tmp_path)[-1]
    assert set(trained.figures.numbers()) <= set(report)
    assert 0.0 <= report["held_out_within_100_ms"] <= 1.0


@pytest.mark.usefixtures("tiny")
def test_an_interrupted_run_goes_on_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pretrain_judge(run_config(tmp_path / "whole", steps=4), listener=silent)
    real = train.judge_losses
    taken: list[int] = []

    def interrupted(*given: Any) -> dict[str, torch.Tensor]:
        taken.append(1)
        if len(taken) == 4:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(train, "judge_losses", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pretrain_judge(run_config(tmp_path / "parts", steps=4), listener=silent)
    parts = pretrain_judge(run_config(tmp_path / "parts", steps=4), listener=silent)
    assert lines_of(tmp_path / "parts") == lines_of(tmp_path / "whole")
    states = [load_checkpoint(run.checkpoint, family="judge").state for run in (whole, parts)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_absent_pool_is_named(tmp_path: Path) -> None:
    config = replace(run_config(tmp_path, steps=2), pool=str(tmp_path / "no_pool"))
    with pytest.raises(InputError, match="no_pool"):
        pretrain_judge(config, listener=silent)


def test_several_processes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "localhost")):
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match="without torchrun"):
        pretrain_judge(run_config(tmp_path, steps=2), listener=silent)


def test_shipped_config_trains_on_scenes_of_its_own() -> None:
    run = read_config(JudgeRunConfig, CONFIGS / "judge.toml")
    own = read_config(PoolConfig, CONFIGS / "judge_scenes.toml")
    other = read_config(PoolConfig, CONFIGS / "starter_scenes.toml")
    assert run.pool == own.folder != other.folder
    assert own.seed > other.seed + other.scenes
    assert own.seed + own.scenes < 900_000_000  # where the held-out seeds begin
    assert own.held_out_scenes <= own.seed - other.seed - other.held_out_scenes
    assert run.loop.seed != LoopConfig().seed
