"""msg-train describe: what a network is made of."""

from dataclasses import asdict
from typing import Annotated

import typer

from engine.cavp.model import CavpConfig
from engine.cavp.parameter_table import parameter_table, together
from engine.ucs import load_classes
from trainer.cli.options import AsJson
from trainer.preference.tuning_memory import TuningSize, tuning_memory
from trainer.report import print_table

describe = typer.Typer(no_args_is_help=True, help="Say what a network is made of.")


@describe.command("cavp")
def describe_cavp_command(
    size: Annotated[str, typer.Option(help="starter or base.")] = "starter", json_output: AsJson = False
) -> None:
    """Parts of SF-CAVP: what each gives for four seconds of film, and its parameters."""
    config = CavpConfig.of_size(size, tuple(known.name for known in load_classes()))
    rows = parameter_table(config)
    print_table([asdict(row) for row in [*rows, *together(rows)]], as_json=json_output)


@describe.command("tuning")
def describe_tuning_command(
    variant: Annotated[str, typer.Option(help="Published network.")] = "large_44k_v2",
    batch: Annotated[int, typer.Option(help="Pairs a step on one GPU.")] = 8,
    rank: Annotated[int, typer.Option(help="Rank of the adapters.")] = 16,
    method: Annotated[str, typer.Option(help="lora or full.")] = "lora",
    seconds: Annotated[float, typer.Option(help="Length of the takes.")] = 8.0,
    bfloat16: Annotated[bool, typer.Option(help="Compute the loss under autocast.")] = True,
    goal_gib: Annotated[float, typer.Option(help="GiB of memory to stay below.")] = 24.0,
    json_output: AsJson = False,
) -> None:
    """Memory of a GPU that tuning a published network takes at its peak, estimated without one."""
    size = TuningSize(variant, batch=batch, method=method, rank=rank, seconds=seconds, bfloat16=bfloat16)
    print_table(tuning_memory(size).rows(goal_gib), as_json=json_output)
