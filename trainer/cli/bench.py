"""msg-train bench: how fast a training goes."""

from dataclasses import asdict
from typing import Annotated

import typer

from trainer.cli.options import STARTER, AsJson, ModelFolder
from trainer.cli.output import follow
from trainer.preference.throughput import ThroughputConfig, ThroughputRow, bench_tuning
from trainer.report import Row, print_table

bench = typer.Typer(no_args_is_help=True, help="Say how fast a training goes.")


@bench.command("tuning")
def bench_tuning_command(
    processes: Annotated[int, typer.Option(help="Processes that share the batch, against one.")] = 2,
    batch: Annotated[int, typer.Option(help="Pairs a step, over all processes.")] = 8,
    steps: Annotated[int, typer.Option(help="Steps that are timed.")] = 8,
    warmup: Annotated[int, typer.Option(help="Steps before them.")] = 2,
    threads: Annotated[int, typer.Option(help="CPU threads of a process.")] = 1,
    model: ModelFolder = STARTER,
    json_output: AsJson = False,
) -> None:
    """Tune on pairs made from chance in one process and in several: time, pairs a second, same losses."""
    config = ThroughputConfig(model, processes, batch=batch, steps=steps, warmup=warmup, threads=threads)
    rows = bench_tuning(config, listener=follow(json_output))
    print_table([asdict(row) if json_output else _shown(row) for row in rows], as_json=json_output)


def _shown(row: ThroughputRow) -> Row:
    """A row for people: differences of losses are too small for three decimals."""
    return {**asdict(row), "loss_difference": f"{row.loss_difference:.1e}"}
