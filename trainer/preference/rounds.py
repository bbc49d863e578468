"""Recipe: AVP-RPO, round after round; M_k makes takes, SF-CAVP ranks them, M_k+1 is tuned on the pairs.

Every model is kept. Which one is best is decided by the held-out scenes without their hit track, the first
model included: more rounds are not better rounds.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from engine.adapter_cards import check_adapter_name
from engine.atomic_file import written_atomically
from engine.errors import InputError, WorkError
from engine.progress import Progress, ProgressListener, silent
from trainer.data.feature_cache import make_folder
from trainer.device import chosen_device
from trainer.distributed import highest_over_ranks, is_first, joined_ranks
from trainer.evaluation.cavp import circumstances
from trainer.preference.candidates import CandidateConfig, CandidateRunConfig, make_candidates
from trainer.preference.held_out import MEAN_OFF, ONSET_F1, STD_OFF, HeldOutConfig
from trainer.preference.plots import draw_rounds
from trainer.preference.rank import RankConfig, RankRunConfig, rank_candidates
from trainer.preference.ranking import Ranking
from trainer.preference.start import StartConfig, open_start
from trainer.preference.tune import TuneConfig, Tuned
from trainer.preference.tuning_run import TuneRunConfig, keep_adapter, tune

REPORT = "rounds.json"
SCHEMA = 1
_CPU = torch.device("cpu")
_DRAWN = (ONSET_F1, MEAN_OFF, STD_OFF, "reward_takes", "margin_mean")


@dataclass(frozen=True)
class RpoConfig:
    """One run of ``msg-train rpo``.

    Attributes:
        run: Folder of all rounds.
        pool: Folder of the scenes; its training side is ranked on, its held-out side decides.
        rounds: K.
        model: Folder of the model whose SF-CAVP ranks.
        sf_cavp: SF-CAVP weights in place of that model's.
        first_round: Folder that holds candidates and ranking of round 0, shared by runs that differ in
            tuning alone; empty for the run's own.
        adapter: Name under which the best adapter is kept among the user's, empty for none.
        start: M_0.
        candidates: Which takes; round k draws other stems and noise.
        rank: How pairs are made.
        held_out: How models are measured.
        tune: How they are tuned.

    Raises:
        InputError: When there is no round, nothing is measured, or no adapter can be kept.
    """

    run: str
    pool: str
    rounds: int = 2
    model: str = "assets/models/starter"
    sf_cavp: str = ""
    first_round: str = ""
    adapter: str = ""
    start: StartConfig = field(default_factory=StartConfig)
    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    rank: RankConfig = field(default_factory=RankConfig)
    held_out: HeldOutConfig = field(default_factory=HeldOutConfig)
    tune: TuneConfig = field(default_factory=TuneConfig)

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise InputError(f"rounds = {self.rounds}: give at least 1.")
        if not self.tune.loop.evaluate_every:
            raise InputError("Rounds are judged on held-out scenes: give [tune.loop] evaluate_every.")
        if self.adapter and self.tune.method != "lora":
            raise InputError("adapter = NAME needs [tune] method = 'lora': all weights give no adapter.")
        if self.adapter:
            check_adapter_name(self.adapter)

    def round_folder(self, number: int) -> Path:
        """Where a round lies."""
        return Path(self.run) / f"round-{number}"

    def made_in(self, number: int) -> Path:
        """Where candidates and ranking of a round lie."""
        return Path(self.first_round) if self.first_round and not number else self.round_folder(number)


@dataclass(frozen=True)
class Model:
    """M_k of a run.

    Attributes:
        start: Its weights.
        held_out: Its held-out figures.
    """

    start: StartConfig
    held_out: dict[str, float]


@dataclass(frozen=True)
class Round:
    """What one round did.

    Attributes:
        ranking: Figures of its ranking.
        tuned: What tuning gave.
    """

    ranking: Ranking
    tuned: Tuned


@dataclass(frozen=True)
class Rounds:
    """What a run of rounds gave.

    Attributes:
        models: M_0 to M_k.
        rounds: Between them.
        best: Number of the best model.
        ended: Why rounds ended early, in words; empty when they did not.
    """

    models: tuple[Model, ...]
    rounds: tuple[Round, ...]
    best: int
    ended: str

    def rows(self) -> list[dict[str, float]]:
        """Figures of every model, and of the round that started from it."""
        rows = []
        for number, model in enumerate(self.models):
            row = dict(model.held_out)
            if number < len(self.rounds):
                row |= self.rounds[number].ranking.figures()
            rows.append(row)
        return rows

    def table(self) -> list[dict[str, Any]]:
        """One row a model: held-out figures, and the rewards and pairs of the round that starts from it."""
        asked = ("reward_real", "reward_takes", "pairs", "dropped", "margin_mean")
        return [
            {
                "model": f"M{number}{' (best)' if number == self.best else ''}",
                **{name: round(value, 4) for name, value in self.models[number].held_out.items()},
                **{name: round(row[name], 4) if name in row else "" for name in asked},
            }
            for number, row in enumerate(self.rows())
        ]


def run_rounds(
    config: RpoConfig, *, listener: ProgressListener = silent, config_file: Path | None = None
) -> Rounds:
    """All rounds; started again, they go on where they stopped.

    Raises:
        InputError: When scenes, settings or weights do not fit.
        CheckpointError: When weights are absent or damaged.
        DeviceError: When the wanted device is not there.
        WorkError: When the first round is refused, or a loss is no finite number.
        RunStopped: When it was asked to stop.
    """
    make_folder(Path(config.run))
    with joined_ranks(chosen_device(config.tune.loop.device)):  # once: stages that join anew miss each other
        return _all_rounds(config, listener, config_file)


def _all_rounds(config: RpoConfig, listener: ProgressListener, config_file: Path | None) -> Rounds:
    models: list[Model] = []
    rounds: list[Round] = []
    start, ended = config.start, ""
    for number in range(config.rounds):
        listener(Progress("round", number, config.rounds, f"from M{number}"))
        try:
            ranking = _ranked(config, number, start, listener)
        except WorkError as refusal:
            if not number:
                raise
            ended = f"Round {number} was refused: {refusal}"
            break
        tuned = tune(_tuning(config, number, start), listener=listener, config_file=config_file)
        rounds.append(Round(ranking, tuned))
        if not models:
            models.append(Model(start, tuned.start))
        start = _next_start(start, config.tune.method, tuned.weights)
        models.append(Model(start, tuned.best if config.tune.keep == "best" else tuned.last))
    found = Rounds(tuple(models), tuple(rounds), best_of(models, config.held_out), ended)
    if is_first():
        write_rounds(config, found)
        _keep_best(config, found)
    listener(Progress("round", len(rounds), config.rounds, f"best: M{found.best}"))
    return found


def _ranked(config: RpoConfig, number: int, start: StartConfig, listener: ProgressListener) -> Ranking:
    """Candidates and ranking of a round."""
    folder = config.made_in(number)
    takes = replace(config.candidates, seed=config.candidates.seed + number)
    make_candidates(
        CandidateRunConfig(str(folder / "candidates"), config.pool, start, takes), listener=listener
    )
    highest_over_ranks(0, _CPU)  # nobody ranks before all takes are made
    ranking = RankRunConfig(
        folder=str(folder / "ranking"),
        candidates=str(folder / "candidates"),
        model=config.model,
        sf_cavp=config.sf_cavp,
        codec=start.codec,
        rank=config.rank,
    )
    return rank_candidates(ranking, listener=listener)


def _tuning(config: RpoConfig, number: int, start: StartConfig) -> TuneRunConfig:
    return TuneRunConfig(
        run=str(config.round_folder(number) / "tune"),
        pairs=str(config.made_in(number) / "ranking" / "pairs.jsonl"),
        pool=config.pool,
        start=start,
        held_out=config.held_out,
        tune=config.tune,
    )


def _next_start(start: StartConfig, method: str, weights: Path) -> StartConfig:
    if method == "lora":
        return replace(start, adapter=str(weights))
    return replace(start, generator=str(weights))


def best_of(models: Sequence[Model], held_out: HeldOutConfig) -> int:
    """Number of the model that the held-out rule prefers; the first one where none is better."""
    best = 0
    for number, model in enumerate(models):
        if number and held_out.rule(model.held_out, models[best].held_out, models[0].held_out):
            best = number
    return best


def _keep_best(config: RpoConfig, found: Rounds) -> None:
    if not config.adapter or not found.best:
        return
    start = open_start(found.models[found.best].start)
    made_with = found.rounds[found.best - 1].tuned
    keep_adapter(
        config.adapter, start, made_with, trained_with=f"AVP-RPO, {found.best} rounds, {config.pool}"
    )


def write_rounds(config: RpoConfig, found: Rounds) -> None:
    """Write rounds.json and rounds.png into the run's folder.

    Raises:
        WriteError: When the disk refuses.
    """
    folder = Path(config.run)
    with written_atomically(folder / REPORT) as temporary:
        temporary.write_text(json.dumps(rounds_document(found), indent=1) + "\n", encoding="utf-8")
    rows = found.rows()
    drawn = [name for name in _DRAWN if any(name in row for row in rows)]
    draw_rounds(rows, drawn, best=found.best, path=folder / "rounds.png")


def rounds_document(found: Rounds) -> dict[str, Any]:
    """The rounds as plain values: every model with its figures, where it lies, and which is best."""
    models = [
        {
            "model": f"M{number}",
            "generator": model.start.generator,
            "adapter": model.start.adapter,
            **row,
        }
        for number, (model, row) in enumerate(zip(found.models, found.rows(), strict=True))
    ]
    tunings = [step.tuned.figures() for step in found.rounds]
    return {
        "schema": SCHEMA,
        "best": f"M{found.best}",
        "ended": found.ended,
        "models": models,
        "tunings": tunings,
        **circumstances(),
    }
