"""Tuning timed in one process and in two; times are shown and never asserted, losses must agree."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from engine.errors import InputError, WorkError
from tests.engine.small_networks import write_small_model
from trainer.__main__ import main
from trainer.preference import throughput
from trainer.preference.throughput import ThroughputConfig, ThroughputRow, bench_tuning, throughput_row
from trainer.preference.timed_tuning import TimedSteps


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_model(tmp_path_factory.mktemp("model"))


def bench(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["msg-train", "bench", "tuning", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.timeout(300)
def test_two_processes_tune_as_one_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the bundled generator: errors of random weights are so large that beta makes rounding seen."""
    assert bench(monkeypatch, "--batch", 4, "--steps", 2, "--warmup", 1, "--json") == 0
    one, two = json.loads(capsys.readouterr().out)["rows"]
    assert set(one) == {"processes", "s_per_step", "pairs_per_s", "ratio", "loss_difference"}
    assert (one["processes"], one["ratio"], one["loss_difference"]) == (1, 1.0, 0.0)
    assert two["processes"] == 2
    assert two["loss_difference"] <= 1e-4
    assert min(*one.values(), *two.values()) >= 0


def test_figures_by_hand() -> None:
    one = TimedSteps([2.0, 4.0, 3.0], [{"dpo": 0.7, "winner": 1.0}, {"dpo": 0.6, "winner": 0.9}])
    two = TimedSteps([1.0, 9.0, 1.5], [{"dpo": 0.7, "winner": 1.0}, {"dpo": 0.625, "winner": 0.875}])
    found = throughput_row(2, two, one, batch=6)
    assert (found.s_per_step, found.pairs_per_s, found.ratio) == (1.5, 4.0, 2.0)
    assert found.loss_difference == pytest.approx(0.025)


def test_table_shows_small_differences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [ThroughputRow(1, 2.0, 4.0, 1.0, 0.0), ThroughputRow(2, 1.25, 6.4, 1.6, 1.4e-5)]
    monkeypatch.setattr("trainer.cli.bench.bench_tuning", lambda config, listener: rows)
    assert bench(monkeypatch) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == list(asdict(rows[0]))
    assert lines[1:] == [
        ["1", "2.000", "4.000", "1.000", "0.0e+00"],
        ["2", "1.250", "6.400", "1.600", "1.4e-05"],
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"batch": 7}, "batch = 7: 2 processes cannot share .* a multiple such as 8"),
        ({"batch": 2, "processes": 3}, "a multiple such as 3"),
        ({"processes": 1}, "processes = 1: give at least 2"),
        ({"batch": 0}, "batch = 0: give at least 1"),
        ({"steps": 0}, "steps = 0: give at least 1"),
        ({"warmup": 0}, "warmup = 0: give at least 1"),
        ({"threads": 0}, "threads = 0: give at least 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        ThroughputConfig(Path("nowhere"), **wrong)


def test_command_refuses_a_batch_that_cannot_be_shared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(monkeypatch, "--batch", 5, "--processes", 3) == 2
    assert "a multiple such as 6" in capsys.readouterr().err


def test_a_model_that_is_absent_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert bench(monkeypatch, "--model", tmp_path / "none") == 3
    assert "none" in capsys.readouterr().err


def test_last_words_of_a_program_that_fails_are_shown(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = "raise SystemExit('no room left')"
    monkeypatch.setattr(throughput, "_launcher", lambda processes: [sys.executable, "-c", failing])
    with pytest.raises(WorkError, match=r"(?s)1 processes ended with status 1.*smaller batch.*no room left"):
        bench_tuning(ThroughputConfig(model))
