"""msg-train evaluate flow: the generator on held-out scenes."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.progress import Progress
from trainer.classifier.network import load_classifier
from trainer.cli.options import CLASSIFIER, FLOW_EVALUATION, POOL, STARTER, AsJson, ModelFolder, PoolFolder
from trainer.cli.output import follow
from trainer.evaluation.flow import Banks, FlowTrialConfig, evaluate_flow, write_flow_evaluation
from trainer.evaluation.generator.sheet import sheet_rows
from trainer.evaluation.generator.takes import bundled_maker, maker_of_weights
from trainer.evaluation.judged_model import load_cavp
from trainer.report import flow_rows, print_table
from trainer.scenes.bank import load_bank
from trainer.scenes.pool import load_pool


def evaluate_flow_command(
    model: ModelFolder = STARTER,
    previous: Annotated[
        Path | None,
        typer.Option(help="Folder with the generator.safetensors and codec.safetensors to put beside it."),
    ] = None,
    classifier: Annotated[Path, typer.Option(help="Weights of the sound classifier.")] = CLASSIFIER,
    pool: PoolFolder = POOL,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder for JSON and plots.")
    ] = FLOW_EVALUATION,
    trials: Annotated[int, typer.Option(min=1, help="Stems with contacts, two takes each.")] = 48,
    class_trials: Annotated[int, typer.Option(min=1, help="Stretches of each known class.")] = 10,
    scenes: Annotated[int, typer.Option(min=1, help="Scenes with hits of our own detection.")] = 24,
    steps: int = 25,
    guidance: float = 2.5,
    video: Annotated[bool, typer.Option(help="Whether the picture guides.")] = True,
    hits: Annotated[bool, typer.Option(help="Whether the hit points guide.")] = True,
    quick: Annotated[bool, typer.Option("--quick", help="A few trials: to see that it runs.")] = False,
    json_output: AsJson = False,
) -> None:
    """Timing, classes, realism, level and variety of takes on held-out scenes; a sheet of spectrograms."""
    listener, ear = follow(json_output), load_classifier(classifier)
    maker, rival = bundled_maker(model), None if previous is None else maker_of_weights(previous)
    held_out = load_pool(pool, "held_out", classes=maker.generator.config.classes)
    asked = FlowTrialConfig(trials, 2, class_trials, scenes, steps, guidance, video, hits)
    config = asked.quick() if quick else asked
    banks = Banks(load_bank("train"), load_bank("held_out"))
    found = evaluate_flow(
        maker,
        held_out,
        config,
        classifier=ear,
        cavp=load_cavp(model),
        banks=banks,
        previous=rival,
        listener=listener,
    )
    sheet = sheet_rows(maker, config.settings, held_out=banks.held_out, train=banks.train, listener=listener)
    judged = {"model": str(model), "previous": str(previous or ""), "classifier": str(classifier)}
    about = {**judged, "pool": str(pool), "trials": asdict(config)}
    written = write_flow_evaluation(found, sheet, output, about=about)
    listener(Progress("write", len(written), len(written), str(output)))
    print_table(flow_rows(found), as_json=json_output)
