import pytest
import torch
from torch import Tensor

from engine.errors import InputError
from tests.engine.small_networks import small_codec, small_generator
from tests.trainer.evaluation.generator.small_study import strikes_pool
from trainer.evaluation.generator.takes import SoundMaker, TakeSettings, Wish
from trainer.flow import progress_figures
from trainer.flow.progress_figures import STEPS, ProgressFigures


def answer(monkeypatch: pytest.MonkeyPatch, figures: ProgressFigures, *, late: int, louder: float) -> None:
    """Takes that are the truth, late by some frames and louder by nepers."""
    truths = {id(trial.wish): trial.truth for trial in figures.trials}

    def mels(maker: SoundMaker, wish: Wish, settings: TakeSettings, seeds: list[int]) -> Tensor:
        assert settings.steps == STEPS == 10
        assert not maker.generator.training
        truth = truths[id(wish)]
        assert truth is not None
        return truth.roll(late, dims=0)[None] + louder

    monkeypatch.setattr(SoundMaker, "mels", mels)


def test_truth_lands_on_all_hits_at_the_right_level(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = ProgressFigures(strikes_pool(), small_codec())
    assert len(figures.trials) == 3
    answer(monkeypatch, figures, late=0, louder=0.0)
    assert figures.of(small_generator().train()) == {
        "held_out_onset_f1": 1.0,
        "held_out_mel_mean_off": 0.0,
        "held_out_mel_std_off": 0.0,
    }


def test_late_and_louder_sound_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = ProgressFigures(strikes_pool(), small_codec())
    mean = figures.truth.levels.mel_mean
    answer(monkeypatch, figures, late=8, louder=0.5)
    found = figures.of(small_generator())
    assert found["held_out_onset_f1"] == 0.0
    assert found["held_out_mel_mean_off"] == pytest.approx(0.5 / abs(mean), rel=1e-4)
    assert found["held_out_mel_std_off"] == pytest.approx(0.0, abs=1e-5)


def test_takes_of_the_network_are_measured_and_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_figures, "STEMS", 1)
    network = small_generator(knows_level=True).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    figures = ProgressFigures(strikes_pool(), small_codec())
    one, again = figures.of(network), figures.of(network)
    assert one == again
    assert 0 <= one["held_out_onset_f1"] <= 1
    assert one["held_out_mel_mean_off"] > 0
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_pool_without_contacts_is_refused() -> None:
    pool = strikes_pool()
    pool.stem_control.zero_()
    with pytest.raises(InputError, match="No held-out stem .* evaluate_every = 0"):
        ProgressFigures(pool, small_codec())
