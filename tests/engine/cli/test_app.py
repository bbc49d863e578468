import sys

import pytest
import typer

from engine.cli import app, probe
from tests.engine.cli.program import assert_refused, assert_refused_in_json, engine

VERBS = ("probe", "events", "score", "generate", "foley", "models", "bench")


def fails_with(monkeypatch: pytest.MonkeyPatch, problem: BaseException) -> None:
    """Let every probe fail."""

    def fail(_: object) -> None:
        raise problem

    monkeypatch.setattr(probe, "probe", fail)


def test_help_names_every_verb() -> None:
    outcome = engine("--help")
    assert outcome.status == 0
    for verb in VERBS:
        assert f" {verb} " in outcome.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_offers_json(verb: str) -> None:
    assert "--json" in engine(verb, "--help").out


def test_no_verb_shows_the_help_and_is_wrong_use() -> None:
    outcome = engine()
    assert outcome.status == 2
    assert "Usage" in outcome.out + outcome.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dance"], "No such command 'dance'"),
        (["probe"], "Missing argument 'CLIP'"),
        (["probe", "a.mp4", "b.mp4"], "unexpected extra argument"),
        (["probe", "a.mp4", "--loud"], "No such option: --loud"),
        (["score", "a.mp4", "--start", "soon"], "Invalid value for '--start'"),
        (["foley", "a.mp4", "-o", "x", "--takes", "0"], "Invalid value for '--takes'"),
        (["foley", "a.mp4", "-o", "x", "--takes", "17"], "Invalid value for '--takes'"),
        (["foley", "a.mp4", "-o", "x", "--seed", "-1"], "Invalid value for '--seed'"),
        (["foley", "a.mp4"], "Missing option '-o'"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(arguments: list[str], words: str) -> None:
    assert_refused(engine(*arguments), 2, words, "msg-engine --help")
    if arguments != ["dance"]:
        assert_refused_in_json(engine(*arguments, "--json"), 2, "UsageError", words)


def test_fault_of_our_own_is_a_sentence_with_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MSG_DEBUG", raising=False)
    fails_with(monkeypatch, ZeroDivisionError("division\nby zero"))
    assert_refused(
        engine("probe", "a.mp4"), 4, "ZeroDivisionError: division by zero", "MSG_DEBUG=1", "report"
    )
    assert_refused_in_json(engine("probe", "a.mp4", "--json"), 4, "ZeroDivisionError", "division by zero")


def test_traceback_is_shown_on_request_only(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(monkeypatch, ZeroDivisionError())
    monkeypatch.setenv("MSG_DEBUG", "1")
    assert "Traceback" in engine("probe", "a.mp4").err


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), typer.Abort()])
def test_stop_by_the_user_is_failed_work(monkeypatch: pytest.MonkeyPatch, stop: BaseException) -> None:
    fails_with(monkeypatch, stop)
    assert_refused_in_json(engine("probe", "a.mp4", "--json"), 4, "Cancelled", "Stopped on request")


@pytest.mark.parametrize(
    "shortage",
    [MemoryError(), RuntimeError("unable to mmap 17 bytes from file <a>: Cannot allocate memory (12)")],
)
def test_want_of_memory_is_told_as_such(monkeypatch: pytest.MonkeyPatch, shortage: Exception) -> None:
    fails_with(monkeypatch, shortage)
    assert_refused(engine("probe", "a.mp4"), 4, "memory of this machine is used up")


def test_program_ends_with_the_status_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["msg-engine", "probe", "no such film.mp4"])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 2
