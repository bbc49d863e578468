"""msg-train evaluate taste: synthetic artists with hidden tastes, and what tuning on their votes gives."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.model_store import StarterModel, read_card
from engine.progress import Progress
from trainer.cli.options import POOL, STARTER, AsJson, ModelFolder, PoolFolder
from trainer.cli.output import follow
from trainer.evaluation.taste.events import TakeSettings
from trainer.evaluation.taste.study import study_tastes
from trainer.evaluation.taste.table import taste_rows, write_taste_report
from trainer.evaluation.taste.trial import TasteConfig
from trainer.preference.tastes import TASTES
from trainer.preference.tune_votes import few_pairs
from trainer.report import print_table

TASTE_EVALUATION = Path("runs/evaluation/taste")


def evaluate_taste_command(
    taste: Annotated[
        list[str] | None, typer.Option("--taste", help=f"One of: {', '.join(TASTES)}; all when left out.")
    ] = None,
    pairs: Annotated[int, typer.Option(min=2, help="Votes of each artist.")] = 40,
    trials: Annotated[int, typer.Option(min=1, help="Held-out events.")] = 200,
    takes: Annotated[int, typer.Option(min=2, help="Takes of each event voted on.")] = 6,
    steps: Annotated[int, typer.Option(min=1, help="Euler steps of each take.")] = 12,
    tune_steps: Annotated[int, typer.Option(min=1, help="Steps of each tuning.")] = 80,
    noise: Annotated[float, typer.Option(help="Share of votes given to the wrong side.")] = 0.1,
    seed: int = 1,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
    model: ModelFolder = STARTER,
    pool: PoolFolder = POOL,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for results.")] = TASTE_EVALUATION,
    json_output: AsJson = False,
) -> None:
    """Votes, tuning and held-out takes of each taste: win rate of tuned over base, reward, time."""
    config = TasteConfig(
        pairs=pairs,
        trials=trials,
        takes=takes,
        noise=noise,
        seed=seed,
        made=TakeSettings(steps=steps),
        tune=few_pairs(steps=tune_steps, threads=threads, seed=seed),
    )
    listener, base = follow(json_output), StarterModel(read_card(model))
    found = study_tastes(taste or list(TASTES), base, pool, output, config, listener=listener)
    about = {"model": str(model), "pool": str(pool), "settings": asdict(config)}
    listener(Progress("write", 1, 1, str(write_taste_report(found, output, about=about))))
    print_table(taste_rows(found), as_json=json_output)
