"""Arguments and default places that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

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
CODEC_EVALUATION = Path("runs/evaluation/codec")
FLOW_EVALUATION = Path("runs/evaluation/flow")
RPO_EVALUATION = Path("runs/evaluation/rpo")
CLASSIFIER = Path("runs/classifier/classifier.safetensors")
