from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.checkpoint import save_checkpoint
from engine.codec.decoder import DECODER_FAMILY, DecoderConfig, NoiseBranchDecoder
from engine.codec.vocoder import GriffinLim
from engine.errors import CheckpointError
from engine.features.mel import log_mel
from engine.progress import silent
from tests.trainer.classifier.small_classifier import small_bank
from trainer.codec.comparison import (
    DECODER,
    HELD_FIXED,
    SHIPPED,
    CodecComparison,
    VocoderFigures,
    compare_vocoders,
    contestants,
    held_out_truth,
    load_decoder,
)
from trainer.codec.sounds import KINDS, SoundSource

GRIFFIN_LIM = VocoderFigures(
    mel_l1={"recording": 0.08, "synthetic": 0.10, "noise": 0.06},  # 0.08 on average
    stft={"recording": 0.7, "synthetic": 1.0, "noise": 0.5},
    buzz=0.003,
    rtf=0.2,
)


def compared(**decoder: object) -> CodecComparison:
    figures = {HELD_FIXED: GRIFFIN_LIM, SHIPPED: GRIFFIN_LIM, DECODER: replace(GRIFFIN_LIM, **decoder)}
    return CodecComparison(figures, true_buzz=0.006)


def all_kinds(error: float) -> dict[str, float]:
    return dict.fromkeys(KINDS, error)


@pytest.mark.parametrize(
    ("decoder", "ships"),
    [
        ({"mel_l1": all_kinds(0.109)}, True),
        ({"mel_l1": all_kinds(0.111)}, False),
        ({"buzz": 0.055}, True),
        ({"buzz": 0.057}, False),
        ({"buzz": -0.045}, False),
        ({"mel_l1": all_kinds(0.02), "buzz": 0.9}, False),
    ],
)
def test_the_decoder_ships_only_when_it_keeps_both_bounds(decoder: dict[str, object], ships: bool) -> None:
    found = compared(**decoder)
    assert found.decoder_ships == ships
    assert found.rows()[-1]["verdict"] == (DECODER if ships else "Griffin-Lim")


def test_without_a_decoder_griffin_lim_ships_and_no_bound_is_judged() -> None:
    found = CodecComparison({HELD_FIXED: GRIFFIN_LIM, SHIPPED: GRIFFIN_LIM}, true_buzz=0.006)
    assert not found.decoder_ships
    assert [row["verdict"] for row in found.rows()] == [*[""] * 9, "Griffin-Lim"]


def test_table_shows_every_vocoder_beside_the_truth_and_which_bound_broke() -> None:
    rows = compared(mel_l1=all_kinds(0.2)).rows()
    assert {tuple(row) for row in rows} == {
        ("figure", "sounds", "truth", HELD_FIXED, SHIPPED, DECODER, "bound", "verdict")
    }
    mel, buzz = rows[3], rows[4]
    assert (mel[SHIPPED], mel[DECODER], mel["verdict"]) == (0.08, 0.2, "broken")
    assert (buzz["truth"], buzz["verdict"]) == (0.006, "kept")


class Repeating:
    """A vocoder that answers every frame with the same few samples: all buzz."""

    def vocode(self, mels: torch.Tensor, seeds: object, **_: object) -> torch.Tensor:
        frame = 0.1 * torch.randn(1, 441, generator=torch.Generator().manual_seed(1))
        return frame.repeat(len(mels), mels.shape[1])


def test_vocoders_are_measured_on_every_kind_and_a_buzzing_one_is_found_out() -> None:
    truth = held_out_truth(SoundSource(small_bank()), count=2, seconds=0.5)
    assert {kind: tuple(sounds.shape) for kind, sounds in truth.items()} == dict.fromkeys(KINDS, (2, 22_050))
    found = compare_vocoders({SHIPPED: GriffinLim(rounds=4), DECODER: Repeating()}, truth, listener=silent)
    assert abs(found.true_buzz) < 0.3
    assert found.of[DECODER].buzz == pytest.approx(1.0, abs=1e-3)
    assert found.of[SHIPPED].mean_mel_l1 < found.of[DECODER].mean_mel_l1
    assert found.of[SHIPPED].rtf > 0
    assert not found.decoder_ships


def test_held_out_sounds_are_the_same_each_time_and_whole_hops() -> None:
    one, again = (held_out_truth(SoundSource(small_bank()), count=1, seconds=0.123) for _ in range(2))
    assert all(torch.equal(one[kind], again[kind]) for kind in KINDS)
    assert one["noise"].shape[1] == 12 * 441


def test_a_decoder_is_loaded_from_its_weights_and_joins_griffin_lim(tmp_path: Path) -> None:
    network = NoiseBranchDecoder(DecoderConfig(width=4, depth=1, rounds=1)).eval()
    path = tmp_path / "decoder.safetensors"
    save_checkpoint(path, network, family=DECODER_FAMILY, config=network.config.to_json())
    mel = log_mel(0.1 * torch.randn(1, 4410, generator=torch.Generator().manual_seed(1)))
    assert torch.equal(load_decoder(path).vocode(mel, [1]), network.vocode(mel, [1]))
    assert list(contestants(None)) == [HELD_FIXED, SHIPPED]
    assert list(contestants(path)) == [HELD_FIXED, SHIPPED, DECODER]


def test_weights_that_are_no_decoder_are_refused(tmp_path: Path) -> None:
    network = NoiseBranchDecoder(DecoderConfig(width=4, depth=1))
    path = tmp_path / "other.safetensors"
    save_checkpoint(path, network, family="codec", config=network.config.to_json())
    with pytest.raises(CheckpointError, match="family 'codec', wanted 'decoder'"):
        load_decoder(path)
    save_checkpoint(path, network, family=DECODER_FAMILY, config={"breadth": 4})
    with pytest.raises(CheckpointError, match="config this program does not know"):
        load_decoder(path)
