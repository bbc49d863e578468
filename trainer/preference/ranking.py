"""What a ranking found: rewards of real sound and of takes, margins, and what was left out."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.atomic_file import written_atomically
from engine.progress import Progress, ProgressListener
from trainer.data.feature_cache import make_folder
from trainer.evaluation.cavp import circumstances
from trainer.preference.pairs import PairRecord
from trainer.preference.plots import draw_ranking

RANKING_FILE = "ranking.json"
SCHEMA = 1


@dataclass(frozen=True)
class RewardSample:
    """Rewards of one stem.

    Attributes:
        hits: Whether its hit track was given.
        takes: Of its takes.
        real: Of its real sound.
    """

    hits: bool
    takes: tuple[float, ...]
    real: float

    @property
    def mean(self) -> float:
        """Of its takes."""
        return sum(self.takes) / len(self.takes)


@dataclass(frozen=True)
class Ranking:
    """Pairs and the rewards behind them.

    Attributes:
        samples: Rewards, stem by stem.
        pairs: Pairs that are kept, those of the user last.
        dropped: Pairs left out, because their better side is not ahead.
        user_pairs: How many pairs are the user's.
        policy: What the better side is.
    """

    samples: tuple[RewardSample, ...]
    pairs: tuple[PairRecord, ...]
    dropped: int
    user_pairs: int
    policy: str

    @classmethod
    def of_user(cls, pairs: Sequence[PairRecord]) -> "Ranking":
        """The user's choices alone, of which no reward was asked."""
        return cls((), tuple(pairs), 0, len(pairs), "user")

    @property
    def mean_real(self) -> float:
        """Mean reward of real sound, 0 without stems."""
        return _mean([sample.real for sample in self.samples])

    @property
    def mean_takes(self) -> float:
        """Mean reward of all takes, 0 without stems."""
        return _mean([sample.mean for sample in self.samples])

    @property
    def margins(self) -> list[float]:
        """By how much the better sides are ahead, of the pairs that were ranked by reward."""
        return [pair.margin for pair in self.pairs if pair.margin is not None]

    def figures(self) -> dict[str, float]:
        """All figures by name."""
        ahead = [sample.real - sample.mean for sample in self.samples]
        counts = {"pairs": len(self.pairs), "dropped": self.dropped, "user_pairs": self.user_pairs}
        if not ahead:
            return {name: float(count) for name, count in counts.items()}
        return {
            "stems": float(len(self.samples)),
            "stems_without_hits": float(sum(not sample.hits for sample in self.samples)),
            "reward_real": self.mean_real,
            "reward_takes": self.mean_takes,
            "reward_best_take": _mean([max(sample.takes) for sample in self.samples]),
            "reward_worst_take": _mean([min(sample.takes) for sample in self.samples]),
            "real_ahead": _mean(ahead),
            "real_ahead_standard_error": _standard_error(ahead),
            "real_above_mean_take": _mean([float(gain > 0) for gain in ahead]),
            **{name: float(count) for name, count in counts.items()},
            "margin_mean": _mean(self.margins),
            "margin_median": float(torch.tensor(self.margins).median()) if self.margins else 0.0,
        }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _standard_error(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    return float(torch.tensor(values).std()) / math.sqrt(len(values))


def write_ranking(folder: Path, found: Ranking, *, listener: ProgressListener) -> None:
    """Write the report, ranking.json and ranking.png; the folder is made where it is missing.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    make_folder(folder)
    with written_atomically(folder / RANKING_FILE) as temporary:
        temporary.write_text(json.dumps(ranking_document(found), indent=1) + "\n", encoding="utf-8")
    if found.samples:
        draw_ranking(
            real=[sample.real for sample in found.samples],
            takes=[reward for sample in found.samples for reward in sample.takes],
            margins=found.margins,
            path=folder / "ranking.png",
        )
    words = ", ".join(f"{name} {value:.3g}" for name, value in found.figures().items())
    listener(Progress("rank", len(found.samples), len(found.samples), words))


def ranking_document(found: Ranking) -> dict[str, Any]:
    """The figures as plain values, and how they were made."""
    return {"schema": SCHEMA, "policy": found.policy, **found.figures(), **circumstances()}
