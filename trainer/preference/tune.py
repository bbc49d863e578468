"""Flow-DPO on preference pairs, with an FM term on the better side (see trainer/preference/losses.py).

With adapters the reference is the same network with its adapters off; without, a frozen copy of the start.
One process or many (torchrun): every process draws the same global batch and takes its own rows.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import InputError
from engine.generator.flow import draw_times
from engine.nn.lora import LoraConfig
from engine.progress import ProgressListener, silent
from trainer.device import chosen_device
from trainer.distributed import highest_over_ranks, is_first, joined_ranks, own_rows, world_size
from trainer.loop import LoopConfig, fit
from trainer.optimization import OptimizerConfig
from trainer.preference.given import Network, field_of_pairs
from trainer.preference.held_out import Measure, Rule
from trainer.preference.losses import PairErrors, errors_of_pairs, flow_dpo_loss
from trainer.preference.material import CurriculumConfig, PairBatch, PairSource, TuningPair, count_of
from trainer.preference.tuned_part import METHODS, REFERENCES, TunedPart, tuned_part
from trainer.preference.watch import StopConfig, Watch
from trainer.run_directory import RunDirectory

KEPT = ("best", "last")


def _few_steps() -> OptimizerConfig:
    """As trials on small generators suggest: few steps, small rate."""
    return OptimizerConfig(
        learning_rate=2e-4, steps=200, warmup_steps=10, weight_decay=0.0, ema_decay=0.95, final_fraction=0.1
    )


@dataclass(frozen=True)
class TuneConfig:
    """How a generator is tuned on pairs.

    Attributes:
        method: "lora" tunes adapters beside the weights, "full" all weights.
        lora: Size of adapters, where the generator has none yet.
        reference: What errors are compared with: "base" is the network with its adapters off, "start"
            a frozen copy of M_k; the same thing in a first round. "full" always takes the start.
        beta: Strength of the preference at the first step. It belongs to errors that are means.
        beta_end: At the last step, with a straight line between; 0 for the same.
        fm_weight: Weight of the flow-matching error on better takes, 0 for none.
        batch: Pairs a step, over all processes.
        crop_tokens: Tokens of a crop at most, 0 for whole takes.
        curriculum: Which pairs come when.
        stop: When it ends before its last step.
        keep: The "best" weights by the held-out rule, or the "last" ones.
        optimizer: Steps and learning rate.
        loop: Device, seed, checkpoints, accumulation, evaluations.
        threads: CPU threads.

    Raises:
        InputError: When a value makes no sense.
    """

    method: str = "lora"
    lora: LoraConfig = field(default_factory=LoraConfig)
    reference: str = "base"
    beta: float = 200.0
    beta_end: float = 0.0
    fm_weight: float = 1.0
    batch: int = 16
    crop_tokens: int = 0
    curriculum: CurriculumConfig = field(default_factory=CurriculumConfig)
    stop: StopConfig = field(default_factory=StopConfig)
    keep: str = "best"
    optimizer: OptimizerConfig = field(default_factory=_few_steps)
    loop: LoopConfig = field(default_factory=LoopConfig)
    threads: int = 1

    def __post_init__(self) -> None:
        for name, known in (("method", METHODS), ("reference", REFERENCES), ("keep", KEPT)):
            if getattr(self, name) not in known:
                raise InputError(f"[tune] {name} = '{getattr(self, name)}': give {' or '.join(known)}.")
        if not self.beta > 0 or self.beta_end < 0 or self.fm_weight < 0:
            raise InputError(
                f"[tune] beta = {self.beta}, beta_end = {self.beta_end}, fm_weight = {self.fm_weight}: give "
                "a beta above 0, the others 0 or more."
            )
        if self.batch < 1 or self.crop_tokens < 0:
            raise InputError(
                f"[tune] batch = {self.batch}, crop_tokens = {self.crop_tokens}: give at least 1 and 0."
            )

    def beta_at(self, done: float) -> float:
        """Beta when a share of the run is behind."""
        return self.beta + done * ((self.beta_end or self.beta) - self.beta)


@dataclass(frozen=True)
class Tuned:
    """What a tuning gave.

    Attributes:
        weights: The kept weights: adapters, or a whole generator.
        best_step: Steps behind the best figures, 0 for the start; None where nothing was measured.
        stopped: Why it ended early, in words; empty when it did not.
        start: Held-out figures of the start, empty where nothing was measured.
        best: Of the best weights.
        last: Of the last evaluation.
        counts: How many pairs it learned from.
    """

    weights: Path
    best_step: int | None
    stopped: str
    start: dict[str, float]
    best: dict[str, float]
    last: dict[str, float]
    counts: dict[str, float]

    def figures(self) -> dict[str, float | int | str | None]:
        """All of it as plain values, one level deep."""
        plain = asdict(self)
        nested = {
            f"{part}_{name}": v for part in ("start", "best", "last") for name, v in plain[part].items()
        }
        return {
            "weights": str(self.weights),
            "best_step": self.best_step,
            "stopped": self.stopped,
            **self.counts,
            **nested,
        }


def tune_on_pairs(
    network: Network,
    pairs: Sequence[TuningPair],
    config: TuneConfig,
    run: RunDirectory,
    *,
    base_sha256: str,
    measure: Measure | None = None,
    rule: Rule = lambda found, best, start: False,
    listener: ProgressListener = silent,
) -> Tuned:
    """Tune a generator on pairs; started again, it goes on where it stopped.

    Args:
        network: M_k; it holds the kept weights afterwards, with its adapters on it.
        pairs: What to learn from.
        config: How.
        run: Where the run lives.
        base_sha256: Hash of the network's weights, which adapters belong to.
        measure: Figures on material kept apart, every ``evaluate_every`` steps; None keeps the last weights.
        rule: Whether figures are better than the best ones.
        listener: Told of progress.

    Returns:
        Where the kept weights lie, and what was measured.

    Raises:
        InputError: When there are no pairs, they do not fit the network, or the settings each other.
        DeviceError: When the wanted device is not there.
        WorkError: When a loss is no finite number; the weights saved before stay.
        RunStopped: When it was asked to stop; it goes on from its last state.
    """
    torch.set_num_threads(config.threads)
    device = chosen_device(config.loop.device)
    source = PairSource(pairs, config.curriculum, config.crop_tokens)
    network.to(device)
    part = tuned_part(
        network,
        method=config.method,
        lora=config.lora,
        reference=config.reference,
        base_sha256=base_sha256,
        seed=config.loop.seed,
    )
    watch = None if measure is None else Watch(run.folder, part, measure, rule, config.stop)
    with joined_ranks(device):
        if watch is not None and is_first():
            watch.begin()
        if watch is None or not (watch.stopped and last_file(part, run).is_file()):
            _fit(part, source, config, run, device, watch=watch, listener=listener)
        highest_over_ranks(0, device)  # the kept weights lie there for all
        return _kept(part, config, run, watch, count_of(pairs))


def _fit(
    part: TunedPart,
    source: PairSource,
    config: TuneConfig,
    run: RunDirectory,
    device: torch.device,
    *,
    watch: Watch | None,
    listener: ProgressListener,
) -> None:
    """Run the loop; the last weights are written and stay in the network."""

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        done = step / config.optimizer.steps
        batch = source.draw(config.batch, done=done, chance=chance).to(device)
        seed = int(torch.randint(1 << 62, (), generator=chance))
        errors = pair_errors(part, batch, chance=torch.Generator().manual_seed(seed))
        if watch is not None:
            watch.saw(step, errors)
        return loss_terms(errors, beta=config.beta_at(done), fm_weight=config.fm_weight)

    trained = part.trained()
    average = fit(
        run,
        trained,
        losses,
        optimizer_config=config.optimizer,
        loop_config=config.loop,
        evaluate=None if watch is None else watch.evaluate,
        enough=(lambda: False) if watch is None else watch.enough,
        listener=listener,
    )
    average.swap(trained)
    if is_first():
        part.save(last_file(part, run))


def last_file(part: TunedPart, run: RunDirectory) -> Path:
    """Weights of the last step."""
    return run.folder / f"last-{part.file}"


def pair_errors(part: TunedPart, batch: PairBatch, *, chance: torch.Generator) -> PairErrors:
    """Errors of a batch by network and reference, at one noise and one time for each pair.

    Args:
        part: What is tuned.
        batch: B pairs, the rows of this process.
        chance: Times, then noise, of all processes' rows are drawn from it, on the CPU, and the own ones
            taken, so that a pair has the noise that it has in one process. In the same state in all.
    """
    chosen, rejected = batch.chosen, batch.rejected
    rows = len(chosen) * world_size()
    own = own_rows(torch.arange(rows))
    t = draw_times(rows, chance=chance)[own].to(chosen.device)
    noise = torch.randn((rows, *chosen.shape[1:]), generator=chance)[own].to(chosen)

    def of(network: Network) -> tuple[Tensor, Tensor]:
        velocity = field_of_pairs(network, batch.given, tokens=chosen.shape[1])
        return errors_of_pairs(velocity, chosen, rejected, noise=noise, t=t)

    with torch.no_grad(), part.reference() as reference:
        before = of(reference)
    return PairErrors(*of(part.network), *before)


def loss_terms(errors: PairErrors, *, beta: float, fm_weight: float) -> dict[str, Tensor]:
    """Terms of a step; those that begin with "_" are followed and not minimised."""
    winner = {"winner": fm_weight * errors.chosen.mean()} if fm_weight else {}
    return {
        "dpo": flow_dpo_loss(errors, beta=beta),
        **winner,
        "_chosen": errors.chosen.detach().mean(),
        "_rejected": errors.rejected.detach().mean(),
        "_chosen_reference": errors.chosen_reference.mean(),
        "_rejected_reference": errors.rejected_reference.mean(),
        "_margin": -errors.gap.detach().mean(),
        "_accuracy": errors.accuracy,
        "_beta": torch.tensor(beta, device=errors.chosen.device),
    }


def _kept(
    part: TunedPart, config: TuneConfig, run: RunDirectory, watch: Watch | None, counts: dict[str, float]
) -> Tuned:
    """Put the kept weights into the network and under their name."""
    best = watch is not None and config.keep == "best"
    part.load(watch.best_file if watch is not None and best else last_file(part, run))
    weights = run.folder / part.file
    if is_first():
        part.save(weights)
    if watch is None:
        return Tuned(weights, None, "", {}, {}, {}, counts)
    watch.look_again()
    return Tuned(
        weights,
        watch.best_step,
        watch.stopped,
        watch.figures("start"),
        watch.figures("best"),
        watch.figures("last"),
        counts,
    )
