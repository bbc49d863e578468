import builtins
import errno
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.errors import MissingComponentError, WriteError
from tests.failing_disk import files_limited_to
from trainer.curves import CURVES_FOLDER, NoCurves, TensorBoardCurves


def read_back(run: Path) -> dict[str, list[tuple[int, float]]]:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(run / CURVES_FOLDER)).Reload()
    return {name: [(e.step, e.value) for e in events.Scalars(name)] for name in events.Tags()["scalars"]}


def test_points_come_back_and_a_resumed_run_replaces_what_it_repeats(tmp_path: Path) -> None:
    with TensorBoardCurves(tmp_path, 0) as curves:
        for step in (1, 2, 3):
            curves.add(step, {"lag": float(step), "_watched": 0.5})
    with TensorBoardCurves(tmp_path, 2) as curves:
        curves.add(3, {"lag": 7.0})
    assert read_back(tmp_path) == {"lag": [(1, 1.0), (2, 2.0), (3, 7.0)], "_watched": [(1, 0.5), (2, 0.5)]}


def test_missing_tensorboard_is_said_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("torch.utils.tensorboard"):
            raise ImportError("no tensorboard")
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingComponentError, match="extra 'train', or write tensorboard = false"):
        TensorBoardCurves(tmp_path, 0)


# The writer's own thread dies of the refusal and tells nobody but us.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_full_disk_is_said(tmp_path: Path) -> None:
    def draw() -> None:
        with files_limited_to(200), TensorBoardCurves(tmp_path, 0) as curves:
            for step in range(50):
                curves.add(step, {"lag": 1.0})

    before = set(threading.enumerate())
    with pytest.raises(WriteError, match=r"tensorboard failed, the file is larger than"):
        draw()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)  # its last words belong to this test


def test_run_that_failed_reports_its_own_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def run(failure: Exception | None) -> None:
        with TensorBoardCurves(tmp_path, 0) as curves:
            curves._writer.close()
            monkeypatch.setattr(curves._writer, "close", refused)
            if failure is not None:
                raise failure

    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError())
    with pytest.raises(WriteError, match="the disk is full"):
        run(None)


def test_no_curves_draw_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with NoCurves() as curves:
        curves.add(1, {"lag": 1.0})
    assert list(tmp_path.iterdir()) == []
