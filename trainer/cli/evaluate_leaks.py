"""msg-train evaluate leaks: how often the guard against speech and music is right."""

from pathlib import Path
from typing import Annotated

import torch
import typer

from trainer.cli.options import AsJson
from trainer.cli.output import follow
from trainer.evaluation.leaks import Holds, count_bank, count_folder
from trainer.report import print_table
from trainer.scenes.bank import bank_folder


def evaluate_leaks_command(
    speech: Annotated[list[Path] | None, typer.Option(help="Folder of speech; may be given again.")] = None,
    music: Annotated[list[Path] | None, typer.Option(help="Folder of music; may be given again.")] = None,
    clean: Annotated[
        list[Path] | None, typer.Option(help="Folder of sounds with neither, takes for example.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
    json_output: AsJson = False,
) -> None:
    """False alarms on the sound bank, class by class, and what is found in folders of your own."""
    torch.set_num_threads(threads)
    listener = follow(json_output)
    given: tuple[tuple[Holds, list[Path] | None], ...] = (
        ("nothing", clean),
        ("speech", speech),
        ("music", music),
    )
    counts = count_bank(bank_folder(), listener=listener)
    for holds, folders in given:
        counts += [count_folder(folder, holds, listener=listener) for folder in folders or ()]
    print_table([count.row() for count in counts], as_json=json_output)
