import json
import sys
from pathlib import Path

import pytest
import torch

from engine.codec.decoder import DecoderConfig, NoiseBranchDecoder
from engine.errors import InputError
from engine.features.mel import log_mel
from engine.progress import silent
from tests.trainer.scenes.small_bank import usual_recordings, write_bank
from trainer import __main__ as program
from trainer.codec.comparison import load_decoder
from trainer.codec.train_decoder import (
    DecoderRunConfig,
    decoder_losses,
    held_out_errors,
    held_out_sounds,
    train_decoder,
)
from trainer.loop import LoopConfig
from trainer.optimization import OptimizerConfig
from trainer.scenes.bank import load_bank

TINY = DecoderConfig(width=4, depth=1, rounds=1)


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_bank(tmp_path / "bank", usual_recordings())
    monkeypatch.setenv("MSG_SOUND_BANK", str(folder))
    return folder


def config_of(run: Path, *, steps: int = 2) -> DecoderRunConfig:
    return DecoderRunConfig(
        str(run),
        batch=2,
        frames=16,
        sizes=TINY,
        optimizer=OptimizerConfig(steps=steps, warmup_steps=1),
        loop=LoopConfig(log_every=1, save_every=1, evaluate_every=2, tensorboard=False),
    )


def noise(*, level: float = 0.1, seed: int = 1) -> torch.Tensor:
    return level * torch.randn(2, 8820, generator=torch.Generator().manual_seed(seed))


@pytest.mark.usefixtures("bank")
def test_a_run_leaves_a_decoder_and_its_errors(tmp_path: Path) -> None:
    config = config_of(tmp_path / "run")
    trained = train_decoder(config, listener=silent)
    decoder = load_decoder(trained.checkpoint)
    assert decoder.config == TINY
    again = held_out_errors(decoder, held_out_sounds(load_bank("held_out"), config))
    assert trained.figures == pytest.approx(again, rel=0.01)  # the file holds half precision
    lines = (tmp_path / "run" / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    assert any("held_out_mel_error" in json.loads(line) for line in lines)


@pytest.mark.usefixtures("bank")
def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = load_decoder(train_decoder(config_of(tmp_path / "whole"), listener=silent).checkpoint)
    schedule = OptimizerConfig(steps=2, warmup_steps=1)
    assert schedule == config_of(tmp_path).optimizer
    halted = config_of(tmp_path / "halted")
    short = DecoderRunConfig(
        halted.run, batch=2, frames=16, sizes=TINY, optimizer=schedule,
        loop=LoopConfig(log_every=1, save_every=1, max_minutes=1e-9, tensorboard=False),
    )  # fmt: skip
    train_decoder(short, listener=silent)
    state = torch.load(tmp_path / "halted" / "state.pt", weights_only=True)
    assert state["step"] == 1
    resumed = load_decoder(train_decoder(halted, listener=silent).checkpoint)
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


def test_losses_are_of_two_draws_and_fall_when_the_network_undoes_a_wrong_gain() -> None:
    torch.manual_seed(1)
    right, loud = (NoiseBranchDecoder(TINY) for _ in range(2))
    loud.load_state_dict(right.state_dict())
    with torch.no_grad():
        loud.head.bias[:1025] += 1.5
    found = [
        decoder_losses(network, noise(), chance=torch.Generator().manual_seed(2), mel_weight=1.0)
        for network in (right, loud)
    ]
    assert set(found[0]) == {"energy", "mel"}
    assert all(float(found[0][name].detach()) < float(found[1][name].detach()) for name in found[0])


def test_the_mel_error_counts_as_much_as_it_is_given_weight() -> None:
    torch.manual_seed(1)
    network = NoiseBranchDecoder(TINY)
    one, three = (
        decoder_losses(network, noise(), chance=torch.Generator().manual_seed(2), mel_weight=weight)["mel"]
        for weight in (1.0, 3.0)
    )
    assert float(three.detach()) == pytest.approx(3 * float(one.detach()), rel=1e-5)


def test_held_out_errors_are_those_of_the_decoder_and_of_its_noise() -> None:
    torch.manual_seed(1)
    network = NoiseBranchDecoder(TINY).eval()
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias[:1025] = 1.0  # one neper too loud where the noise is right
        network.head.bias[1025:2050] = -60.0
    found = held_out_errors(network, noise())
    shaped = network.shaped_noise(log_mel(noise()), torch.Generator().manual_seed(1))
    own = (log_mel(shaped) - log_mel(noise())).mean()
    assert found["held_out_mel_error"] == pytest.approx(1.0 + float(own), abs=0.15)
    assert found["held_out_noise_mel_error"] < 0.6


def test_sounds_shorter_than_a_few_tokens_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="frames = 15: give at least 16"):
        DecoderRunConfig(str(tmp_path), frames=15)


@pytest.mark.usefixtures("bank")
def test_commands_train_and_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "run.toml"
    config.write_text(
        f'run = "{tmp_path / "run"}"\nbatch = 1\nframes = 16\n[sizes]\nwidth = 4\ndepth = 1\nrounds = 1\n'
        "[optimizer]\nsteps = 1\n[loop]\ntensorboard = false\n",
        encoding="utf-8",
    )
    document = run(monkeypatch, capsys, "train-decoder", str(config), "--json")
    assert set(document) == {"schema", "checkpoint", "held_out_mel_error", "held_out_noise_mel_error"}
    arguments = ("--decoder", document["checkpoint"], "-o", str(tmp_path / "sheet"), "--sounds", "1")
    table = run(monkeypatch, capsys, "evaluate", "codec", *arguments, "--seconds", "0.3", "--json")
    assert table["rows"][-1]["figure"] == "ships"
    assert table["rows"][-1]["verdict"] in ("decoder", "Griffin-Lim")
    assert (tmp_path / "sheet" / "vocoders.png").read_bytes().startswith(b"\x89PNG")


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> dict[str, object]:
    monkeypatch.setattr(sys, "argv", ["msg-train", *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert not ended.value.code
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document
