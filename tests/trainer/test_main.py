"""msg-train's front door."""

import sys
from pathlib import Path

import pytest

from trainer.__main__ import main
from trainer.cavp.ablation import AblationConfig
from trainer.cavp.pretrain import PretrainConfig
from trainer.classifier.train import ClassifierRunConfig
from trainer.codec.train_codec import CodecRunConfig
from trainer.codec.train_decoder import DecoderRunConfig
from trainer.config import read_config
from trainer.export_starter import StarterExport
from trainer.flow.train import FlowRunConfig
from trainer.judge.train import JudgeRunConfig
from trainer.preference.ablation import RpoAblationConfig
from trainer.preference.candidates import CandidateRunConfig
from trainer.preference.rank import RankRunConfig
from trainer.preference.rounds import RpoConfig
from trainer.preference.tuning_run import TuneRunConfig
from trainer.scenes.pool import PoolConfig


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["msg-train", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_missing_config_is_a_sentence_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "train-codec", str(tmp_path / "none.toml")) == 2
    captured = capsys.readouterr()
    assert "none.toml cannot be read" in captured.err
    assert "Traceback" not in captured.err


def test_a_missing_model_is_exit_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "evaluate", "cavp", "--model", str(tmp_path)) == 3
    assert str(tmp_path) in capsys.readouterr().err


def test_an_unknown_key_names_the_known_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "run.toml"
    config.write_text('pool = "a"\nrun = "b"\nspeed = 3\n', encoding="utf-8")
    assert run(monkeypatch, "train-codec", str(config)) == 2
    assert "unknown key 'speed'" in capsys.readouterr().err


def test_every_shipped_config_can_be_read() -> None:
    kinds = {
        "starter_scenes": PoolConfig,
        "starter_cavp": PretrainConfig,
        "base_cavp": PretrainConfig,
        "video_cavp": PretrainConfig,
        "ablation_cavp": AblationConfig,
        "judge": JudgeRunConfig,
        "judge_scenes": PoolConfig,
        "starter_codec": CodecRunConfig,
        "starter_decoder": DecoderRunConfig,
        "starter_flow": FlowRunConfig,
        "starter_contacts": FlowRunConfig,
        "video_flow": FlowRunConfig,
        "starter_export": StarterExport,
        "sound_classifier": ClassifierRunConfig,
        "starter_candidates": CandidateRunConfig,
        "starter_rank": RankRunConfig,
        "starter_tune": TuneRunConfig,
        "starter_rpo": RpoConfig,
        "ablation_rpo": RpoAblationConfig,
    }
    folder = Path(__file__).parents[2] / "trainer" / "configs"
    assert {path.stem for path in folder.glob("*.toml")} == set(kinds)
    for name, kind in kinds.items():
        read_config(kind, folder / f"{name}.toml")
