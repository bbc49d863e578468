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

from engine.errors import StudioError
from engine.model_store import StarterModel, read_card
from engine.progress import Progress
from trainer.cavp.pretrain import PretrainConfig, pretrain
from trainer.config import read_config
from trainer.evaluation.alignment import evaluate_alignment
from trainer.evaluation.clips import hits_of_clip, read_clip_manifest
from trainer.evaluation.flow import FlowTrialConfig, evaluate_flow
from trainer.evaluation.stems import stem_contrasts
from trainer.export_starter import StarterExport, export_starter
from trainer.flow.train import FlowRunConfig, train_flow
from trainer.report import clip_rows, flow_rows, print_table, stem_rows
from trainer.scenes.demo import render_demo
from trainer.scenes.pool import PoolConfig, load_pool, render_pool
from trainer.scenes.preview import write_previews
from trainer.train_codec import CodecRunConfig, train_codec

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
scenes = typer.Typer(no_args_is_help=True, help="Procedural scenes with exact truth.")
evaluate = typer.Typer(no_args_is_help=True, help="Measure trained models.")
app.add_typer(scenes, name="scenes")
app.add_typer(evaluate, name="evaluate")

ConfigFile = Annotated[Path, typer.Argument(help="TOML file of the run (see trainer/configs).")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, progress as JSON lines.")]
ModelFolder = Annotated[Path, typer.Option("--model", help="Folder of the model.")]
PoolFolder = Annotated[Path, typer.Option("--pool", help="Folder of rendered scenes.")]
STARTER = Path("assets/models/starter")
POOL = Path("runs/pool")


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


@scenes.command("demo")
def scenes_demo(output: Path = Path("assets/demo/demo.mp4"), json_output: AsJson = False) -> None:
    """Draw the sample clip again."""
    truth = render_demo(output)
    tell({"film": str(output), "truth": asdict(truth)}, as_json=json_output)


@app.command("pretrain-cavp")
def pretrain_cavp_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train SF-CAVP."""
    run = read_config(PretrainConfig, config)
    path = pretrain(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(path)}, as_json=json_output)


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


@evaluate.command("cavp")
def evaluate_cavp_command(
    model: ModelFolder = STARTER, pool: PoolFolder = POOL, json_output: AsJson = False
) -> None:
    """Offsets on held-out scenes, beside the frame-difference baseline."""
    network = StarterModel(read_card(model)).cavp
    held_out = load_pool(pool, "held_out", classes=network.config.classes)
    numbers = evaluate_alignment(network, held_out).numbers()
    tell({name: round(value, 4) for name, value in numbers.items()}, as_json=json_output)


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
