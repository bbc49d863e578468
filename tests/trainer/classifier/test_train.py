import json
import sys
from pathlib import Path

import pytest
import torch

from engine.errors import InputError
from engine.progress import silent
from tests.trainer.scenes.small_bank import usual_recordings, write_bank
from trainer import __main__ as program
from trainer.classifier.network import load_classifier
from trainer.classifier.train import ClassifierRunConfig, classifier_losses, train_classifier
from trainer.loop import LoopConfig
from trainer.optimization import OptimizerConfig


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_bank(tmp_path / "bank", usual_recordings())
    monkeypatch.setenv("MSG_SOUND_BANK", str(folder))
    return folder


def test_training_leaves_weights_and_says_what_it_knows(bank: Path, tmp_path: Path) -> None:
    config = ClassifierRunConfig(
        str(tmp_path / "run"),
        least_train_groups=4,
        performed=2,
        batch=4,
        width=8,
        optimizer=OptimizerConfig(steps=2, warmup_steps=1),
        loop=LoopConfig(log_every=1, save_every=2, evaluate_every=2, tensorboard=False),
    )
    trained = train_classifier(config, listener=silent)
    # Of six groups one in five is held out; the jet has too few.
    assert load_classifier(trained.checkpoint).config.classes == ("FEET_gravel", "IMPT_metal")
    assert [row["class"] for row in trained.rows()] == ["FEET_gravel", "IMPT_metal", "all 2"]
    assert trained.rows()[0]["train groups"] == 5
    lines = (tmp_path / "run" / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    assert any("held_out_accuracy" in json.loads(line) for line in lines)


def test_too_small_a_bank_is_told(bank: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 classes"):
        train_classifier(ClassifierRunConfig(str(tmp_path / "run")), listener=silent)


def test_loss_is_low_where_the_class_is_right() -> None:
    labels = torch.tensor([0, 1])
    good = classifier_losses(torch.eye(2) * 5, labels, smoothing=0.0)
    bad = classifier_losses(-torch.eye(2) * 5, labels, smoothing=0.0)
    assert float(good["class"]) < 0.01 < 4.0 < float(bad["class"])
    assert (float(good["_right"]), float(bad["_right"])) == (1.0, 0.0)


def test_command_without_a_bank_is_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MSG_SOUND_BANK", str(tmp_path))
    config = tmp_path / "run.toml"
    config.write_text(f'run = "{tmp_path / "run"}"\n', encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["msg-train", "train-classifier", str(config)])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2
    assert "No sound bank" in capsys.readouterr().err
