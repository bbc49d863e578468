import pytest
import torch

from engine.codec.decoder import DecoderConfig, NoiseBranchDecoder
from engine.codec.griffin_lim import griffin_lim
from engine.codec.vocoder import GriffinLim, take_by_take, vocoder_for
from engine.errors import Cancelled
from engine.features.mel import log_mel
from engine.progress import CancelToken, Progress, silent

FEW = GriffinLim(rounds=2)


def mels(count: int) -> torch.Tensor:
    return log_mel(0.1 * torch.randn(count, 8820, generator=torch.Generator().manual_seed(1)))


def test_each_take_is_griffin_lim_with_the_chance_of_its_own_seed() -> None:
    both = FEW.vocode(mels(2), [5, 6])
    alone = griffin_lim(mels(2)[1:], iterations=2, chance=torch.Generator().manual_seed(6))
    assert both.shape == (2, 8820)
    assert torch.equal(both[1:], alone)
    assert torch.equal(FEW.vocode(mels(2)[1:], [6]), alone)


def test_magnitudes_may_be_held_fixed() -> None:
    held = GriffinLim(rounds=2, fixed_magnitude=True).vocode(mels(1), [5])
    made = griffin_lim(mels(1), iterations=2, chance=torch.Generator().manual_seed(5), fixed_magnitude=True)
    assert torch.equal(held, made)
    assert not torch.equal(held, FEW.vocode(mels(1), [5]))


def test_a_model_without_a_decoder_is_left_to_griffin_lim() -> None:
    decoder = NoiseBranchDecoder(DecoderConfig(width=4, depth=1))
    assert vocoder_for(None) == GriffinLim()
    assert vocoder_for(decoder) is decoder


@pytest.mark.parametrize(
    ("shape", "seeds"), [((2, 5, 128), [1]), ((1, 5, 64), [1]), ((5, 128), [1]), ((0, 5, 128), [])]
)
def test_shapes_that_do_not_fit_are_refused(shape: tuple[int, ...], seeds: list[int]) -> None:
    with pytest.raises(ValueError, match="vocode takes"):
        FEW.vocode(torch.zeros(shape), seeds)


def test_progress_counts_takes_and_a_cancel_stops_before_the_next() -> None:
    heard: list[Progress] = []
    FEW.vocode(mels(2), [1, 2], listener=heard.append)
    assert [(told.stage, told.done, told.total) for told in heard] == [
        ("decode", 0, 2),
        ("decode", 1, 2),
        ("decode", 2, 2),
    ]
    token, made = CancelToken(), []

    def make(mel: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
        made.append(mel)
        token.cancel()
        return torch.zeros(1, 1)

    with pytest.raises(Cancelled):
        take_by_take(make, mels(2), [1, 2], listener=silent, cancel=token)
    assert len(made) == 1
