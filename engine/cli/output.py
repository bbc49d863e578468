"""What msg-engine says: one JSON document or short text on stdout, progress and errors on stderr."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from engine.cli.documents import SCHEMA, Document
from engine.errors import WriteError
from engine.progress import Progress, ProgressListener, silent


def answer(document: Document, text: Iterable[str], *, as_json: bool) -> None:
    """Give the result: the document, or some lines for people.

    Raises:
        WriteError: When stdout leads to a full disk or to a program that has gone.
    """
    said = json.dumps(document, ensure_ascii=False, allow_nan=False) if as_json else "\n".join(text)
    try:
        typer.echo(said)
    except OSError as error:
        raise WriteError(
            f"The answer could not be written to standard output ({error.strerror}): send it elsewhere."
        ) from error


def complain(kind: str, message: str, *, exit_code: int, as_json: bool) -> None:
    """Say in one sentence what went wrong."""
    sentence = " ".join(message.split())
    if not as_json:
        typer.echo(sentence, err=True)
        return
    error = {"kind": kind, "message": sentence, "exit_code": exit_code}
    try:
        typer.echo(json.dumps({"schema": SCHEMA, "error": error}, ensure_ascii=False))
    except OSError:  # what stdout leads to is what failed
        typer.echo(sentence, err=True)


def settle_stdout() -> None:
    """Give up on a stdout that refuses, or Python would fail at its exit with a status of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextmanager
def progress_shown(*, as_json: bool) -> Iterator[ProgressListener]:
    """A listener that writes JSON lines, moves bars on a terminal, or keeps quiet elsewhere."""
    if as_json:
        yield lambda progress: typer.echo(progress.to_json_line(), err=True)
    elif sys.stderr.isatty():
        columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            yield _StageBars(bars)
    else:
        yield silent


class _StageBars:
    """One bar for each stage, in the order they begin."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._of_stage: dict[str, TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.stage not in self._of_stage:
            self._of_stage[progress.stage] = self._bars.add_task(progress.stage)
        self._bars.update(
            self._of_stage[progress.stage],
            description=f"{progress.stage} {progress.note}".strip(),
            completed=progress.done,
            total=progress.total or None,
        )
