"""msg-studio: look at what must be there, then open the window."""

import os
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import InputError, StudioError
from msg_studio.start_checks import check_start

program = typer.Typer(add_completion=False, rich_markup_mode=None)


@program.command()
def studio(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PROJECT.msgproj|FILM", help="A project folder to open, or a film to begin with."
        ),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Open the sample project.")] = False,
    selftest: Annotated[
        bool,
        typer.Option(
            "--selftest",
            help="Open the sample project without a display, ask the engine for one job, report.",
        ),
    ] = False,
) -> None:
    """Open the studio's window, with a project or a film if one is named."""
    if selftest:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        check_path(path)
        check_start()
        # Only now: Qt ends the process where the checks above would have said a sentence.
        if selftest:
            from msg_studio.selftest import run_selftest

            status = run_selftest()
        else:
            from msg_studio.app import run

            status = run(path, sample=sample)
    except StudioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    raise typer.Exit(status)


def check_path(path: Path | None) -> None:
    """Refuse a name where nothing lies, before a window opens.

    Raises:
        InputError: When there is neither file nor folder.
    """
    if path is not None and not path.exists():
        raise InputError(f"There is no film or project {path}: check the name and the folder.")


def main() -> None:
    """Entry point of the msg-studio command."""
    program(prog_name="msg-studio")


if __name__ == "__main__":
    main()
