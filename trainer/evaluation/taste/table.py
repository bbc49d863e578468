"""The table of tastes: win rates, reward, time, and which goals were met."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.atomic_file import written_atomically
from trainer.evaluation.cavp import circumstances
from trainer.evaluation.taste.trial import TasteResult

REPORT = "taste.json"
SCHEMA = 1
GOAL_MEAN_WIN, GOAL_WIN = 0.70, 0.58
GOAL_REWARD_LOSS = 0.05
GOAL_TUNING_S = 15 * 60.0


def taste_rows(results: Sequence[TasteResult]) -> list[dict[str, Any]]:
    """One row a taste and one for all, each with the goals it met or missed."""
    rows = [_row(result) for result in results]
    mean_win = sum(result.win_rate for result in results) / len(results)
    mean_loss = sum(result.reward_loss for result in results) / len(results)
    met = mean_win >= GOAL_MEAN_WIN and mean_loss <= GOAL_REWARD_LOSS
    rows.append(
        {
            "taste": "all",
            "pairs": sum(result.pairs for result in results),
            "votes right": round(sum(result.votes_right for result in results) / len(results), 3),
            "trials": sum(result.trials for result in results),
            "win rate": round(mean_win, 3),
            "95 %": "",
            "reward loss %": round(100 * mean_loss, 1),
            "tuning s": round(max(result.tuning_s for result in results), 1),
            "base restored": all(result.restored for result in results),
            "goals": f"{'met' if met else 'missed'}: mean win rate at least {GOAL_MEAN_WIN:.0%}",
        }
    )
    return rows


def _row(result: TasteResult) -> dict[str, Any]:
    low, high = result.interval
    met = (
        result.win_rate >= GOAL_WIN
        and result.reward_loss <= GOAL_REWARD_LOSS
        and result.tuning_s <= GOAL_TUNING_S
        and result.restored
    )
    return {
        "taste": result.taste,
        "pairs": result.pairs,
        "votes right": round(result.votes_right, 3),
        "trials": result.trials,
        "win rate": round(result.win_rate, 3),
        "95 %": f"{low:.3f} to {high:.3f}",
        "reward loss %": round(100 * result.reward_loss, 1),
        "tuning s": round(result.tuning_s, 1),
        "base restored": result.restored,
        "goals": f"{'met' if met else 'missed'}: win rate at least {GOAL_WIN:.0%}",
    }


def write_taste_report(results: Sequence[TasteResult], output: Path, *, about: dict[str, Any]) -> Path:
    """Write taste.json: rows, settings, and where and when it was run."""
    path = output / REPORT
    report = {"schema": SCHEMA, "rows": taste_rows(results), "about": about, **circumstances()}
    with written_atomically(path) as temporary:
        temporary.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return path
