"""Two processes share a round: takes and scores once each, pairs as of one, one adapter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.adapter_file import read_adapter
from tests.trainer.preference import two_processes
from tests.trainer.preference.small_round import SmallRound
from trainer.preference import rank
from trainer.preference.pairs import PairRecord, read_pairs

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def runs(prepared: SmallRound, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The round of one process and that of two."""
    folder = tmp_path_factory.mktemp("two")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    place = str(prepared.folder)
    child = subprocess.Popen(
        [*launch, "-m", "tests.trainer.preference.two_processes", str(folder / "two"), place],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rank, "check_reward", rank.check_reward)
        two_processes.main(str(folder / "one"), place)
    words, _ = child.communicate(timeout=100)
    assert child.returncode == 0, words
    return folder / "one", folder / "two"


def pairs_of(run: Path) -> tuple[PairRecord, ...]:
    return read_pairs(run / "round-0" / "ranking" / "pairs.jsonl").pairs


def test_pairs_are_those_of_one_process(runs: tuple[Path, Path]) -> None:
    one, two = (pairs_of(run) for run in runs)
    assert [(pair.chosen, pair.rejected) for pair in two] == [(pair.chosen, pair.rejected) for pair in one]
    assert [pair.reward_chosen for pair in two] == pytest.approx([pair.reward_chosen for pair in one])


def test_one_report_and_one_adapter_come_of_both(runs: tuple[Path, Path]) -> None:
    for run in runs:
        assert (run / "rounds.json").is_file()
        stored = read_adapter(run / "round-0" / "tune" / "adapter.safetensors")
        assert all(bool(torch.isfinite(value).all()) for value in stored.state.values())
        assert any(bool(value.any()) for name, value in stored.state.items() if "lora_B" in name)
