"""Recipe: learn from the artist's own choices, and say on how many held-out ones the new model agrees.

Five trainings leave a fifth of the pairs out each, and are asked about it; a sixth one, on all pairs,
gives the adapter. Started again, it goes on where it stopped.
"""

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.adapter_cards import AdapterCard, adapters_folder, check_adapter_name
from engine.adapter_file import save_adapter
from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.model_store import StarterModel
from engine.nn.lora import remove_lora, scale_lora
from engine.progress import Progress, ProgressListener, silent
from trainer.data.feature_cache import make_folder
from trainer.loop import LoopConfig
from trainer.optimization import OptimizerConfig
from trainer.preference.agreement import NOBODY_ASKED, Agreement, BothAgree, agreement_on
from trainer.preference.material import TuningPair
from trainer.preference.project_votes import ProjectPairs, VotedPair
from trainer.preference.tune import TuneConfig, tune_on_pairs
from trainer.run_directory import RunDirectory
from trainer.stop_request import GO_ON, RunStopped, listening_for_stop

LEAST_PAIRS = 20
MOST_STRENGTH = 8.0
FOLDS = 5
REPORT = "votes.json"
SCHEMA = 1


def few_pairs(*, steps: int = 80, threads: int = 1, seed: int = 1) -> TuneConfig:
    """How a few dozen noisy choices are learned from.

    Errors are means, so beta is large: trials with 40 pairs moved a mean error by some thousandths. The
    rate is that of adapters, and the run ends before wrong votes are learned by heart.
    """
    return TuneConfig(
        beta=2000.0,
        fm_weight=1.0,
        batch=8,
        crop_tokens=64,
        keep="last",
        optimizer=OptimizerConfig(
            learning_rate=5e-4,
            steps=steps,
            warmup_steps=10,
            weight_decay=0.0,
            ema_decay=0.9,
            final_fraction=0.1,
        ),
        loop=LoopConfig(seed=seed, log_every=10, save_every=20, tensorboard=False),
        threads=threads,
    )


@dataclass(frozen=True)
class VoteTuneConfig:
    """One run of ``msg-train tune --project``.

    Attributes:
        adapter: Name of the adapter.
        folder: Where the run keeps its state.
        tune: How is tuned.
        folds: Parts of the pairs, each of which is held out once.
        least_pairs: With fewer, nothing is tuned.
        strength: How many times as much the kept adapter does as the trained one: taste beyond what was
            learned, and side effects as well. Agreement is that of the trained one.

    Raises:
        InputError: When the name cannot be one, or the strength is none.
    """

    adapter: str
    folder: Path
    tune: TuneConfig = field(default_factory=few_pairs)
    folds: int = FOLDS
    least_pairs: int = LEAST_PAIRS
    strength: float = 1.0

    def __post_init__(self) -> None:
        check_adapter_name(self.adapter)
        if not 0.0 < self.strength <= MOST_STRENGTH:
            raise InputError(f"strength {self.strength}: give a number above 0, at most {MOST_STRENGTH:.0f}.")


@dataclass(frozen=True)
class TunedOnVotes:
    """What was learned.

    Attributes:
        card: The adapter.
        agreement: Of the tuned model and of its base with held-out choices.
        pairs: Pairs learned from.
        apart_by: What kept the held-out part apart: "events", or "pairs" where there were too few events.
        seconds: Time the trainings took since this start.
    """

    card: AdapterCard
    agreement: BothAgree
    pairs: int
    apart_by: str
    seconds: float

    def verdict(self) -> str:
        """How far it agrees, as a sentence for the artist."""
        new, old = self.agreement.new, self.agreement.old
        low, high = new.interval
        return (
            f"the new model agrees with you on {new.agreed:g} of {new.pairs} held-out pairs "
            f"(old: {old.agreed:g}), 95 % interval {low:.0%} to {high:.0%}"
        )

    def figures(self) -> dict[str, Any]:
        """All of it as plain values."""
        low, high = self.agreement.new.interval
        return {
            "adapter": self.card.name,
            "folder": str(self.card.folder),
            "pairs": self.pairs,
            "held_out": self.agreement.new.pairs,
            "agreed": self.agreement.new.agreed,
            "agreed_old": self.agreement.old.agreed,
            "interval_low": round(low, 4),
            "interval_high": round(high, 4),
            "apart_by": self.apart_by,
            "seconds": round(self.seconds, 1),
            "verdict": self.verdict(),
        }


def joined_pairs(projects: Sequence[ProjectPairs], *, least: int) -> list[VotedPair]:
    """Pairs of all projects; the same two takes, as in a copy of a project, count once.

    Raises:
        InputError: When there are too few, with what became of the votes.
    """
    found: dict[tuple[str, str], VotedPair] = {}
    for pair in (pair for project in projects for pair in project.pairs):
        found.setdefault(pair.takes, pair)
    if len(found) < least:
        told = "\n".join(line for project in projects for line in project.account())
        raise InputError(
            f"Tuning starts from {least} pairs, these votes give {len(found)}: compare more takes first.\n"
            f"{told}"
        )
    return list(found.values())


def folds_of(pairs: Sequence[VotedPair], count: int, *, seed: int = 1) -> tuple[list[list[int]], str]:
    """Numbers of the pairs in each fold, and what keeps folds apart.

    Events stay together, because their pairs share takes; where there are fewer events than folds, pairs
    are dealt out one by one.
    """
    groups: dict[str, list[int]] = {}
    for number, pair in enumerate(pairs):
        groups.setdefault(pair.event, []).append(number)
    apart_by = "events" if len(groups) >= count else "pairs"
    parts = list(groups.values()) if apart_by == "events" else [[number] for number in range(len(pairs))]
    random.Random(seed).shuffle(parts)
    folds: list[list[int]] = [[] for _ in range(count)]
    for part in sorted(parts, key=len, reverse=True):
        min(folds, key=len).extend(part)
    return folds, apart_by


def tune_on_votes(
    model: StarterModel,
    pairs: Sequence[VotedPair],
    config: VoteTuneConfig,
    *,
    trained_with: str,
    listener: ProgressListener = silent,
) -> TunedOnVotes:
    """Cross-validate, tune on all pairs, and write the adapter.

    The generator of the model is without adapters afterwards.

    Args:
        model: The base.
        pairs: At least as many as there are folds.
        config: How.
        trained_with: What the pairs come from, in words.
        listener: Told of progress.

    Raises:
        OutputLocationError: When nothing can be written for the run or the adapter.
        WriteError: When the disk refuses.
        WorkError: When a loss is no finite number.
        RunStopped: On SIGINT or SIGTERM. What was trained so far is kept, an adapter of this name
            stays as it was, and the same command goes on.
    """
    tuning = _Tuning(model, [voted.pair for voted in pairs], config, listener)
    folds, apart_by = folds_of(pairs, config.folds)
    with listening_for_stop() as request:

        def go_on() -> None:
            if request.reason != GO_ON:
                raise RunStopped(request.reason, "Stopped. The same command goes on where this one stopped.")

        agreement = NOBODY_ASKED
        for number, held_out in enumerate(folds):
            agreement = agreement + tuning.fold(number, held_out)
            go_on()
        card = tuning.adapter(agreement.new, trained_with)
    found = TunedOnVotes(card, agreement, len(pairs), apart_by, tuning.watch())
    _write(tuning.folder / REPORT, {"schema": SCHEMA, **found.figures()})
    return found


class _Tuning:
    """The trainings of one run; each lies in a folder of its own and goes on from its state.

    Args:
        model: The base.
        pairs: All pairs.
        config: How.
        listener: Told of progress.
    """

    def __init__(
        self,
        model: StarterModel,
        pairs: Sequence[TuningPair],
        config: VoteTuneConfig,
        listener: ProgressListener,
    ) -> None:
        self._model = model
        self._pairs = list(pairs)
        self._config = config
        self._listener = listener
        self.folder = config.folder / _digest(model.generator_sha256, pairs, config)
        self.watch = _stopwatch()
        make_folder(self.folder)

    def fold(self, number: int, held_out: Sequence[int]) -> BothAgree:
        """Train without some pairs and ask about them; an answer that is there is not asked again."""
        answer = self.folder / f"fold_{number}.json"
        if answer.is_file():
            return _agreement_in(answer)
        left = set(held_out)
        learned = [pair for at, pair in enumerate(self._pairs) if at not in left]
        name = f"fold {number + 1} of {self._config.folds}"
        self._train(learned, f"fold_{number}", name)
        try:
            found = agreement_on(self._model.generator, [self._pairs[at] for at in held_out], seed=number)
        finally:
            remove_lora(self._model.generator)
        _write(answer, {"new": asdict(found.new), "old": asdict(found.old)})
        told = f"{name}: agrees on {found.new.agreed:g} of {found.new.pairs} (old: {found.old.agreed:g})"
        self._listener(Progress("held-out pairs", number + 1, self._config.folds, told))
        return found

    def adapter(self, agreement: Agreement, trained_with: str) -> AdapterCard:
        """Train on all pairs and keep the adapter under its name."""
        self._train(self._pairs, "all", "all pairs")
        base = self._model.card
        card = AdapterCard(
            name=self._config.adapter,
            base_model=base.name,
            base_sha256=self._model.generator_sha256,
            sha256="",  # hash, rank and alpha are taken from what is written
            rank=0,
            alpha=0.0,
            created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
            trained_with=trained_with,
            pairs=len(self._pairs),
            agreement=round(agreement.share, 4),
            licence=base.licence,
            folder=adapters_folder() / self._config.adapter,
        )
        scale_lora(self._model.generator, self._config.strength)
        try:
            return save_adapter(card.folder, self._model.generator, card)
        finally:
            remove_lora(self._model.generator)

    def _train(self, pairs: Sequence[TuningPair], folder: str, name: str) -> None:
        """Train adapters, which are on the generator afterwards; after an error it is without any."""

        def told(progress: Progress) -> None:
            self._listener(Progress(f"tune, {name}", progress.done, progress.total, progress.note))

        try:
            tune_on_pairs(
                self._model.generator,
                pairs,
                self._config.tune,
                RunDirectory(self.folder / folder),
                base_sha256=self._model.generator_sha256,
                listener=told,
            )
        except BaseException:
            remove_lora(self._model.generator)
            raise


def _digest(base_sha256: str, pairs: Sequence[TuningPair], config: VoteTuneConfig) -> str:
    """A name for base, pairs and settings: a run goes on only with what it began with."""
    digest = hashlib.sha256(f"{base_sha256} {config.tune} {config.folds}".encode())
    for pair in pairs:
        digest.update(f"{pair.weight}".encode())
        for latents in (pair.chosen, pair.rejected):
            digest.update(latents.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _stopwatch() -> Callable[[], float]:
    begun = datetime.now(UTC)
    return lambda: (datetime.now(UTC) - begun).total_seconds()


def _agreement_in(path: Path) -> BothAgree:
    values = json.loads(path.read_text(encoding="utf-8"))
    return BothAgree(Agreement(**values["new"]), Agreement(**values["old"]))


def _write(path: Path, values: dict[str, Any]) -> None:
    with written_atomically(path) as temporary:
        temporary.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
