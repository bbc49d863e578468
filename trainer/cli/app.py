"""msg-train: one subcommand per recipe. Progress on stderr, results on stdout."""

import os
import sys
import traceback

import typer

from engine.errors import StudioError
from trainer.cli.ablate import ablate
from trainer.cli.bench import bench
from trainer.cli.data import data
from trainer.cli.describe import describe
from trainer.cli.evaluate import evaluate
from trainer.cli.evaluate_codec import evaluate_codec_command
from trainer.cli.evaluate_flow import evaluate_flow_command
from trainer.cli.evaluate_leaks import evaluate_leaks_command
from trainer.cli.evaluate_rpo import evaluate_rpo_command
from trainer.cli.evaluate_taste import evaluate_taste_command
from trainer.cli.preference import (
    ablate_rpo_command,
    candidates_command,
    rank_command,
    rpo_command,
)
from trainer.cli.scenes import scenes
from trainer.cli.train import (
    export_starter_command,
    pretrain_cavp_command,
    pretrain_judge_command,
    train_classifier_command,
    train_codec_command,
    train_decoder_command,
    train_flow_command,
)
from trainer.cli.tune_votes import tune_or_votes_command

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
app.command("pretrain-cavp")(pretrain_cavp_command)
app.command("pretrain-judge")(pretrain_judge_command)
app.command("train-classifier")(train_classifier_command)
app.command("train-codec")(train_codec_command)
app.command("train-decoder")(train_decoder_command)
app.command("train-flow")(train_flow_command)
app.command("export-starter")(export_starter_command)
app.command("candidates")(candidates_command)
app.command("rank")(rank_command)
app.command("tune")(tune_or_votes_command)
app.command("rpo")(rpo_command)
ablate.command("rpo")(ablate_rpo_command)
evaluate.command("codec")(evaluate_codec_command)
evaluate.command("flow")(evaluate_flow_command)
evaluate.command("leaks")(evaluate_leaks_command)
evaluate.command("rpo")(evaluate_rpo_command)
evaluate.command("taste")(evaluate_taste_command)
for group, name in (
    (scenes, "scenes"),
    (data, "data"),
    (evaluate, "evaluate"),
    (ablate, "ablate"),
    (describe, "describe"),
    (bench, "bench"),
):
    app.add_typer(group, name=name)


def main() -> None:
    """Run the program; our own errors become one sentence and their exit code."""
    try:
        app()
    except StudioError as problem:
        if os.environ.get("MSG_DEBUG") == "1":
            traceback.print_exc()
        print(problem, file=sys.stderr)
        sys.exit(problem.exit_code)
