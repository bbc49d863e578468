"""msg-train tune: on a config's file of pairs, or with --project on the votes of studio projects."""

from pathlib import Path
from typing import Annotated

import typer

from engine.errors import InputError
from engine.feature_cache import FeatureCache, default_folder
from engine.model_store import StarterModel, read_card
from engine.progress import Progress
from trainer.cli.options import STARTER, AsJson, ModelFolder
from trainer.cli.output import follow, tell
from trainer.cli.preference import tune_command
from trainer.preference.project_votes import pairs_of_project
from trainer.preference.tune_votes import (
    LEAST_PAIRS,
    VoteTuneConfig,
    few_pairs,
    joined_pairs,
    tune_on_votes,
)

RUNS = Path("runs/votes")


def tune_or_votes_command(
    config: Annotated[
        Path | None, typer.Argument(help="TOML file of the run (see trainer/configs); not with --project.")
    ] = None,
    project: Annotated[
        list[Path] | None, typer.Option("--project", help="Learn from the votes of this .msgproj.")
    ] = None,
    name: Annotated[str, typer.Option("-o", "--output", help="Name of the adapter (--project).")] = "",
    model: ModelFolder = STARTER,
    run: Annotated[Path, typer.Option(help="Folder for the state of the run (--project).")] = RUNS,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each training (--project).")] = 80,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads (--project).")] = 1,
    strength: Annotated[
        float, typer.Option(help="How much the adapter does, 1 as it was trained (--project).")
    ] = 1.0,
    json_output: AsJson = False,
) -> None:
    """Tune a generator on preference pairs (flow-DPO): those of a config, or the artist's own votes."""
    if (config is None) == (not project):
        raise InputError(
            "Give either a config, or --project NAME.msgproj (as often as you like) and -o NAME."
        )
    if config is not None:
        tune_command(config, json_output)
    else:
        _tune_projects(
            project or [],
            VoteTuneConfig(name, run / name, few_pairs(steps=steps, threads=threads), strength=strength),
            StarterModel(read_card(model)),
            json_output=json_output,
        )


def _tune_projects(
    projects: list[Path], config: VoteTuneConfig, model: StarterModel, *, json_output: bool
) -> None:
    """Read the votes, tell what became of them, tune, and end with how far the new model agrees."""
    listener, cache = follow(json_output), FeatureCache(default_folder())
    read = [pairs_of_project(folder, model, cache=cache, listener=listener) for folder in projects]
    pairs = joined_pairs(read, least=LEAST_PAIRS)
    account = [line for one in read for line in one.account()]
    for line in account:
        listener(Progress("votes", len(pairs), len(pairs), line))
    trained_with = f"{len(pairs)} pairs of votes in {', '.join(folder.name for folder in projects)}"
    found = tune_on_votes(model, pairs, config, trained_with=trained_with, listener=listener)
    figures = found.figures()
    verdict = figures.pop("verdict")
    told = account if json_output else "; ".join(account)
    tell({**figures, "votes": told, "verdict": verdict}, as_json=json_output)
