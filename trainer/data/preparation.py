"""Films of a manifest made into features, by worker processes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import torch

from engine.errors import InputError, WorkError
from engine.progress import Progress, ProgressListener
from trainer.data.account import FilmNeeds, Outcome, Preparation
from trainer.data.feature_cache import ContentHashes, FilmCache, content_hash
from trainer.data.manifest import FilmRow
from trainer.data.video_features import film_features

Job = TypeVar("Job")
Done = TypeVar("Done")


def prepare_rows(
    rows: Sequence[FilmRow],
    cache: FilmCache,
    needs: FilmNeeds,
    *,
    workers: int,
    listener: ProgressListener,
    begin: int = 0,
) -> Preparation:
    """Make the features of all rows that have none yet.

    Args:
        rows: Of a manifest.
        cache: Where features lie.
        needs: What each film must have.
        workers: Processes that decode.
        listener: Told how many rows are done.
        begin: Row to begin with: processes of one run that share a cache begin apart, and each finds
            ready what the others made.

    Raises:
        OutputLocationError: When nothing can be written in the cache.
        WriteError: When the disk refuses.
        WorkError: When a worker was killed.
    """
    hashes = ContentHashes(cache.folder)
    jobs = [_RowJob(row, cache, hashes.recall(row.path)) for row in rows]
    ready = {job.row.number: job.ready() for job in jobs}
    found = {number: outcome for number, outcome in ready.items() if outcome is not None}
    missing = [job for job in (*jobs[begin:], *jobs[:begin]) if job.row.number not in found]
    try:
        for outcome, job in zip(run_jobs(_done, missing, workers=workers), missing, strict=True):
            found[job.row.number] = outcome
            if outcome.content:
                hashes.remember(job.row.path, outcome.content)
            listener(Progress("prepare films", len(found), len(rows), job.row.path.name))
    finally:
        if missing:
            hashes.keep()
    account = Preparation()
    for row in rows:
        account.take(found[row.number], cache, needs, row.number)
    return account


@dataclass(frozen=True)
class _RowJob:
    """One row to prepare; goes to a worker process."""

    row: FilmRow
    cache: FilmCache
    content: str

    def ready(self) -> Outcome | None:
        """The outcome, when features or a verdict are there already."""
        return self._kept(self.content) if self.content else None

    def _kept(self, content: str) -> Outcome | None:
        row = self.row
        key = self.cache.key(content, start_s=row.start_s, duration_s=row.duration_s)
        reason = self.cache.verdict(key)
        if not reason and self.cache.facts(key) is None:
            return None
        return Outcome(str(row.number), str(row.path), row.label, key, reason, content=content)

    def do(self) -> Outcome:
        """Make the features, or find out why they cannot be made."""
        row, name = self.row, str(self.row.path)
        try:
            content = content_hash(row.path)
        except OSError as problem:
            return Outcome(str(row.number), name, row.label, reason=f"cannot be read: {problem.strerror}")
        kept = self._kept(content)
        if kept is not None:
            return kept
        key = self.cache.key(content, start_s=row.start_s, duration_s=row.duration_s)
        reason = make_features(self.cache, key, row.path, start_s=row.start_s, duration_s=row.duration_s)
        return Outcome(str(row.number), name, row.label, key, reason, fresh=True, content=content)


def make_features(
    cache: FilmCache, key: str, film: Path, *, start_s: float = 0.0, duration_s: float | None = None
) -> str:
    """Read a film into the cache; the reason when it cannot be used, which is remembered, else empty.

    Raises:
        OutputLocationError: When nothing can be written in the cache.
        WriteError: When the disk refuses.
    """
    try:
        features = film_features(film, cache.recipe, start_s=start_s, duration_s=duration_s)
    except InputError as problem:
        reason = str(problem).replace(str(film), film.name)
        cache.refuse(key, reason)
        return reason
    cache.save(key, features)
    return ""


def _done(job: _RowJob) -> Outcome:
    return job.do()


def run_jobs(work: Callable[[Job], Done], jobs: Iterable[Job], *, workers: int) -> Iterator[Done]:
    """Do jobs one after the other, or with several processes; the results come in the jobs' order.

    Raises:
        WorkError: When a process was killed.
    """
    todo = list(jobs)
    if workers <= 1 or len(todo) <= 1:
        yield from map(work, todo)
        return
    count = min(workers, len(todo))
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_use_one_thread) as pool:
        try:
            yield from pool.map(work, todo)
        except BrokenProcessPool as problem:
            raise WorkError(
                "A process that prepares films was killed, most often for want of memory: take fewer "
                "workers, then start again; what was prepared is kept."
            ) from problem


def _use_one_thread() -> None:
    torch.set_num_threads(1)
