"""msg-train ablate: trainings with parts left out, side by side."""

import typer

from trainer.cavp.ablation import AblationConfig, ablate_cavp
from trainer.cli.options import AsJson, ConfigFile
from trainer.cli.output import follow
from trainer.config import read_config
from trainer.report import ablation_rows, print_table

ablate = typer.Typer(no_args_is_help=True, help="Train with parts left out, side by side.")


@ablate.command("cavp")
def ablate_cavp_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Short runs of SF-CAVP with each term of the loss off once, on held-out scenes."""
    settings = read_config(AblationConfig, config)
    rows = ablate_cavp(settings, listener=follow(json_output), config_file=config)
    print_table(ablation_rows(rows), as_json=json_output)
