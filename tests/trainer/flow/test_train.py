"""The generator's recipe on films, with a tiny network; on scenes it is run in test_recipes."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.checkpoint import load_checkpoint, save_checkpoint
from engine.errors import DeviceError, InputError
from engine.progress import Progress, silent
from engine.ucs import load_classes
from tests.engine.small_networks import small_generator
from tests.trainer.flow.labelled_films import LabelledFilms
from tests.trainer.flow.two_processes import run_config
from trainer.flow.train import FlowRunConfig, train_flow
from trainer.flow.video_source import LABELS
from trainer.loop import LoopConfig
from trainer.stop_request import RunStopped

ROOT = Path(__file__).parents[3]


def lines_of(run: Path) -> list[dict[str, float]]:
    text = (run / "progress.jsonl").read_text(encoding="utf-8")
    return [{k: v for k, v in json.loads(line).items() if k != "time"} for line in text.splitlines()]


def test_films_train_a_generator_of_all_classes_and_its_average_is_saved(
    labelled: LabelledFilms, tmp_path: Path
) -> None:
    config = run_config(tmp_path / "run", labelled, steps=4, rate=0.05)  # raw and average part
    checkpoint = load_checkpoint(train_flow(config, listener=silent), family="starter_flow")
    assert checkpoint.config["classes"] == [known.name for known in load_classes()]
    assert checkpoint.config["knows_level"] is True
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    for name in ("control_in.weight", "front.project.weight"):
        raw, average = state["network"][name], state["average"][name]
        torch.testing.assert_close(checkpoint.state[name], average, rtol=1e-3, atol=1e-4)
        assert float((raw - average).abs().max()) > 2e-3
    assert (tmp_path / "run" / LABELS).is_file()
    assert [line["step"] for line in lines_of(tmp_path / "run")] == [2, 4]


def test_resumed_run_has_the_curve_and_weights_of_an_uninterrupted_one(
    labelled: LabelledFilms, tmp_path: Path
) -> None:
    whole = run_config(tmp_path / "whole", labelled)
    stopped = replace(whole, run=str(tmp_path / "stopped"))
    train_flow(whole, listener=silent)

    def stop_at_four(progress: Progress) -> None:
        if progress.stage == "train" and progress.done == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(RunStopped):
        train_flow(stopped, listener=stop_at_four)
    assert not (tmp_path / "stopped" / "generator.safetensors").exists()
    train_flow(stopped, listener=silent)
    assert lines_of(tmp_path / "stopped") == lines_of(tmp_path / "whole")
    files = [tmp_path / name / "generator.safetensors" for name in ("whole", "stopped")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_two_processes_have_nearly_the_loss_of_one(labelled: LabelledFilms, tmp_path: Path) -> None:
    alone = run_config(tmp_path / "alone", labelled)
    train_flow(alone, listener=silent)  # films are prepared after it
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    files = [str(path) for path in (labelled.manifest, labelled.cache, labelled.codec)]
    child = subprocess.run(
        [*launch, "-m", "tests.trainer.flow.two_processes", str(tmp_path / "both"), *files],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert child.returncode == 0, child.stdout + child.stderr
    ours, theirs = lines_of(tmp_path / "both"), lines_of(tmp_path / "alone")
    assert [line["step"] for line in ours] == [2, 4, 6]
    for one, other in zip(ours, theirs, strict=True):
        assert one["flow"] == pytest.approx(other["flow"], rel=0.05)
        assert one["flow"] != other["flow"]  # each process draws noise of its own
    assert (tmp_path / "both" / "generator.safetensors").is_file()


def test_run_that_goes_on_from_a_generator_keeps_its_classes(labelled: LabelledFilms, tmp_path: Path) -> None:
    earlier = small_generator(knows_level=True)
    start = tmp_path / "start.safetensors"
    save_checkpoint(start, earlier, family="starter_flow", config=earlier.config.to_json())
    config = replace(run_config(tmp_path / "run", labelled, steps=1, rate=1e-9), start=str(start))
    told: list[Progress] = []
    checkpoint = load_checkpoint(train_flow(config, listener=told.append), family="starter_flow")
    assert checkpoint.config["classes"] == list(earlier.config.classes)
    (line,) = [progress for progress in told if progress.stage == "labels"]
    assert (line.done, line.total) == (1, 5)  # this one knows of gravel alone
    weights = earlier.state_dict()["class_tokens.weight"]
    torch.testing.assert_close(checkpoint.state["class_tokens.weight"], weights, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "radio"}, "source = 'radio': give 'scenes' or 'video'"),
        ({"source": "scenes"}, "source = 'scenes' needs rendered scenes: give pool"),
        ({"video": None}, r"source = 'video' needs a \[video\] table that says which films"),
        ({"loop": LoopConfig(evaluate_every=2)}, r"\[loop\] evaluate_every needs rendered scenes"),
        ({"crop_tokens": (40,)}, "steps_per_crop = 32 is shorter than the longest of crop_tokens, 40"),
    ],
)
def test_run_without_what_it_needs_is_refused(
    labelled: LabelledFilms, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    config = replace(run_config(tmp_path, labelled), **changes)  # type: ignore[arg-type]  # names and types as there
    with pytest.raises(InputError, match=words):
        train_flow(config, listener=silent)


@pytest.mark.parametrize("lengths", [(), (16, 0)])
def test_crops_without_length_are_refused(lengths: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="crop_tokens = .*: give lengths of at least 1 token"):
        FlowRunConfig(run="run", codec="codec", crop_tokens=lengths)


def test_cuda_without_a_gpu_is_refused_in_words(
    labelled: LabelledFilms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config = replace(run_config(tmp_path / "run", labelled), loop=LoopConfig(device="cuda"))
    with pytest.raises(DeviceError, match="no CUDA GPU is usable here: use 'cpu' or 'auto'"):
        train_flow(config, listener=silent)
    assert not (tmp_path / "run").exists()
