"""The curves of a run for TensorBoard: `tensorboard --logdir RUN/tensorboard`."""

from pathlib import Path
from types import TracebackType
from typing import Protocol

from engine.atomic_file import disk_error
from engine.errors import MissingComponentError, StudioError

CURVES_FOLDER = "tensorboard"


class Curves(Protocol):
    """Where the rows of a run are drawn."""

    def add(self, step: int, values: dict[str, float]) -> None:
        """Add one point to each curve."""
        ...

    def __enter__(self) -> "Curves": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class NoCurves:
    """Curves that nobody draws."""

    def add(self, step: int, values: dict[str, float]) -> None:
        """Draw nothing."""

    def __enter__(self) -> Curves:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close nothing."""


class TensorBoardCurves:
    """Curves as TensorBoard event files.

    Args:
        run: Folder of the run.
        first: Steps already done; what earlier event files hold of later steps is void.

    Raises:
        MissingComponentError: When TensorBoard is not installed.
    """

    def __init__(self, run: Path, first: int) -> None:
        try:  # imported here: the other commands start without it
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as problem:
            raise MissingComponentError(
                f"TensorBoard is missing ({problem}): install the extra 'train', or write "
                "tensorboard = false under [loop]."
            ) from problem
        self.folder = run / CURVES_FOLDER
        self._writer = SummaryWriter(str(self.folder), purge_step=first + 1)

    def add(self, step: int, values: dict[str, float]) -> None:
        """Add one point to each curve.

        Raises:
            WriteError: When the disk refuses.
        """
        try:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)
        except OSError as problem:
            raise self._refused(problem) from problem

    def __enter__(self) -> Curves:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._writer.close()
        except OSError as problem:
            if error is None:  # a run that already failed reports its own error, not the one after it
                raise self._refused(problem) from problem

    def _refused(self, problem: OSError) -> StudioError:
        return disk_error(self.folder, errno=problem.errno, words=str(problem))
