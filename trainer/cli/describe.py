"""msg-train describe: what a network is made of."""

from dataclasses import asdict
from typing import Annotated

import typer

from engine.cavp.model import CavpConfig
from engine.cavp.parameter_table import parameter_table, together
from engine.ucs import load_classes
from trainer.cli.options import AsJson
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
