"""msg-engine: the headless program. Results on stdout, progress and complaints on stderr."""

import os
import sys
import traceback
from collections.abc import Sequence

import typer
from typer.main import get_command

from engine.cli.bench import bench_command
from engine.cli.events import events_command
from engine.cli.foley import foley_command
from engine.cli.generate import generate_command
from engine.cli.models import models_command
from engine.cli.output import complain, settle_stdout
from engine.cli.probe import probe_command
from engine.cli.regenerate import regenerate_command
from engine.cli.score import score_command
from engine.cli.vote import vote_command
from engine.errors import Cancelled, StudioError
from engine.memory_shortage import is_shortage

WRONG_USE, FAILED_WORK = 2, 4
_INTERRUPTED = 130  # how Typer answers Ctrl-C

# Typer carries click, from 0.16 on as a copy of its own; this is the root of click's usage errors.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="From a film to sound in sync: events, takes, stems. Exit status: 0 done, 2 wrong use or input, "
    "3 something this machine lacks, 4 failed work. MSG_DEBUG=1 shows tracebacks.",
)
app.command("probe")(probe_command)
app.command("events")(events_command)
app.command("score")(score_command)
app.command("generate")(generate_command)
app.command("regenerate")(regenerate_command)
app.command("foley")(foley_command)
app.command("vote")(vote_command)
app.command("models")(models_command)
app.command("bench")(bench_command)


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit status; every failure becomes one sentence.

    Args:
        arguments: What follows the program's name.
    """
    as_json = "--json" in arguments
    try:
        status = get_command(app)(list(arguments), prog_name="msg-engine", standalone_mode=False)
    except typer.Abort:
        status = _INTERRUPTED
    except UsageError as problem:
        return _usage_told(problem, as_json)
    except Exception as problem:  # noqa: BLE001  # the outermost door: nothing may leave as a traceback
        return _told(problem, as_json)
    if status == _INTERRUPTED:
        return _told(Cancelled("Stopped on request. Files finished before the stop are kept."), as_json)
    return int(status or 0)


def main() -> None:
    """Entry point of msg-engine."""
    status = run(sys.argv[1:])
    settle_stdout()
    sys.exit(status)


def _told(problem: Exception, as_json: bool) -> int:
    """Say what went wrong; the exit status it means."""
    if os.environ.get("MSG_DEBUG") == "1":
        traceback.print_exception(problem)
    kind = type(problem).__name__
    if isinstance(problem, StudioError):
        message, code = str(problem), problem.exit_code
    elif is_shortage(problem):
        message, code = "The memory of this machine is used up: close programs, or ask for less.", FAILED_WORK
    else:
        message, code = (
            f"msg-engine met a fault of its own ({kind}: {problem}). Run it again with MSG_DEBUG=1 and "
            "report what it prints, with the command you gave.",
            FAILED_WORK,
        )
    complain(kind, message, exit_code=code, as_json=as_json)
    return code


def _usage_told(problem: Exception, as_json: bool) -> int:
    """Say what was wrong in the command."""
    message = str(getattr(problem, "format_message", problem.__str__)()).rstrip(".")
    if message:  # empty when the help was shown in its place
        sentence = f"{message}. `msg-engine --help` and `msg-engine VERB --help` say what is possible."
        complain("UsageError", sentence, exit_code=WRONG_USE, as_json=as_json)
    return WRONG_USE
