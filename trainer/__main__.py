"""msg-train: one subcommand per recipe. Progress on stderr, results on stdout."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cavp.model import CavpConfig
from engine.cavp.parameter_table import parameter_table, together
from engine.errors import StudioError
from engine.model_store import StarterModel, read_card
from engine.progress import Progress
from engine.ucs import load_classes
from trainer.cavp.ablation import AblationConfig, ablate_cavp
from trainer.cavp.pretrain import PretrainConfig, pretrain
from trainer.config import read_config
from trainer.data.account import write_bad_films
from trainer.data.feature_cache import FilmCache
from trainer.data.shards import write_shards
from trainer.data.video_config import read_video_config
from trainer.data.video_source import BAD_FILMS, prepare_films
from trainer.device import chosen_device
from trainer.evaluation.cavp import evaluate_cavp, write_evaluation
from trainer.evaluation.clip_material import load_materials
from trainer.evaluation.clip_offsets import clip_offset_figures, compare_on_clips
from trainer.evaluation.clips import hits_of_clip, read_clip_manifest
from trainer.evaluation.flow import FlowTrialConfig, evaluate_flow
from trainer.evaluation.judged_model import load_cavp
from trainer.evaluation.judges import cavp_judge
from trainer.evaluation.stems import stem_contrasts
from trainer.export_starter import StarterExport, export_starter
from trainer.flow.train import FlowRunConfig, train_flow
from trainer.judge.judging import load_judge
from trainer.judge.rival import cavp_beside
from trainer.judge.table import judge_table
from trainer.judge.train import JudgeRunConfig, pretrain_judge
from trainer.report import ablation_rows, clip_rows, figure_rows, flow_rows, print_table, stem_rows
from trainer.scenes.bench import bench_scenes
from trainer.scenes.demo import render_demo
from trainer.scenes.pool import PoolConfig, load_pool, render_pool
from trainer.scenes.preview import write_previews
from trainer.train_codec import CodecRunConfig, train_codec

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
scenes = typer.Typer(no_args_is_help=True, help="Procedural scenes with exact truth.")
evaluate = typer.Typer(no_args_is_help=True, help="Measure trained models.")
ablate = typer.Typer(no_args_is_help=True, help="Train with parts left out, side by side.")
app.add_typer(ablate, name="ablate")
app.add_typer(scenes, name="scenes")
describe = typer.Typer(no_args_is_help=True, help="Say what a network is made of.")
data = typer.Typer(no_args_is_help=True, help="Real video as training data.")
app.add_typer(data, name="data")
app.add_typer(evaluate, name="evaluate")
app.add_typer(describe, name="describe")

ConfigFile = Annotated[Path, typer.Argument(help="TOML file of the run (see trainer/configs).")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, progress as JSON lines.")]
ModelFolder = Annotated[Path, typer.Option("--model", help="Folder of the model.")]
CheckpointFile = Annotated[
    Path | None, typer.Option("--checkpoint", help="SF-CAVP weights to judge in place of the model's.")
]
ClipFolder = Annotated[Path, typer.Argument(help="Clips with a manifest.csv of onsets.")]
ClipCache = Annotated[Path | None, typer.Option("--cache", help="Folder that keeps decoded clips.")]
PoolFolder = Annotated[Path, typer.Option("--pool", help="Folder of rendered scenes.")]
STARTER = Path("assets/models/starter")
POOL = Path("runs/pool")
JUDGE = Path("runs/judge/judge.safetensors")
JUDGE_POOL = Path("runs/judge_pool")
EVALUATION = Path("runs/evaluation/cavp")


def follow(as_json: bool) -> Callable[[Progress], None]:
    """A listener that writes progress to stderr."""

    def write(progress: Progress) -> None:
        words = f"{progress.stage} {progress.done}/{progress.total} {progress.note}"
        print(progress.to_json_line() if as_json else words, file=sys.stderr, flush=True)

    return write


def tell(values: dict[str, Any], *, as_json: bool) -> None:
    """Print a result."""
    print(
        json.dumps({"schema": 1, **values}) if as_json else "\n".join(f"{k}: {v}" for k, v in values.items())
    )


@scenes.command("render")
def scenes_render(config: ConfigFile, json_output: AsJson = False) -> None:
    """Render the scene pool that the recipes train from."""
    tell({"shards": render_pool(read_config(PoolConfig, config))}, as_json=json_output)


@scenes.command("preview")
def scenes_preview(
    output: Annotated[Path, typer.Option("-o", help="Folder for the films.")],
    seed: int = 1,
    count: int = 4,
    json_output: AsJson = False,
) -> None:
    """Write scenes as films with sound and their truth, to look at and listen to."""
    paths = write_previews(output, seed=seed, count=count)
    tell({"films": [str(path) for path in paths]}, as_json=json_output)


@scenes.command("bench")
def scenes_bench(
    count: int = 16,
    batch: int = 1,
    device: Annotated[str, typer.Option(help="cpu, cuda or auto.")] = "cpu",
    json_output: AsJson = False,
) -> None:
    """Scenes made per second, part by part."""
    rows = bench_scenes(count=count, batch=batch, duration_s=6.4, device=chosen_device(device))
    print_table([asdict(row) for row in rows], as_json=json_output)


@scenes.command("demo")
def scenes_demo(output: Path = Path("assets/demo/demo.mp4"), json_output: AsJson = False) -> None:
    """Draw the sample clip again."""
    truth = render_demo(output)
    tell({"film": str(output), "truth": asdict(truth)}, as_json=json_output)


@data.command("prepare")
def data_prepare(config: ConfigFile, json_output: AsJson = False) -> None:
    """Make the features of the films that a recipe's [video] table names; skip and list the bad ones."""
    settings = read_video_config(config)
    found = prepare_films(settings, listener=follow(json_output))
    listed_in = Path(settings.cache) / BAD_FILMS
    write_bad_films(listed_in, found.bad)
    counts = {"rows": found.rows, "cached": found.cached, "made": found.made, "bad": len(found.bad)}
    tell({**counts, "reasons": found.reasons, "bad_films": str(listed_in)}, as_json=json_output)
    found.check(largest_bad_share=settings.largest_bad_share, listed_in=listed_in)


@data.command("shard")
def data_shard(
    config: ConfigFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the shards.")],
    films_per_shard: int = 256,
    json_output: AsJson = False,
) -> None:
    """Write the prepared films of a recipe's [video] table as tar shards for WebDataset."""
    settings = read_video_config(config)
    found = prepare_films(settings, listener=follow(json_output))
    listed_in = Path(settings.cache) / BAD_FILMS
    write_bad_films(listed_in, found.bad)
    found.check(largest_bad_share=settings.largest_bad_share, listed_in=listed_in)
    cache = FilmCache(Path(settings.cache), settings.recipe)
    paths = write_shards(found.films, cache, output, films_per_shard=films_per_shard)
    tell({"films": len(found.films), "shards": [str(path) for path in paths]}, as_json=json_output)


@app.command("pretrain-cavp")
def pretrain_cavp_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train SF-CAVP."""
    run = read_config(PretrainConfig, config)
    path = pretrain(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(path)}, as_json=json_output)


@app.command("pretrain-judge")
def pretrain_judge_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train the judge, which evaluations alone may ask."""
    run = read_config(JudgeRunConfig, config)
    trained = pretrain_judge(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(trained.checkpoint), **trained.figures.numbers()}, as_json=json_output)


@app.command("train-codec")
def train_codec_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Fit the codec."""
    run = read_config(CodecRunConfig, config)
    path = train_codec(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(path)}, as_json=json_output)


@app.command("train-flow")
def train_flow_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train the generator."""
    run = read_config(FlowRunConfig, config)
    path = train_flow(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(path)}, as_json=json_output)


@app.command("export-starter")
def export_starter_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Gather trained parts into a model folder with its card."""
    tell({"card": str(export_starter(read_config(StarterExport, config)))}, as_json=json_output)


@describe.command("cavp")
def describe_cavp_command(
    size: Annotated[str, typer.Option(help="starter or base.")] = "starter", json_output: AsJson = False
) -> None:
    """Parts of SF-CAVP: what each gives for four seconds of film, and its parameters."""
    config = CavpConfig.of_size(size, tuple(known.name for known in load_classes()))
    rows = parameter_table(config)
    print_table([asdict(row) for row in [*rows, *together(rows)]], as_json=json_output)


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


@evaluate.command("flow")
def evaluate_flow_command(
    model: ModelFolder = STARTER,
    pool: PoolFolder = POOL,
    trials: int = 48,
    steps: int = 25,
    guidance: float = 2.5,
    video: Annotated[bool, typer.Option(help="Whether the picture guides.")] = True,
    hits: Annotated[bool, typer.Option(help="Whether the hit points guide.")] = True,
    json_output: AsJson = False,
) -> None:
    """Timing, level and variety of generated takes on held-out scenes."""
    starter = StarterModel(read_card(model))
    held_out = load_pool(pool, "held_out", classes=starter.generator.config.classes)
    config = FlowTrialConfig(trials=trials, steps=steps, guidance=guidance, use_video=video, use_hits=hits)
    result = evaluate_flow(starter.generator, starter.codec, held_out, config, listener=follow(json_output))
    print_table(flow_rows(result), as_json=json_output)


@ablate.command("cavp")
def ablate_cavp_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Short runs of SF-CAVP with each term of the loss off once, on held-out scenes."""
    settings = read_config(AblationConfig, config)
    rows = ablate_cavp(settings, listener=follow(json_output), config_file=config)
    print_table(ablation_rows(rows), as_json=json_output)


def main() -> None:
    """Run the program; our own errors become one sentence and their exit code."""
    try:
        app()
    except StudioError as problem:
        if os.environ.get("MSG_DEBUG") == "1":
            traceback.print_exc()
        print(problem, file=sys.stderr)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
