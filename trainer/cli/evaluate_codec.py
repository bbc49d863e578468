"""msg-train evaluate codec: vocoders on held-out sounds, and which one ships."""

from pathlib import Path
from typing import Annotated

import torch
import typer

from engine.progress import Progress
from trainer.cli.options import CODEC_EVALUATION, AsJson
from trainer.cli.output import follow
from trainer.codec.comparison import compare_vocoders, contestants, held_out_truth
from trainer.codec.sheet import draw_sheet, sheet_rows
from trainer.codec.sounds import SoundSource
from trainer.report import print_table
from trainer.scenes.bank import load_bank

SHEET = "vocoders.png"


def evaluate_codec_command(
    decoder: Annotated[
        Path | None, typer.Option(help="Weights of the decoder to put beside Griffin-Lim.")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the sheet.")] = CODEC_EVALUATION,
    sounds: Annotated[int, typer.Option(min=1, help="Held-out sounds of each kind.")] = 24,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of each.")] = 2.0,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
    json_output: AsJson = False,
) -> None:
    """Mel error, buzz and speed of Griffin-Lim and the decoder, the verdict, and a sheet of spectrograms."""
    torch.set_num_threads(threads)
    listener, vocoders, held_out = follow(json_output), contestants(decoder), load_bank("held_out")
    truth = held_out_truth(SoundSource(held_out), count=sounds, seconds=seconds)
    found = compare_vocoders(vocoders, truth, listener=listener)
    rows = sheet_rows(held_out, vocoders)
    if rows:
        output.mkdir(parents=True, exist_ok=True)
        listener(Progress("write", 1, 1, str(draw_sheet(rows, output / SHEET))))
    print_table(found.rows(), as_json=json_output)
