"""The folder of a run: its config, its progress lines and its newest checkpoint."""

import json
import pickle
import shutil
import time
from pathlib import Path
from typing import IO, Any, cast

import torch

from engine.atomic_file import disk_error, written_atomically
from engine.errors import CheckpointError, WriteError
from trainer.distributed import is_first


class RunDirectory:
    """Where a run lives; stop it, start it again, and it goes on from its checkpoint.

    Of several processes only the first writes here; all read.
    """

    def __init__(self, folder: Path, config_file: Path | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if config_file is not None and is_first():
            shutil.copyfile(config_file, folder / "config.toml")

    @property
    def state_file(self) -> Path:
        """Everything needed to go on."""
        return self.folder / "state.pt"

    @property
    def progress_file(self) -> Path:
        """One JSON line for each report."""
        return self.folder / "progress.jsonl"

    def save_state(self, state: dict[str, Any]) -> None:
        """Replace the newest state whole.

        Raises:
            WriteError: When the disk refuses, naming the file and the room; the old state stays.
            OutputLocationError: When nothing can be written in the folder any more.
        """
        try:
            with written_atomically(self.state_file) as temporary, temporary.open("wb") as handle:
                _write_state(state, handle)
        except WriteError as problem:
            room = shutil.disk_usage(self.folder).free / 1e6
            raise WriteError(
                f"{problem} {room:.0f} MB are free there. The state saved before is whole: make room, "
                "then start the same command again, and the run goes on from it."
            ) from problem

    def load_state(self) -> dict[str, Any] | None:
        """The newest state, None for a fresh run.

        Raises:
            CheckpointError: When the file is damaged.
        """
        if not self.state_file.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(self.state_file, weights_only=True, map_location="cpu")
        except (RuntimeError, EOFError, pickle.UnpicklingError) as problem:
            raise CheckpointError(
                f"The state of the run, {self.state_file}, is damaged: remove it to begin anew."
            ) from problem
        return state

    def rewind(self, step: int) -> None:
        """Drop what a stopped run left after its newest state: it will be done and told again.

        Lines of later steps go, lines that tell of failures stay; half-written states go.

        Args:
            step: Steps that the newest state holds.
        """
        for left_over in self.folder.glob(".state-*.part.pt"):
            left_over.unlink()
        if not self.progress_file.is_file():
            return
        lines = self.progress_file.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if _is_kept(line, step)]
        if kept != lines:
            with written_atomically(self.progress_file) as temporary:
                temporary.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")

    def log(self, step: int, values: dict[str, float]) -> None:
        """Append one JSON line to progress.jsonl.

        Raises:
            WriteError: When the disk refuses.
        """
        self._append({"step": step, **_stamp(), **{k: round(v, 6) for k, v in values.items()}})

    def log_failure(self, step: int, words: str) -> None:
        """Append why the run failed.

        Raises:
            WriteError: When the disk refuses.
        """
        self._append({"step": step, **_stamp(), "failure": words})

    def _append(self, line: dict[str, Any]) -> None:
        try:
            with self.progress_file.open("a", encoding="utf-8") as handle:
                handle.write(json.dumps(line) + "\n")
        except OSError as problem:
            words = str(problem.strerror or problem)
            raise disk_error(self.progress_file, errno=problem.errno, words=words) from problem


def _stamp() -> dict[str, float]:
    return {"time": round(time.time(), 1)}


def _is_kept(line: str, step: int) -> bool:
    try:
        report = json.loads(line)
    except ValueError:
        return False  # cut off in the middle when the machine went away
    return report["step"] <= step or "failure" in report


class _WatchedFile:
    """A file that remembers why it refused: torch.save tells only that it did."""

    def __init__(self, handle: IO[bytes]) -> None:
        self.handle = handle
        self.refusal: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write, and remember a refusal."""
        try:
            return self.handle.write(data)
        except OSError as problem:
            self.refusal = problem
            raise

    def flush(self) -> None:
        """Hand on what is buffered."""
        self.handle.flush()


def _write_state(state: dict[str, Any], handle: IO[bytes]) -> None:
    watched = _WatchedFile(handle)
    try:
        torch.save(state, cast("IO[bytes]", watched))  # of a file it only uses these two methods
    except RuntimeError:
        if watched.refusal is not None:
            raise watched.refusal from None
        raise
