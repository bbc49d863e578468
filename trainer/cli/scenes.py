"""msg-train scenes: procedural scenes with exact truth."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from trainer.cli.options import AsJson, ConfigFile
from trainer.cli.output import tell
from trainer.config import read_config
from trainer.device import chosen_device
from trainer.report import print_table
from trainer.scenes.bench import bench_scenes
from trainer.scenes.demo import render_demo
from trainer.scenes.pool import PoolConfig, render_pool
from trainer.scenes.preview import write_previews

scenes = typer.Typer(no_args_is_help=True, help="Procedural scenes with exact truth.")


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
