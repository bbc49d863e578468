"""msg-studio: look at what must be there, then open the window."""

from pathlib import Path
from typing import Annotated

import typer

from engine.errors import StudioError
from msg_studio.start_checks import check_start

program = typer.Typer(add_completion=False, rich_markup_mode=None)


@program.command()
def studio(
    project: Annotated[
        Path | None, typer.Argument(metavar="PROJECT.msgproj", help="Project folder to open.")
    ] = None,
) -> None:
    """Open the studio's window, with a project if one is named."""
    try:
        check_start()
        # Only now: Qt ends the process where the checks above would have said a sentence.
        from msg_studio.app import run

        status = run(project)
    except StudioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    raise typer.Exit(status)


def main() -> None:
    """Entry point of the msg-studio command."""
    program(prog_name="msg-studio")


if __name__ == "__main__":
    main()
