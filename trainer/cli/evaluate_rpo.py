"""msg-train evaluate rpo: a tuned generator beside the one it was tuned from."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import InputError
from engine.progress import Progress
from trainer.classifier.network import load_classifier
from trainer.cli.options import (
    CLASSIFIER,
    JUDGE,
    POOL,
    RPO_EVALUATION,
    STARTER,
    AsJson,
    ModelFolder,
    PoolFolder,
)
from trainer.cli.output import follow
from trainer.evaluation.generator.takes import SoundMaker
from trainer.evaluation.judged_model import load_cavp
from trainer.evaluation.rpo.comparison import RpoTrialConfig, compare, write_comparison
from trainer.evaluation.rpo.measurement import Ears
from trainer.judge.judging import load_judge
from trainer.preference.start import StartConfig, open_starter
from trainer.report import print_table


def evaluate_rpo_command(
    adapter: Annotated[Path | None, typer.Option(help="Adapter of the tuned side, file or folder.")] = None,
    tuned: Annotated[
        Path | None, typer.Option(help="Generator of the tuned side, for one without adapter.")
    ] = None,
    generator: Annotated[
        Path | None, typer.Option(help="Generator of the base in place of the model's.")
    ] = None,
    model: ModelFolder = STARTER,
    pool: PoolFolder = POOL,
    classifier: Annotated[Path, typer.Option(help="Weights of the sound classifier.")] = CLASSIFIER,
    judge: Annotated[Path, typer.Option(help="Weights of the judge.")] = JUDGE,
    no_classifier: Annotated[bool, typer.Option(help="Leave classes and distribution out.")] = False,
    no_judge: Annotated[bool, typer.Option(help="Leave the judge out.")] = False,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder for JSON and plot.")
    ] = RPO_EVALUATION,
    scenes: Annotated[int, typer.Option(min=2, help="Held-out scenes with contacts.")] = 64,
    steps: int = 15,
    guidance: float = 2.5,
    resamples: Annotated[int, typer.Option(min=1, help="Draws of scenes behind an interval.")] = 1000,
    quick: Annotated[bool, typer.Option("--quick", help="A few trials: to see that it runs.")] = False,
    json_output: AsJson = False,
) -> None:
    """Distribution, level, meaning and timing of base and tuned, hit track off and on, with intervals."""
    if (adapter is None) == (tuned is None):
        raise InputError("Say what was tuned: give --adapter FOLDER or --tuned GENERATOR, one of the two.")
    listener = follow(json_output)
    weights = str(generator or model / "generator.safetensors")
    first = StartConfig(generator=weights, codec=str(model / "codec.safetensors"))
    second = StartConfig(
        generator=str(tuned or weights), codec=first.codec, adapter=str(adapter) if adapter else ""
    )
    ears = Ears(
        load_cavp(model),
        None if no_classifier else load_classifier(classifier),
        None if no_judge else load_judge(judge),
    )
    asked = RpoTrialConfig(scenes, steps, guidance, resamples)
    config = asked.quick() if quick else asked
    rows = compare(_maker(first), _maker(second), pool, config, ears, listener=listener)
    about = {"base": asdict(first), "tuned": asdict(second), "pool": str(pool), "trials": asdict(config)}
    written = write_comparison(rows, output, about=about)
    listener(Progress("write", len(written), len(written), str(output)))
    print_table([row.plain() for row in rows], as_json=json_output)


def _maker(config: StartConfig) -> SoundMaker:
    start = open_starter(config)
    return SoundMaker(start.generator, start.codec)
