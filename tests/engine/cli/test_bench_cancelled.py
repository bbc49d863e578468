"""Cancelled jobs with tiny networks: each stops where it is told to, and none leaves its arrays behind."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.cli import bench
from engine.cli.bench_cancelled import CancelledUse, measure_cancelled, stop_place, stopped_job
from engine.orders import GenerateTakes
from engine.records import Event
from engine.scratch import Scratch
from engine.server_work import OrderWork
from engine.timing import TimeRange
from tests.engine.cli.program import engine

EVENT = Event("e001", "props", "METLImpt", TimeRange(24_000, 52_800), (), 1.0, "by hand")


@pytest.fixture
def order(film: Path, tmp_path: Path) -> GenerateTakes:
    wish = {"prompt": "metal", "negative_prompt": "", "takes": 2, "seed": 1, "steps": 3, "guidance": 2.5}
    return GenerateTakes(film=film, event=EVENT, folder=tmp_path, maps=tmp_path / "maps", **wish)


@pytest.fixture
def work(models: Path, tmp_path: Path) -> Iterator[OrderWork]:
    place = tmp_path / "scratch"
    place.mkdir()
    scratch = Scratch(place)
    yield OrderWork(model="starter", models_folder=models, threads=None, scratch=scratch)
    scratch.remove()


def test_jobs_are_stopped_from_the_first_to_the_last_message() -> None:
    assert [stop_place(number, 5, 10) for number in range(5)] == [1, 3, 5, 7, 9]
    assert [stop_place(number, 4, 2) for number in range(4)] == [1, 1, 2, 2]
    assert stop_place(0, 1, 7) == 1


def test_a_job_is_stopped_at_its_message(work: OrderWork, order: GenerateTakes) -> None:
    whole = stopped_job(work, order, at=0)
    assert whole.wished is None
    assert whole.heard > 8
    early = stopped_job(work, order, at=3)
    assert early.wished is not None
    assert early.heard < whole.heard


def tensors() -> int:
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def test_cancelled_jobs_leave_no_tensors(work: OrderWork, order: GenerateTakes) -> None:
    messages = stopped_job(work, order, at=0).heard
    held = tensors()
    for at in range(1, messages + 1):
        stopped_job(work, order, at=at)
    assert tensors() <= held


def test_memory_is_read_before_and_after_the_cancelled_jobs(
    order: GenerateTakes, models: Path, tmp_path: Path
) -> None:
    readings = iter((400_000_000, 404_000_000))
    told: list[int] = []
    use = measure_cancelled(
        order, 4, model="starter", models_folder=models, tell=told.append, memory=lambda: next(readings)
    )
    assert (use.jobs, use.before_mb, use.after_mb, told) == (4, 400.0, 404.0, [1, 2, 3, 4])
    assert 0 < use.slowest_stop_s < 10
    assert not any(tmp_path.glob("takes/**/*.wav"))  # they lay in a folder that is gone


def test_bench_tells_memory_and_the_slowest_stop(
    film: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(order: GenerateTakes, jobs: int, **_: object) -> CancelledUse:
        assert (order.event.cat_id, order.prompt) != ("", "")
        return CancelledUse(jobs, before_mb=400.0, after_mb=412.0, slowest_stop_s=0.25)

    monkeypatch.setattr(bench, "EVENT_S", 1)
    monkeypatch.setattr(bench, "measure_cancelled", measured)
    outcome = engine("bench", "--clip", film, "--cancelled", 50, "--models-folder", models, "--json")
    values = {row["name"]: row["value"] for row in outcome.document["rows"]}
    told = {
        "50 cancelled jobs, memory before": 400.0,
        "50 cancelled jobs, memory after": 412.0,
        "memory after over before": 1.03,
        "slowest stop": 0.25,
    }
    assert told.items() <= values.items()
    assert "threads" in values  # a stop is as quick as they are
