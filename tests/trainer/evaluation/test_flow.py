import json
import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from engine.checkpoint import save_checkpoint
from engine.codec.griffin_lim import griffin_lim
from engine.errors import InputError
from engine.progress import silent
from tests.engine.small_networks import small_cavp, small_codec, small_generator
from tests.trainer.classifier.small_classifier import small_bank, small_classifier
from tests.trainer.evaluation.generator.small_study import strikes_pool
from trainer import __main__ as program
from trainer.classifier.network import CLASSIFIER_FAMILY
from trainer.evaluation.flow import Banks, FlowTrialConfig, evaluate_flow, write_flow_evaluation
from trainer.evaluation.generator import takes
from trainer.evaluation.generator.table import COLUMNS, FlowEvaluation
from trainer.evaluation.generator.takes import SoundMaker
from trainer.report import flow_rows

SMALL = FlowTrialConfig(trials=2, takes=2, class_trials=1, scenes=1, steps=1)


@pytest.fixture(scope="module")
def evaluation() -> FlowEvaluation:
    maker = SoundMaker(small_generator(), small_codec())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(takes, "griffin_lim", partial(griffin_lim, iterations=1))
        return evaluate_flow(
            maker,
            strikes_pool(),
            SMALL,
            classifier=small_classifier(),
            cavp=small_cavp(),
            banks=Banks(small_bank(groups=3), small_bank(groups=1, first=8)),
            previous=maker,
            listener=silent,
        )


def test_all_columns_are_measured_and_truth_is_the_ceiling(evaluation: FlowEvaluation) -> None:
    assert set(evaluation.columns) == set(COLUMNS)
    assert evaluation.columns["truth"].timing.onsets.f1 == 1.0
    rows = {row["figure"]: row for row in flow_rows(evaluation)}
    assert rows["mel mean off truth"]["truth"] == 0.0
    assert rows["its share of the way"]["class noise"] == pytest.approx(1.0)


def test_the_same_weights_give_the_same_figures(evaluation: FlowEvaluation) -> None:
    now, before = evaluation.columns["generated"], evaluation.columns["previous"]
    assert now.timing.onsets == before.timing.onsets
    assert torch.equal(now.classes.features, before.classes.features)


def test_json_and_plots_are_written(evaluation: FlowEvaluation, tmp_path: Path) -> None:
    written = write_flow_evaluation(evaluation, [], tmp_path / "out", about={"model": "small"})
    assert [path.name for path in written] == [
        "flow.json",
        "figures.png",
        "class_accuracy.png",
        "mean_spectra.png",
    ]
    stored = json.loads(written[0].read_text(encoding="utf-8"))
    assert stored["schema"] == 1
    assert stored["model"] == "small"
    assert {"command", "machine", "date"} <= set(stored)
    assert [row["class"] for row in stored["classes"]] == list(evaluation.classes)
    assert len(stored["rows"]) == len(flow_rows(evaluation))


def test_banks_without_the_classes_are_refused() -> None:
    with pytest.raises(InputError, match="same sound bank"):
        evaluate_flow(
            SoundMaker(small_generator(), small_codec()),
            strikes_pool(),
            SMALL,
            classifier=small_classifier(("GUNS", "THUN")),
            cavp=small_cavp(),
            banks=Banks(small_bank(), small_bank()),
        )


def test_quick_tries_a_few_and_asks_the_same() -> None:
    quick = FlowTrialConfig(guidance=3.0, use_video=False).quick()
    assert (quick.trials, quick.class_trials, quick.scenes, quick.steps) == (4, 1, 1, 4)
    assert (quick.guidance, quick.settings.use_video, quick.takes) == (3.0, False, 2)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["msg-train", "evaluate", "flow", *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    return int(ended.value.code or 0)


def test_command_without_a_classifier_is_exit_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--quick", "--classifier", str(tmp_path / "gone.safetensors")) == 3
    assert "train-classifier" in capsys.readouterr().err


def test_command_without_scenes_is_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    network, path = small_classifier(), tmp_path / "ear.safetensors"
    save_checkpoint(path, network, family=CLASSIFIER_FAMILY, config=network.config.to_json())
    assert run(monkeypatch, "--quick", "--classifier", str(path), "--pool", str(tmp_path)) == 2
    assert "scenes render" in capsys.readouterr().err
