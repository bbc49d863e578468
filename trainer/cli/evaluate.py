"""msg-train evaluate: SF-CAVP and judge, on scenes and clips."""

from pathlib import Path
from typing import Annotated

import typer

from engine.model_store import StarterModel, read_card
from engine.progress import Progress
from trainer.cli.options import (
    EVALUATION,
    JUDGE,
    JUDGE_POOL,
    POOL,
    STARTER,
    AsJson,
    CheckpointFile,
    ClipCache,
    ClipFolder,
    ModelFolder,
    PoolFolder,
)
from trainer.cli.output import follow
from trainer.evaluation.cavp import evaluate_cavp, write_evaluation
from trainer.evaluation.clip_material import load_materials
from trainer.evaluation.clip_offsets import clip_offset_figures, compare_on_clips
from trainer.evaluation.clips import hits_of_clip, read_clip_manifest
from trainer.evaluation.judged_model import load_cavp
from trainer.evaluation.judges import cavp_judge
from trainer.evaluation.stems import stem_contrasts
from trainer.judge.judging import load_judge
from trainer.judge.rival import cavp_beside
from trainer.judge.table import judge_table
from trainer.report import clip_rows, figure_rows, print_table, stem_rows
from trainer.scenes.pool import load_pool

evaluate = typer.Typer(no_args_is_help=True, help="Measure trained models.")


@evaluate.command("cavp")
def evaluate_cavp_command(
    clips: Annotated[Path | None, typer.Option("--clips", help="Real clips with a manifest.csv.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for JSON and plots.")] = EVALUATION,
    model: ModelFolder = STARTER,
    checkpoint: CheckpointFile = None,
    pool: PoolFolder = POOL,
    cache: ClipCache = None,
    json_output: AsJson = False,
) -> None:
    """All figures of SF-CAVP on held-out scenes and real clips, the baseline beside them."""
    network, listener = load_cavp(model, checkpoint), follow(json_output)
    held_out = load_pool(pool, "held_out", classes=network.config.classes)
    films = read_clip_manifest(clips) if clips else []
    materials = load_materials(films, cache=cache, listener=listener) if films else []
    found = evaluate_cavp(network, held_out, materials, listener=listener)
    judged = {"model": str(checkpoint or model), "pool": str(pool), "scenes": held_out.scenes}
    written = write_evaluation(found, output, about=judged)
    listener(Progress("write", len(written), len(written), str(output)))
    print_table(figure_rows(found.figures()), as_json=json_output)


@evaluate.command("judge")
def evaluate_judge_command(
    checkpoint: Annotated[Path, typer.Option(help="Weights of the judge.")] = JUDGE,
    model: Annotated[Path | None, typer.Option(help="Folder of the model beside it.")] = None,
    cavp: Annotated[Path | None, typer.Option(help="SF-CAVP weights in place of the model's.")] = None,
    pool: PoolFolder = JUDGE_POOL,
    clips: Annotated[Path | None, typer.Option("--clips", help="Real clips with a manifest.csv.")] = None,
    cache: ClipCache = None,
    json_output: AsJson = False,
) -> None:
    """The judge beside SF-CAVP on held-out scenes and real clips: how good, how alike, how independent."""
    judge, listener = load_judge(checkpoint), follow(json_output)
    held_out = load_pool(pool, "held_out", classes=judge.config.classes)
    films = read_clip_manifest(clips) if clips else []
    materials = load_materials(films, cache=cache, listener=listener) if films else []
    beside = cavp_beside(STARTER, model=model, checkpoint=cavp, listener=listener)
    print_table(judge_table(judge, beside, held_out, materials, listener=listener), as_json=json_output)


@evaluate.command("clips")
def evaluate_clips_command(
    folder: Annotated[Path, typer.Argument(help="Clips with a manifest.csv of onsets.")],
    model: ModelFolder = STARTER,
    json_output: AsJson = False,
) -> None:
    """Hit points on real clips, beside as many peaks of the frame difference."""
    network = StarterModel(read_card(model)).cavp
    rows = clip_rows([hits_of_clip(network, clip) for clip in read_clip_manifest(folder)])
    print_table(rows, as_json=json_output)


@evaluate.command("clip-offsets")
def evaluate_clip_offsets_command(
    folder: ClipFolder,
    model: ModelFolder = STARTER,
    checkpoint: CheckpointFile = None,
    cache: ClipCache = None,
    json_output: AsJson = False,
) -> None:
    """Real clips with their track moved: is the true one preferred, and is the move measured."""
    network = load_cavp(model, checkpoint)
    materials = load_materials(read_clip_manifest(folder), cache=cache, listener=follow(json_output))
    found = compare_on_clips(cavp_judge(network), materials)
    print_table(figure_rows(clip_offset_figures(found)), as_json=json_output)


@evaluate.command("stems")
def evaluate_stems_command(
    folders: Annotated[list[Path], typer.Argument(help="Outputs of `msg-engine foley`.")],
    json_output: AsJson = False,
) -> None:
    """Sound at the hit points over sound in the gaps, event by event."""
    print_table(stem_rows([c for folder in folders for c in stem_contrasts(folder)]), as_json=json_output)
