"""fit(): the only training loop. A recipe says how a batch becomes losses."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.progress import Progress, ProgressListener, silent
from trainer.optimization import AveragedWeights, OptimizerConfig, learning_rate_factor, make_optimizer
from trainer.run_directory import RunDirectory

BatchLosses = Callable[[int, torch.Generator], dict[str, Tensor]]
Evaluation = Callable[[], dict[str, float]]


@dataclass(frozen=True)
class LoopConfig:
    """How a run is followed.

    Attributes:
        seed: Seed of the whole run; step n draws from seed and n alone, so that a resumed run
            goes on as if it had never stopped.
        log_every: Steps between progress lines.
        save_every: Steps between checkpoints.
        evaluate_every: Steps between evaluations, 0 for none.
        max_minutes: Stop (resumably) after this time, 0 for no limit.
    """

    seed: int = 1
    log_every: int = 50
    save_every: int = 200
    evaluate_every: int = 0
    max_minutes: float = 0.0


def step_generator(seed: int, step: int) -> torch.Generator:
    """The source of chance of one step."""
    return torch.Generator().manual_seed(seed * 10_000_019 + step)


def fit(
    run: RunDirectory,
    network: nn.Module,
    batch_losses: BatchLosses,
    *,
    optimizer_config: OptimizerConfig,
    loop_config: LoopConfig,
    evaluate: Evaluation | None = None,
    listener: ProgressListener = silent,
) -> AveragedWeights:
    """Train until the last step; the sum of the returned losses is minimised.

    Returns:
        The averaged weights; the network holds the last raw ones.
    """
    optimizer = make_optimizer(network, optimizer_config)
    average = AveragedWeights(network, optimizer_config.ema_decay)
    first = _resume(run, network, optimizer, average)
    started = time.monotonic()
    sums: dict[str, float] = {}
    for step in range(first, optimizer_config.steps):
        network.train()
        for group in optimizer.param_groups:
            group["lr"] = optimizer_config.learning_rate * learning_rate_factor(step, optimizer_config)
        losses = batch_losses(step, step_generator(loop_config.seed, step))
        total = torch.stack([value for name, value in losses.items() if not name.startswith("_")]).sum()
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), optimizer_config.clip_norm)
        optimizer.step()
        average.update(network, step)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        done = step + 1
        if done % loop_config.log_every == 0:
            run.log(done, {name: value / loop_config.log_every for name, value in sums.items()})
            listener(Progress("train", done, optimizer_config.steps, _in_words(sums, loop_config.log_every)))
            sums = {}
        overtime = loop_config.max_minutes and time.monotonic() - started > 60 * loop_config.max_minutes
        if done % loop_config.save_every == 0 or done == optimizer_config.steps or overtime:
            _save(run, network, optimizer, average, done)
        if evaluate and loop_config.evaluate_every and done % loop_config.evaluate_every == 0:
            _evaluate(run, network, average, evaluate, done)
        if overtime:
            break
    return average


def _in_words(sums: dict[str, float], count: int) -> str:
    return " ".join(f"{name} {value / count:.4f}" for name, value in sums.items())


def _resume(
    run: RunDirectory, network: nn.Module, optimizer: torch.optim.Optimizer, average: AveragedWeights
) -> int:
    state = run.load_state()
    if state is None:
        return 0
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    average.load(state["average"])
    return int(state["step"])


def _save(
    run: RunDirectory,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: AveragedWeights,
    step: int,
) -> None:
    run.save_state(
        {
            "step": step,
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "average": average.values,
        }
    )


def _evaluate(
    run: RunDirectory, network: nn.Module, average: AveragedWeights, evaluate: Evaluation, step: int
) -> None:
    average.swap(network)
    network.eval()
    with torch.no_grad():
        run.log(step, evaluate())
    average.swap(network)
