import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.errors import CheckpointError, InputError, WorkError, WriteError
from tests.failing_disk import files_limited_to
from trainer.curves import CURVES_FOLDER
from trainer.loop import LoopConfig, fit, step_generator
from trainer.optimization import AveragedWeights, OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.stop_request import RunStopped

OPTIMIZER = OptimizerConfig(learning_rate=0.05, steps=12, warmup_steps=3, ema_decay=0.9)
LOOP = LoopConfig(seed=5, log_every=1, save_every=4, tensorboard=False)


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


def rows(folder: Path) -> list[dict[str, Any]]:
    """All progress lines, but for the time of day."""
    lines = (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    return [{name: value for name, value in json.loads(line).items() if name != "time"} for line in lines]


def curve(folder: Path) -> dict[int, float]:
    lines = (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    return {line["step"]: line["error"] for line in map(json.loads, lines) if "error" in line}


def test_resumed_run_has_the_curve_and_the_weights_of_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, whole_average = train(tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(tmp_path / "parts", dies_at=6)
    resumed, average = train(tmp_path / "parts")
    assert rows(tmp_path / "parts") == rows(tmp_path / "whole")
    assert [row["step"] for row in rows(tmp_path / "whole")] == list(range(1, 13))
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
    train(tmp_path / "four", loop=replace(LOOP, log_every=4))
    each, four = curve(tmp_path / "each"), curve(tmp_path / "four")
    assert list(four) == [4, 8, 12]
    assert four[8] == pytest.approx(sum(each[step] for step in (5, 6, 7, 8)) / 4, abs=1e-5)


def test_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first, _ = train(tmp_path)
    again, _ = train(tmp_path, dies_at=0)
    assert torch.equal(first.weight, again.weight)


def test_time_limit_stops_after_a_step_and_the_run_can_go_on(tmp_path: Path) -> None:
    train(tmp_path / "parts", loop=replace(LOOP, save_every=100, max_minutes=1e-9))
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

    loop = replace(LOOP, log_every=100, save_every=100, evaluate_every=6)
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
        loop_config=replace(LOOP, log_every=2),
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


def noisy(folder: Path, *, loop: LoopConfig, dies_at: int | None = None) -> nn.Sequential:
    """A run with dropout, two terms and an evaluation."""
    made = nn.Sequential(network(), nn.Dropout(0.5))

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        if step == dies_at:
            raise Interrupted
        error = (made(torch.rand(8, 3, generator=chance)) - 1).square().mean()
        return {
            "error": error,
            "size": 0.1 * made[0].weight.square().sum(),
            "_step": torch.tensor(float(step)),
        }

    fit(
        RunDirectory(folder),
        made,
        losses,
        optimizer_config=OPTIMIZER,
        loop_config=loop,
        evaluate=lambda: {"held_out": float(made[0].weight.detach().sum())},
    )
    return made


@pytest.mark.parametrize("dies_at", [2, 5, 6, 9, 11])
def test_all_rows_of_a_resumed_run_are_those_of_an_uninterrupted_one(tmp_path: Path, dies_at: int) -> None:
    loop = replace(LOOP, log_every=3, save_every=4, evaluate_every=2)  # a save falls between two lines
    whole = noisy(tmp_path / "whole", loop=loop)
    with pytest.raises(Interrupted):
        noisy(tmp_path / "parts", loop=loop, dies_at=dies_at)
    parts = noisy(tmp_path / "parts", loop=loop)
    assert rows(tmp_path / "parts") == rows(tmp_path / "whole")
    assert [row["step"] for row in rows(tmp_path / "whole")] == [2, 3, 4, 6, 6, 8, 9, 10, 12, 12]
    assert torch.equal(parts[0].weight, whole[0].weight)


def test_two_batches_a_step_train_as_one_of_both(tmp_path: Path) -> None:
    def trained(folder: Path, *, batch: int, accumulate: int) -> nn.Linear:
        made = network()

        def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
            return {"error": (made(torch.rand(batch, 3, generator=chance)) - 1).square().mean()}

        loop = replace(LOOP, accumulate=accumulate)
        fit(RunDirectory(folder), made, losses, optimizer_config=OPTIMIZER, loop_config=loop)
        return made

    one = trained(tmp_path / "one", batch=8, accumulate=1)
    two = trained(tmp_path / "two", batch=4, accumulate=2)
    torch.testing.assert_close(two.weight, one.weight)
    assert list(curve(tmp_path / "two").values()) == pytest.approx(
        list(curve(tmp_path / "one").values()), abs=2e-6
    )


def test_losses_are_computed_in_bfloat16_where_asked(tmp_path: Path) -> None:
    made, kinds = network(), []

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        found = made(torch.rand(4, 3, generator=chance))
        kinds.append(found.dtype)
        return {"error": found.float().square().mean(), "size": made(torch.ones(1, 3)).sum() * 0}

    config = OptimizerConfig(steps=1)
    for name, loop in (("half", replace(LOOP, bfloat16=True)), ("full", LOOP)):
        fit(RunDirectory(tmp_path / name), made, losses, optimizer_config=config, loop_config=loop)
    assert kinds == [torch.bfloat16, torch.float32]
    assert made.weight.dtype == torch.float32


@pytest.mark.parametrize(("where", "named"), [("loss", "'error' is nan"), ("gradient", "'gradient' is nan")])
def test_run_stops_at_a_loss_that_is_no_number_and_keeps_the_last_good_state(
    tmp_path: Path, where: str, named: str
) -> None:
    made = network()

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        value = made.weight.square().sum()
        if step == 6:  # the root of 0 is a number, its slope is none
            value = value * torch.nan if where == "loss" else value + (made.weight * 0).sum().abs().sqrt()
        return {"error": value, "_watched": torch.tensor(torch.nan)}

    with pytest.raises(WorkError, match=f"Step 7: {named}.* state of step 4: lower the learning rate"):
        fit(RunDirectory(tmp_path), made, losses, optimizer_config=OPTIMIZER, loop_config=LOOP)
    assert bool(made.weight.isfinite().all())
    state = RunDirectory(tmp_path).load_state()
    assert state is not None
    assert state["step"] == 4
    assert "Step 7" in rows(tmp_path)[-1]["failure"]
    train(tmp_path)  # mended, it goes on; the failure stays on record
    assert [row["step"] for row in rows(tmp_path)] == [1, 2, 3, 4, 7, 5, 6, 7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_lets_the_step_end_saves_and_the_run_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    made = network()

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        if step == 5:
            os.kill(os.getpid(), number)
        x = torch.randn(8, 3, generator=chance)
        return {"error": (made(x)[:, 0] - x @ torch.tensor([1.0, -2.0, 0.5])).square().mean()}

    loop = replace(LOOP, save_every=100)
    with pytest.raises(RunStopped, match="the same command goes on from it") as stopped:
        fit(RunDirectory(tmp_path / "parts"), made, losses, optimizer_config=OPTIMIZER, loop_config=loop)
    assert stopped.value.exit_code == 128 + number
    assert list(curve(tmp_path / "parts")) == [1, 2, 3, 4, 5, 6]
    resumed, _ = train(tmp_path / "parts", loop=loop)
    whole, _ = train(tmp_path / "whole", loop=loop)
    assert curve(tmp_path / "parts") == curve(tmp_path / "whole")
    assert torch.equal(resumed.weight, whole.weight)


def test_full_disk_at_a_checkpoint_names_the_file_and_the_run_goes_on(tmp_path: Path) -> None:
    train(tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(tmp_path / "parts", dies_at=5)
    size = (tmp_path / "parts" / "state.pt").stat().st_size
    with (
        files_limited_to(size // 2),
        pytest.raises(WriteError, match=r"parts/state\.pt failed.* MB are free there.*saved before is whole"),
    ):
        train(tmp_path / "parts")
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == ["progress.jsonl", "state.pt"]
    resumed, _ = train(tmp_path / "parts")
    assert rows(tmp_path / "parts") == rows(tmp_path / "whole")


def test_state_of_another_network_is_refused_by_name(tmp_path: Path) -> None:
    train(tmp_path)
    with pytest.raises(CheckpointError, match=r"state\.pt holds another network"):
        fit(
            RunDirectory(tmp_path),
            nn.Linear(4, 1),
            lambda step, chance: {},
            optimizer_config=OPTIMIZER,
            loop_config=LOOP,
        )


def test_state_written_before_sums_were_kept_is_taken_over(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train(tmp_path, dies_at=6)
    run = RunDirectory(tmp_path)
    state = run.load_state()
    assert state is not None
    run.save_state({name: state[name] for name in ("step", "network", "optimizer", "average")})
    train(tmp_path)
    assert list(curve(tmp_path)) == list(range(1, 13))


@pytest.mark.parametrize("name", ["log_every", "save_every", "accumulate"])
def test_count_below_one_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=rf"\[loop\] {name} = 0"):
        LoopConfig(**{name: 0})


def test_tensorboard_holds_the_rows_where_asked(tmp_path: Path) -> None:
    train(tmp_path / "with", loop=replace(LOOP, tensorboard=True))
    train(tmp_path / "without")
    assert list((tmp_path / "with" / CURVES_FOLDER).iterdir())
    assert not (tmp_path / "without" / CURVES_FOLDER).exists()


def test_a_run_ends_when_the_recipe_has_enough_and_its_state_is_saved(tmp_path: Path) -> None:
    made, seen = network(), []

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        seen.append(step)
        return {"error": made(torch.ones(1, 3)).square().mean()}

    fit(
        RunDirectory(tmp_path),
        made,
        losses,
        optimizer_config=OPTIMIZER,
        loop_config=LOOP,
        enough=lambda: len(seen) == 5,
    )
    assert seen == [0, 1, 2, 3, 4]
    state = RunDirectory(tmp_path).load_state()
    assert state is not None
    assert state["step"] == 5
