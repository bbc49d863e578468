"""Evaluation results as tables that people and programs read."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from trainer.cavp.ablation import AblationRow
from trainer.evaluation.clips import ClipHits
from trainer.evaluation.figures import Figure
from trainer.evaluation.generator.table import FlowEvaluation
from trainer.evaluation.hit_matching import MatchCount
from trainer.evaluation.stems import StemContrast

Row = dict[str, Any]
WANTED_CONTRAST_DB = 20.0


def print_table(rows: list[Row], *, as_json: bool) -> None:
    """Print rows of equal keys, as one JSON document or in columns."""
    if as_json:
        sys.stdout.write(json.dumps({"schema": 1, "rows": rows}) + "\n")
        return
    columns = list(rows[0])
    shown = [[_shown(row[column]) for column in columns] for row in rows]
    widths = [max(len(c), *(len(line[i]) for line in shown)) for i, c in enumerate(columns)]
    for line in [columns, *shown]:
        text = "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip()
        sys.stdout.write(text + "\n")


def figure_rows(figures: Sequence[Figure]) -> list[Row]:
    """One row a figure: what is wanted, what was got, what the baseline reaches, met or missed."""
    return [
        {
            "figure": figure.name,
            "wanted": figure.wanted_in_words,
            "got": "" if figure.got is None else round(figure.got, 4),
            "baseline": "" if figure.baseline is None else round(figure.baseline, 4),
            "verdict": figure.verdict,
            "remark": figure.remark,
        }
        for figure in figures
    ]


def ablation_rows(rows: Sequence[AblationRow]) -> list[Row]:
    """One row a variant."""
    return [
        {"variant": row.variant, **{name: round(value, 4) for name, value in row.figures.items()}}
        for row in rows
    ]


def clip_rows(results: list[ClipHits]) -> list[Row]:
    """One row a clip, and one for each trust level together."""
    rows = [_clip_row(hits.clip.path.name, hits.clip.trust, [hits]) for hits in results]
    for trust in dict.fromkeys(hits.clip.trust for hits in results):
        rows.append(_clip_row("all", trust, [hits for hits in results if hits.clip.trust == trust]))
    return rows


def _clip_row(name: str, trust: str, results: list[ClipHits]) -> Row:
    nothing = MatchCount(0, 0, 0)
    ours = sum((hits.ours for hits in results), start=nothing)
    rival = sum((hits.baseline for hits in results), start=nothing)
    guided = sum((hits.guided for hits in results), start=nothing)
    return {
        "clip": name,
        "trust": trust,
        "onsets": ours.true,
        "found": ours.found,
        "recall": round(ours.recall, 3),
        "precision": round(ours.precision, 3),
        "baseline recall": round(rival.recall, 3),
        "baseline precision": round(rival.precision, 3),
        "with sound recall": round(guided.recall, 3),
        "with sound precision": round(guided.precision, 3),
    }


def flow_rows(found: FlowEvaluation) -> list[Row]:
    """One row a figure, one column a kind of sound."""
    return [row.plain() for row in found.rows()]


def stem_rows(contrasts: list[StemContrast]) -> list[Row]:
    """One row an event, and the share of events with gaps that reach 20 dB."""
    rows: list[Row] = [
        {"output": c.folder, "event": c.event_id, "contrast dB": _rounded(c.contrast_db)} for c in contrasts
    ]
    known = sorted(c.contrast_db for c in contrasts if c.contrast_db is not None)
    if known:
        share = sum(value >= WANTED_CONTRAST_DB for value in known) / len(known)
        rows.append({"output": "all", "event": "median", "contrast dB": round(known[len(known) // 2], 1)})
        rows.append({"output": "all", "event": "share from 20 dB on", "contrast dB": round(share, 3)})
    return rows


def _rounded(value: float | None) -> float | str:
    return "no gap" if value is None else round(value, 1)


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
