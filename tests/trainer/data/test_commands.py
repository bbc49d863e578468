"""msg-train data."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.data.small_films import SmallFilms
from trainer.__main__ import main

Captured = pytest.CaptureFixture[str]
TABLE = "steps_per_crop = 24\nleast_distance_s = 0.5\nlag_reach_steps = 8\nworkers = 1\n"


def recipe(folder: Path, manifest: Path, *, limit: float) -> str:
    path = folder / "recipe.toml"
    names = f"manifest = '{manifest}'\ncache = '{folder / 'cache'}'\nlargest_bad_share = {limit}\n"
    path.write_text(f"source = 'video'\n[video]\n{names}{TABLE}", encoding="utf-8")
    return str(path)


def msg_train(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["msg-train", "data", *arguments, "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def told(capsys: Captured) -> tuple[dict[str, Any], str]:
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


def test_prepare_counts_lists_and_ends_well(
    films: SmallFilms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert msg_train(monkeypatch, "prepare", recipe(tmp_path, films.mixed, limit=0.6)) == 0
    counts, progress = told(capsys)
    assert {name: counts[name] for name in ("rows", "cached", "made", "bad")} == {
        "rows": 10,
        "cached": 0,
        "made": 6,
        "bad": 6,
    }
    assert counts["reasons"]["silent"] == 1
    assert len(Path(counts["bad_films"]).read_text(encoding="utf-8").splitlines()) == 7
    lines = [json.loads(line) for line in progress.splitlines()]
    assert [line["done"] for line in lines if line["stage"] == "prepare films"] == list(range(1, 11))
    assert lines[-1]["stage"] == "check sounds"


def test_prepare_with_too_many_bad_films_counts_them_and_exits_2(
    films: SmallFilms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert msg_train(monkeypatch, "prepare", recipe(tmp_path, films.mixed, limit=0.1)) == 2
    counts, words = told(capsys)
    assert counts["bad"] == 6
    assert "6 of 10 films (60%) are bad, allowed are 10% (largest_bad_share)" in words
    assert "Traceback" not in words


def test_shard_writes_what_a_recipe_can_name(
    films: SmallFilms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    config = recipe(tmp_path, films.manifest, limit=0.0)
    shards = ["-o", str(tmp_path / "shards"), "--films-per-shard", "2"]
    assert msg_train(monkeypatch, "shard", config, *shards) == 0
    written, _ = told(capsys)
    assert written["films"] == 4
    assert [Path(path).name for path in written["shards"]] == ["films-000000.tar", "films-000001.tar"]
    again = tmp_path / "again.toml"
    pattern = tmp_path / "shards" / "films-{000000..000001}.tar"
    again.write_text(
        f"[video]\nshards = ['{pattern}']\ncache = '{tmp_path / 'other'}'\n{TABLE}", encoding="utf-8"
    )
    assert msg_train(monkeypatch, "prepare", str(again)) == 0
    counts, _ = told(capsys)
    assert (counts["rows"], counts["made"], counts["bad"]) == (4, 4, 0)
