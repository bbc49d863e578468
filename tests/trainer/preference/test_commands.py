"""candidates, rank, tune and rpo at msg-train's front door."""

import json
import sys
from pathlib import Path

import pytest

from tests.trainer.preference.small_round import SmallRound
from trainer.cli.app import main

TUNING = """
[tune]
batch = 2
crop_tokens = 32
[tune.lora]
rank = 2
targets = ["attn.qkv"]
[tune.optimizer]
steps = 2
[tune.loop]
log_every = 1
evaluate_every = 2
tensorboard = false
[held_out]
stems = 2
steps = 2
"""


def start_of(prepared: SmallRound) -> str:
    return f'[start]\ngenerator = "{prepared.start.generator}"\ncodec = "{prepared.start.codec}"\n'


def msg_train(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["msg-train", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_takes_are_made_ranked_and_tuned_on_by_three_commands(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trainer.preference.rank.check_reward", lambda found: None)
    makes = written(
        tmp_path / "candidates.toml",
        f'folder = "{tmp_path}/takes"\npool = "{prepared.pool}"\n{start_of(prepared)}'
        '[candidates]\nstems = 2\ntakes = 2\nsteps = 2\nkinds = ["contacts"]\n',
    )
    assert msg_train(monkeypatch, "candidates", makes, "--json") == 0
    assert json.loads(capsys.readouterr().out)["stems"] == 2
    ranks = written(
        tmp_path / "rank.toml",
        f'folder = "{tmp_path}/ranked"\ncandidates = "{tmp_path}/takes"\nmodel = "{prepared.model}"\n'
        f'codec = "{prepared.start.codec}"\n[rank]\nwinner = "best-of-N"\n',
    )
    assert msg_train(monkeypatch, "rank", ranks, "--json") == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 2
    tunes = written(
        tmp_path / "tune.toml",
        f'run = "{tmp_path}/run"\npairs = "{tmp_path}/ranked/pairs.jsonl"\npool = "{prepared.pool}"\n'
        f"{start_of(prepared)}{TUNING}",
    )
    assert msg_train(monkeypatch, "tune", tunes, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert Path(found["weights"]).is_file()
    assert found["best_step"] in (0, 2)


def rpo_file(prepared: SmallRound, folder: Path) -> str:
    return written(
        folder / "rpo.toml",
        f'run = "{folder}/rpo"\npool = "{prepared.pool}"\nmodel = "{prepared.model}"\nrounds = 1\n'
        f"{start_of(prepared)}[candidates]\nstems = 2\ntakes = 2\nsteps = 2\n"
        f"[rank]\nwinner = 'best-of-N'\n{TUNING}",
    )


def test_rounds_and_their_ablation_are_commands_too(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trainer.preference.rank.check_reward", lambda found: None)
    recipe = rpo_file(prepared, tmp_path)
    assert msg_train(monkeypatch, "rpo", recipe, "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["model"].split()[0] for row in rows] == ["M0", "M1"]
    ablation = written(
        tmp_path / "ablation.toml",
        f'recipe = "{recipe}"\nfolder = "{tmp_path}/ablation"\nbetas = [50, 800]\nrounds = 1\n',
    )
    assert msg_train(monkeypatch, "ablate", "rpo", ablation, "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["variant"].split(",")[0] for row in rows] == ["M0", "beta 50", "beta 800"]


def test_refused_round_is_one_sentence_and_exit_4(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trainer.preference.ranking.Ranking.mean_real", -2.0)
    assert msg_train(monkeypatch, "rpo", rpo_file(prepared, tmp_path)) == 4
    said = capsys.readouterr().err
    assert "The reward does not prefer real sound: -2.000 for real sound" in said
    assert "Traceback" not in said


def test_unknown_key_in_a_nested_table_is_exit_2(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path / "rpo.toml", 'run = "a"\npool = "b"\n[tune.lora]\nwidth = 3\n')
    assert msg_train(monkeypatch, "rpo", config) == 2
    assert "unknown key 'width'" in capsys.readouterr().err
