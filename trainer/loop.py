"""fit(): the only training loop. A recipe says how a batch becomes losses."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import CheckpointError, InputError, WorkError
from engine.progress import Progress, ProgressListener, silent
from trainer.curves import Curves, NoCurves, TensorBoardCurves
from trainer.device import chosen_device
from trainer.distributed import (
    average_gradients,
    highest_over_ranks,
    is_first,
    joined_ranks,
    mean_over_ranks,
    rank,
    share_weights,
)
from trainer.optimization import AveragedWeights, OptimizerConfig, learning_rate_factor, make_optimizer
from trainer.run_directory import RunDirectory
from trainer.stop_request import GO_ON, TIME_IS_UP, RunStopped, listening_for_stop

BatchLosses = Callable[[int, torch.Generator], dict[str, Tensor]]
Evaluation = Callable[[], dict[str, float]]
Enough = Callable[[], bool]


@dataclass(frozen=True)
class LoopConfig:
    """How a run is computed and followed.

    Attributes:
        seed: Seed of the whole run; step n draws from seed and n alone, so that a resumed run
            goes on as if it had never stopped.
        log_every: Steps between progress lines.
        save_every: Steps between checkpoints.
        evaluate_every: Steps between evaluations, 0 for none.
        max_minutes: Stop (resumably) after this time, 0 for no limit.
        accumulate: Batches whose gradients make one step. Terms that compare rows compare
            within one batch.
        bfloat16: Compute the recipe's losses under bfloat16 autocast.
        device: "cpu", "cuda", or "auto" for CUDA where there is one.
        tensorboard: Write the curves for TensorBoard beside the JSON lines.

    Raises:
        InputError: When a count is not positive.
    """

    seed: int = 1
    log_every: int = 50
    save_every: int = 200
    evaluate_every: int = 0
    max_minutes: float = 0.0
    accumulate: int = 1
    bfloat16: bool = False
    device: str = "cpu"
    tensorboard: bool = True

    def __post_init__(self) -> None:
        for name in ("log_every", "save_every", "accumulate"):
            if getattr(self, name) < 1:
                raise InputError(f"[loop] {name} = {getattr(self, name)}: give at least 1.")


def step_generator(seed: int, step: int) -> torch.Generator:
    """The source of chance of one step, the same in all processes."""
    return torch.Generator().manual_seed(_step_seed(seed, step))


def _step_seed(seed: int, step: int) -> int:
    return seed * 10_000_019 + step


def fit(
    run: RunDirectory,
    network: nn.Module,
    batch_losses: BatchLosses,
    *,
    optimizer_config: OptimizerConfig,
    loop_config: LoopConfig,
    evaluate: Evaluation | None = None,
    enough: Enough = lambda: False,
    listener: ProgressListener = silent,
) -> AveragedWeights:
    """Train until the last step; the sum of the returned losses is minimised.

    The network moves to the device of the settings and stays there; the recipe sends its
    batches there. Under torchrun all processes call this alike; the first one logs, evaluates
    and saves (see trainer/distributed.py).

    Args:
        run: Where the run lives; an unfinished one goes on.
        network: What is trained.
        batch_losses: From the number of a step and its source of chance to scalar terms; those
            whose names begin with "_" are followed and not minimised.
        optimizer_config: Steps and learning rate.
        loop_config: Device, checkpoints, progress lines.
        evaluate: Figures of the averaged weights.
        enough: Asked after each step whether the run may end before its last one; it ends when it is
            in any process.
        listener: Told of progress.

    Returns:
        The averaged weights; the network holds the last raw ones.

    Raises:
        DeviceError: When the wanted device is not there.
        MissingComponentError: When TensorBoard is wanted and not installed.
        CheckpointError: When the run's state is damaged or of another network.
        WorkError: When a loss or gradient is no finite number; the state saved before stays.
        WriteError: When the disk refuses; the state saved before stays.
        RunStopped: On SIGINT or SIGTERM, after the step was finished and saved.
    """
    device = chosen_device(loop_config.device)
    with joined_ranks(device), listening_for_stop() as request:
        course = _Course(run, network, optimizer_config, loop_config, device, listener)
        first = course.resume()
        with course.drawn_curves(first):
            reason = GO_ON
            for step in range(first, optimizer_config.steps):
                course.take_step(step, batch_losses)
                course.follow(step + 1, evaluate)
                ended = TIME_IS_UP if enough() else course.time_is_up()
                reason = highest_over_ranks(request.reason or ended, device)
                course.save_if_due(step + 1, now=reason != GO_ON)
                if reason != GO_ON:
                    break
    if reason > TIME_IS_UP:
        raise RunStopped(reason, f"Stopped. {run.state_file} is saved: the same command goes on from it.")
    return course.average


@dataclass
class _Terms:
    """Sums of the loss terms since the last progress line."""

    sums: dict[str, float] = field(default_factory=dict)
    count: int = 0

    def add(self, values: dict[str, float]) -> None:
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.count += 1

    def agree(self, device: torch.device) -> None:
        """Take the mean over the processes; adding may go on after it."""
        sums = torch.tensor(list(self.sums.values()), dtype=torch.float64, device=device)
        self.sums = dict(zip(self.sums, mean_over_ranks(sums).tolist(), strict=True))

    def means(self) -> dict[str, float]:
        return {name: value / self.count for name, value in self.sums.items()}


class _Course:
    """The moving parts of one run."""

    def __init__(
        self,
        run: RunDirectory,
        network: nn.Module,
        optimizer_config: OptimizerConfig,
        loop_config: LoopConfig,
        device: torch.device,
        listener: ProgressListener,
    ) -> None:
        self.run = run
        self.network = network.to(device)
        self.optimizer_config = optimizer_config
        self.loop_config = loop_config
        self.device = device
        self.listener = listener
        self.optimizer = make_optimizer(network, optimizer_config)
        share_weights(network)
        self.average = AveragedWeights(network, optimizer_config.ema_decay)
        self.terms = _Terms()
        self.curves: Curves = NoCurves()
        self.saved = 0
        self.started = time.monotonic()

    def resume(self) -> int:
        """Take over the newest state; the number of steps it holds."""
        state = self.run.load_state()
        if state is not None:
            self._take_over(state)
        if highest_over_ranks(self.saved, self.device) != self.saved:
            raise InputError(
                f"This process finds {self.saved} steps in {self.run.folder}, another one more: put the "
                "run on a disk that all processes share."
            )
        if is_first():
            self.run.rewind(self.saved)
        return self.saved

    def _take_over(self, state: dict[str, Any]) -> None:
        try:
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average.load(state["average"])
        except (RuntimeError, ValueError, KeyError) as problem:
            raise CheckpointError(
                f"{self.run.state_file} holds another network than this config builds: give the run "
                "another folder, or set the config back."
            ) from problem
        self.terms = _Terms(dict(state.get("sums", {})), int(state.get("count", 0)))
        self.saved = int(state["step"])

    def drawn_curves(self, first: int) -> Curves:
        """Open the curves of the first process, where they are wanted."""
        if self.loop_config.tensorboard and is_first():
            self.curves = TensorBoardCurves(self.run.folder, first)
        return self.curves

    def time_is_up(self) -> int:
        """TIME_IS_UP after the longest time of this start, else GO_ON."""
        limit = 60 * self.loop_config.max_minutes
        return TIME_IS_UP if limit and time.monotonic() - self.started > limit else GO_ON

    def take_step(self, step: int, batch_losses: BatchLosses) -> None:
        """One optimizer step."""
        config = self.optimizer_config
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * learning_rate_factor(step, config)
        self.optimizer.zero_grad(set_to_none=True)
        values = self._gradients(step, batch_losses)
        average_gradients(self.network)
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.clip_norm)
        self._check(step, {**values, "gradient": float(norm)})
        self.optimizer.step()
        self.average.update(self.network, step)
        self.terms.add(values)

    def _gradients(self, step: int, batch_losses: BatchLosses) -> dict[str, float]:
        """Add up the gradients of a step; the values of its terms."""
        config = self.loop_config
        self._seed_dropout(_step_seed(config.seed, step) + 1_000_003 * rank())
        chance = step_generator(config.seed, step)
        found: dict[str, list[Tensor]] = {}
        for _ in range(config.accumulate):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=config.bfloat16):
                losses = batch_losses(step, chance)
            minimised = [value.float() for name, value in losses.items() if not name.startswith("_")]
            (torch.stack(minimised).sum() / config.accumulate).backward()
            for name, value in losses.items():
                found.setdefault(name, []).append(value.detach())
        # One transfer from the device for all terms.
        flat = torch.stack([value.float() for values in found.values() for value in values]).tolist()
        numbers = iter(flat)
        return {
            name: sum(next(numbers) for _ in values) / config.accumulate for name, values in found.items()
        }

    def _seed_dropout(self, seed: int) -> None:
        """Seed torch's own source of chance, of the device in use only: cheaper than manual_seed."""
        torch.default_generator.manual_seed(seed)
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _check(self, step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            if not name.startswith("_") and not math.isfinite(value):
                rate = self.optimizer.param_groups[0]["lr"]
                words = (
                    f"Step {step + 1}: '{name}' is {value}. The run keeps its state of step {self.saved}: "
                    f"lower the learning rate (here {rate:.2g}) or look for bad input, then start again."
                )
                if is_first():
                    self.run.log_failure(step + 1, words)
                raise WorkError(words)

    def follow(self, done: int, evaluate: Evaluation | None) -> None:
        """Progress line and evaluation, when they are due."""
        config = self.loop_config
        if done % config.log_every == 0:
            self.terms.agree(self.device)
            means = self.terms.means()
            self.terms = _Terms()
            if is_first():
                self._tell(done, means)
                words = " ".join(f"{name} {value:.4f}" for name, value in means.items())
                self.listener(Progress("train", done, self.optimizer_config.steps, words))
        if evaluate and config.evaluate_every and done % config.evaluate_every == 0 and is_first():
            self._tell(done, self._evaluated(evaluate))

    def _tell(self, done: int, values: dict[str, float]) -> None:
        self.run.log(done, values)
        self.curves.add(done, values)

    def _evaluated(self, evaluate: Evaluation) -> dict[str, float]:
        self.average.swap(self.network)
        self.network.eval()
        try:
            with torch.no_grad():
                return evaluate()
        finally:
            self.average.swap(self.network)

    def save_if_due(self, done: int, *, now: bool) -> None:
        """Save at the last step, every so often, and when the run stops."""
        if not (now or done % self.loop_config.save_every == 0 or done == self.optimizer_config.steps):
            return
        self.terms.agree(self.device)
        if is_first():
            self.run.save_state(
                {
                    "step": done,
                    "network": self.network.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                    "average": self.average.values,
                    "sums": self.terms.sums,
                    "count": self.terms.count,
                }
            )
        self.saved = highest_over_ranks(done, self.device)  # nobody leaves before the state lies there
