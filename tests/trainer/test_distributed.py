import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.errors import InputError
from tests.trainer import two_processes
from trainer.distributed import average_gradients, gather_with_gradient, is_first, own_rows, rank, world_size

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Both:
    """The same work by one process and by two."""

    alone: dict[str, Any]
    ranks: list[dict[str, Any]]
    lines_alone: list[dict[str, float]]
    lines: list[dict[str, float]]


def lines_of(folder: Path) -> list[dict[str, float]]:
    text = (folder / "run" / "progress.jsonl").read_text(encoding="utf-8")
    return [{k: v for k, v in json.loads(line).items() if k != "time"} for line in text.splitlines()]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    alone, together = tmp_path_factory.mktemp("alone"), tmp_path_factory.mktemp("together")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    child = subprocess.Popen(
        [*launch, "-m", "tests.trainer.two_processes", str(together)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    two_processes.main(alone)
    words, _ = child.communicate(timeout=100)
    assert child.returncode == 0, words
    ranks = [torch.load(together / f"rank{number}.pt") for number in (0, 1)]
    return Both(torch.load(alone / "rank0.pt"), ranks, lines_of(alone), lines_of(together))


def test_losses_of_two_halves_are_those_of_the_whole_batch(both: Both) -> None:
    assert set(both.alone["losses"]) == {"slow", "told", "blocks", "classes"}
    for name, value in both.alone["losses"].items():
        assert value > 0.1
        for found in both.ranks:
            torch.testing.assert_close(found["losses"][name], value, rtol=0, atol=1e-5)


def test_gradients_of_two_halves_are_those_of_the_whole_batch(both: Both) -> None:
    trained = {name: value for name, value in both.alone["gradients"].items() if value is not None}
    assert {name.split(".")[0] for name in trained} == {"video", "audio", "of_first", "frames"}
    assert all(float(value.abs().max()) > 1e-3 for value in trained.values())
    for found in both.ranks:
        torch.testing.assert_close(
            {name: found["gradients"][name] for name in trained}, trained, rtol=0, atol=1e-5
        )


def test_weights_that_no_process_uses_stay_without_gradient(both: Both) -> None:
    for found in both.ranks:
        assert found["gradients"]["idle.weight"] is None
        assert found["gradients"]["of_first.bias"] is None


def test_two_processes_have_the_curve_and_weights_of_one(both: Both) -> None:
    assert [line["step"] for line in both.lines] == [2, 4, 6, 8]
    for ours, theirs in zip(both.lines, both.lines_alone, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)
    for found in both.ranks:
        torch.testing.assert_close(found["weights"], both.alone["weights"], rtol=0, atol=1e-4)
        torch.testing.assert_close(found["average"], both.alone["average"], rtol=0, atol=1e-4)


def test_signal_to_one_process_stops_all_and_the_run_goes_on(both: Both) -> None:
    # The curve above went through it: both stopped after the same step, and went on.
    assert [found["exit_code"] for found in both.ranks] == [128 + 15, 128 + 15]


def test_no_thread_of_the_connection_is_left_to_abort_the_process(both: Both) -> None:
    for found in both.ranks:
        assert not [name for name in found["threads"] if "gloo" in name]


def test_one_process_is_first_and_alone_and_gathers_itself() -> None:
    assert (rank(), world_size(), is_first()) == (0, 1, True)
    own = torch.rand(3, 2)
    assert gather_with_gradient(own) is own
    layer = torch.nn.Linear(2, 1)
    layer(own).sum().backward()
    before = layer.weight.grad
    average_gradients(layer)
    assert layer.weight.grad is before


def pretend(monkeypatch: pytest.MonkeyPatch, number: int, world: int) -> None:
    for name, value in (("RANK", number), ("WORLD_SIZE", world), ("MASTER_ADDR", "localhost")):
        monkeypatch.setenv(name, str(value))


def test_share_of_a_batch_is_a_block_of_whole_films(monkeypatch: pytest.MonkeyPatch) -> None:
    films = torch.tensor([5, 5, 8, 8, 1, 1])
    assert own_rows(films) == slice(0, 6)
    pretend(monkeypatch, 1, 3)
    assert own_rows(films) == slice(2, 4)


@pytest.mark.parametrize(
    ("films", "world"), [([5, 5, 5, 8, 8, 8], 3), ([5, 5, 5], 2), ([1, 1, 1, 1], 2), ([3], 2), ([], 2)]
)
def test_batch_that_would_cut_a_film_is_refused(
    monkeypatch: pytest.MonkeyPatch, films: list[int], world: int
) -> None:
    pretend(monkeypatch, 0, world)
    with pytest.raises(InputError, match=f"A batch of {len(films)} rows cannot be shared by {world}"):
        own_rows(torch.tensor(films))


def test_rank_without_a_launcher_is_no_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "3")  # some clusters set it for programs of their own
    assert (rank(), world_size()) == (0, 1)
