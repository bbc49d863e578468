"""`msg-train describe`."""

import json
import sys

import pytest

from trainer.__main__ import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["msg-train", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_parts_of_the_starter_come_as_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "describe", "cavp", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert rows[0]["part"].startswith("video.")
    assert rows[-1]["part"] == "all"
    assert rows[-1]["parameters"] == sum(
        row["parameters"] for row in rows if row["part"] != "all" and "together" not in row["part"]
    )


def test_base_is_shown_in_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "describe", "cavp", "--size", "base") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["part", "output", "parameters"]
    assert any("video.trunk.slow.res5" in line and "1 x 2048 x 25 x 7 x 7" in line for line in lines)


def test_an_unknown_size_is_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "describe", "cavp", "--size", "large") == 2
    assert "give starter or base" in capsys.readouterr().err
