import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from trainer.loop import LoopConfig, fit, step_generator
from trainer.optimization import AveragedWeights, OptimizerConfig
from trainer.run_directory import RunDirectory

OPTIMIZER = OptimizerConfig(learning_rate=0.05, steps=12, warmup_steps=3, ema_decay=0.9)
LOOP = LoopConfig(seed=5, log_every=1, save_every=4)


class Interrupted(Exception):
    """The machine went away."""


def network() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 1)


def train(
    folder: Path, *, loop: LoopConfig = LOOP, dies_at: int | None = None
) -> tuple[nn.Linear, AveragedWeights]:
    made = network()

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        if step == dies_at:
            raise Interrupted
        x = torch.randn(8, 3, generator=chance)
        error = (made(x)[:, 0] - x @ torch.tensor([1.0, -2.0, 0.5])).square().mean()
        return {"error": error, "_seen": error.detach() * 1000}

    average = fit(RunDirectory(folder), made, losses, optimizer_config=OPTIMIZER, loop_config=loop)
    return made, average


def curve(folder: Path) -> dict[int, float]:
    lines = (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    return {line["step"]: line["error"] for line in map(json.loads, lines) if "error" in line}


def test_resumed_run_has_the_curve_and_the_weights_of_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, whole_average = train(tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(tmp_path / "parts", dies_at=6)
    resumed, average = train(tmp_path / "parts")
    assert curve(tmp_path / "parts") == curve(tmp_path / "whole")
    assert list(curve(tmp_path / "whole")) == list(range(1, 13))
    assert torch.equal(resumed.weight, whole.weight)
    assert torch.equal(average.values["weight"], whole_average.values["weight"])


def test_loss_falls_and_average_follows_the_raw_weights(tmp_path: Path) -> None:
    made, average = train(tmp_path)
    errors = curve(tmp_path)
    assert errors[12] < errors[1]
    assert not torch.equal(average.values["weight"], made.weight)
    with torch.no_grad():
        assert float((average.values["weight"] - network().weight).abs().max()) > 0.01


def test_terms_with_an_underscore_are_followed_but_not_trained(tmp_path: Path) -> None:
    made = network()

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        return {"flat": made(torch.zeros(1, 3)).sum() * 0.0, "_watched": made.weight.square().sum()}

    before = made.weight.clone()
    config = OptimizerConfig(steps=2, weight_decay=0.0)
    fit(RunDirectory(tmp_path), made, losses, optimizer_config=config, loop_config=LOOP)
    assert torch.equal(made.weight, before)
    assert "_watched" in (tmp_path / "progress.jsonl").read_text(encoding="utf-8")


def test_log_line_is_the_mean_over_its_steps(tmp_path: Path) -> None:
    train(tmp_path / "each")
    train(tmp_path / "four", loop=LoopConfig(seed=5, log_every=4, save_every=4))
    each, four = curve(tmp_path / "each"), curve(tmp_path / "four")
    assert list(four) == [4, 8, 12]
    assert four[8] == pytest.approx(sum(each[step] for step in (5, 6, 7, 8)) / 4, abs=1e-5)


def test_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first, _ = train(tmp_path)
    again, _ = train(tmp_path, dies_at=0)
    assert torch.equal(first.weight, again.weight)


def test_time_limit_stops_after_a_step_and_the_run_can_go_on(tmp_path: Path) -> None:
    train(tmp_path / "parts", loop=LoopConfig(seed=5, log_every=1, save_every=100, max_minutes=1e-9))
    assert list(curve(tmp_path / "parts")) == [1]
    train(tmp_path / "parts")
    train(tmp_path / "whole")
    assert curve(tmp_path / "parts") == curve(tmp_path / "whole")


def test_evaluation_sees_the_average_in_eval_mode_and_gives_the_weights_back(tmp_path: Path) -> None:
    made = network()
    raw: list[Tensor] = []
    seen: list[tuple[bool, bool]] = []

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        raw.append(made.weight.detach().clone())
        return {"error": made(torch.randn(4, 3, generator=chance)).square().mean()}

    def evaluate() -> dict[str, float]:
        seen.append((made.training, torch.is_grad_enabled()))
        return {"held_out": float(made.weight.sum())}

    loop = LoopConfig(log_every=100, save_every=100, evaluate_every=6)
    fit(RunDirectory(tmp_path), made, losses, optimizer_config=OPTIMIZER, loop_config=loop, evaluate=evaluate)
    assert seen == [(False, False)] * 2
    lines = [
        json.loads(line) for line in (tmp_path / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [line["step"] for line in lines] == [6, 12]
    # The step after the evaluation goes on from the raw weights, not from the average.
    assert float(raw[6].sum()) != pytest.approx(lines[0]["held_out"], abs=1e-6)


def test_progress_tells_step_and_losses(tmp_path: Path) -> None:
    heard = []
    made = network()
    fit(
        RunDirectory(tmp_path),
        made,
        lambda step, chance: {"error": made.weight.square().sum()},
        optimizer_config=OptimizerConfig(steps=4),
        loop_config=LoopConfig(log_every=2),
        listener=heard.append,
    )
    assert [(progress.done, progress.total) for progress in heard] == [(2, 4), (4, 4)]
    assert heard[0].note.startswith("error ")


def test_each_step_has_chance_of_its_own() -> None:
    draws = {
        float(torch.rand(1, generator=step_generator(seed, step))) for seed in (1, 2) for step in range(3)
    }
    assert len(draws) == 6
    assert torch.equal(
        torch.rand(3, generator=step_generator(1, 2)), torch.rand(3, generator=step_generator(1, 2))
    )
