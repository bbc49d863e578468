"""What msg-engine says: one JSON document or short text on stdout, progress and errors on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from engine.atomic_file import DISK_ERRNOS, disk_error
from engine.cli.documents import SCHEMA, Document
from engine.progress import Progress, ProgressListener, silent


def answer(document: Document, text: Iterable[str], *, as_json: bool) -> None:
    """Give the result: the document, or some lines for people.

    Raises:
        WriteError: When stdout leads to a disk that refuses.
    """
    said = json.dumps(document, ensure_ascii=False, allow_nan=False) if as_json else "\n".join(text)
    try:
        typer.echo(said)
    except OSError as error:
        if error.errno not in DISK_ERRNOS:
            raise
        raise disk_error(Path("the answer"), errno=error.errno, words=str(error.strerror)) from error


def complain(kind: str, message: str, *, exit_code: int, as_json: bool) -> None:
    """Say in one sentence what went wrong."""
    sentence = " ".join(message.split())
    if as_json:
        error = {"kind": kind, "message": sentence, "exit_code": exit_code}
        typer.echo(json.dumps({"schema": SCHEMA, "error": error}, ensure_ascii=False))
    else:
        typer.echo(sentence, err=True)


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
