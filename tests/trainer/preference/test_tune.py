"""Tuning on pairs: the network learns the preference, goes on after a stop, and keeps the base."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.adapter_file import read_adapter
from engine.errors import InputError, WorkError
from engine.generator.starter import StarterInputs
from engine.nn.lora import lora_parameters, lora_state, lora_switched_off
from tests.engine.generator.small_mmdit import filled_network, small_config, some_features
from tests.engine.small_networks import CLASSES, small_generator
from tests.trainer.preference.small_round import tune_config
from trainer.preference.given import Network
from trainer.preference.losses import PairErrors
from trainer.preference.material import CurriculumConfig, PairSource, TuningPair
from trainer.preference.tune import TuneConfig, Tuned, loss_terms, pair_errors, tune_on_pairs
from trainer.preference.tuned_part import tuned_part
from trainer.preference.watch import StopConfig
from trainer.run_directory import RunDirectory

TOKENS = 40
BASE = "b" * 64


def pairs(count: int = 4, seed: int = 1) -> list[TuningPair]:
    """Better takes lie high, worse ones low."""
    chance = torch.Generator().manual_seed(seed)
    yes = torch.ones(1, dtype=torch.bool)
    made = []
    for number in range(count):
        given = StarterInputs(
            grid=0.3 * torch.randn(1, TOKENS, 10, 8, 8, generator=chance),
            control=torch.zeros(1, TOKENS, 5),
            classes=torch.tensor([number % len(CLASSES)]),
            level=torch.zeros(1),
            keep_video=yes,
            keep_control=~yes,
            keep_class=yes,
        )
        noise = 0.2 * torch.randn(2, TOKENS, 4, generator=chance)
        made.append(TuningPair(1.0 + noise[0], -1.0 + noise[1], given, ease=0.1 * number))
    return made


def run_of(folder: Path) -> RunDirectory:
    return RunDirectory(folder)


def tuned(
    folder: Path, config: TuneConfig, *, network: Network | None = None, given: Sequence[TuningPair] = ()
) -> Network:
    network = network or small_generator()
    tune_on_pairs(network, given or pairs(), config, run_of(folder), base_sha256=BASE)
    return network


def progress(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]


def errors_of(network: Network) -> PairErrors:
    """Errors of all pairs against the untouched network, at fixed noise and times."""
    part = tuned_part(
        network, method="lora", lora=tune_config().lora, reference="base", base_sha256=BASE, seed=1
    )
    batch = PairSource(pairs(8), CurriculumConfig(), 0).draw(
        8, done=0.0, chance=torch.Generator().manual_seed(2)
    )
    with torch.no_grad():
        return pair_errors(part, batch, chance=torch.Generator().manual_seed(5))


def test_network_learns_which_side_is_better(tmp_path: Path) -> None:
    found = errors_of(tuned(tmp_path, tune_config(steps=40, evaluate_every=0, rate=5e-3)))
    assert float(found.accuracy) == 1.0
    assert float(found.gap.mean()) < -0.01
    lines = progress(tmp_path)
    assert lines[-1]["_accuracy"] > 0.9
    assert lines[-1]["dpo"] < lines[0]["dpo"]


def test_first_step_is_log_2_because_the_reference_is_the_same(tmp_path: Path) -> None:
    tuned(tmp_path, tune_config(steps=1, evaluate_every=0))
    first = progress(tmp_path)[0]
    assert first["dpo"] == pytest.approx(0.6931, abs=1e-4)
    assert first["_chosen"] == first["_chosen_reference"]
    assert first["_accuracy"] == 0.5
    assert first["winner"] == first["_chosen"]


def test_base_stays_as_it_was_bit_for_bit(tmp_path: Path) -> None:
    network = tuned(tmp_path, tune_config(steps=3, evaluate_every=0))
    before = small_generator().state_dict()
    after = network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    batch = PairSource(pairs(2), CurriculumConfig(), 0).draw(
        2, done=0.0, chance=torch.Generator().manual_seed(2)
    )
    assert isinstance(batch.given, StarterInputs)
    t = torch.tensor([0.3, 0.6])
    plain = small_generator()
    wanted = plain.velocity_under(plain.conditions(batch.given))(batch.chosen, t)
    with lora_switched_off(network):
        assert torch.equal(network.velocity_under(network.conditions(batch.given))(batch.chosen, t), wanted)
    assert not torch.equal(network.velocity_under(network.conditions(batch.given))(batch.chosen, t), wanted)


def test_adapter_file_holds_what_the_network_carries(tmp_path: Path) -> None:
    network = small_generator()
    found = tune_on_pairs(
        network, pairs(), tune_config(steps=3, evaluate_every=0), run_of(tmp_path), base_sha256=BASE
    )
    stored = read_adapter(found.weights)
    assert stored.base_sha256 == BASE
    assert all(torch.equal(value, stored.state[name]) for name, value in lora_state(network).items())
    assert found.best_step is None
    assert found.counts == {"pairs": 4.0, "user_pairs": 0.0, "tokens": 40.0}


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path, method: str) -> None:
    whole = tune_config(steps=4, evaluate_every=0, method=method)
    once = tuned(tmp_path / "once", whole)
    half = replace(whole, loop=replace(whole.loop, max_minutes=1e-9))  # one step a start
    for _ in range(3):
        tuned(tmp_path / "often", half)
    often = tuned(tmp_path / "often", whole)
    for name, value in once.state_dict().items():
        torch.testing.assert_close(often.state_dict()[name], value, rtol=1e-6, atol=1e-7)
    assert len(progress(tmp_path / "often")) == 4


def test_all_weights_are_tuned_where_asked(tmp_path: Path) -> None:
    network = tuned(tmp_path, tune_config(steps=2, evaluate_every=0, method="full"))
    before = small_generator().state_dict()
    changed = [name for name, value in network.state_dict().items() if not torch.equal(value, before[name])]
    assert "control_in.bias" not in changed  # hits are off in all pairs
    assert any(name.startswith("front.") for name in changed)
    assert (tmp_path / "generator.safetensors").is_file()


def test_an_mm_dit_of_the_published_layout_is_tuned_the_same_way(tmp_path: Path) -> None:
    chance = torch.Generator().manual_seed(3)
    made = [
        TuningPair(
            torch.randn(9, 4, generator=chance),
            torch.randn(9, 4, generator=chance),
            some_features(1, seed=s),
            ease=0.1,
        )
        for s in range(3)
    ]
    config = replace(tune_config(steps=2, evaluate_every=0), crop_tokens=0)
    network = tuned(tmp_path, config, network=filled_network(small_config()), given=made)
    assert any(bool(weight.any()) for weight in lora_parameters(network)[1::2])
    with pytest.raises(InputError, match="cannot be cropped"):
        tuned(
            tmp_path / "cropped",
            replace(config, crop_tokens=4),
            network=filled_network(small_config()),
            given=made,
        )


class Story:
    """Held-out figures told one after the other."""

    def __init__(self, *values: float) -> None:
        self.left = list(values)

    def __call__(self, network: Network) -> dict[str, float]:
        return {"right": self.left.pop(0)}


def measured(folder: Path, story: Story, config: TuneConfig, network: Network | None = None) -> Tuned:
    return tune_on_pairs(
        network or small_generator(),
        pairs(),
        config,
        run_of(folder),
        base_sha256=BASE,
        measure=story,
        rule=lambda found, best, start: found["right"] > best["right"],
    )


def test_best_weights_by_held_out_figures_are_kept_not_the_last(tmp_path: Path) -> None:
    network = small_generator()
    found = measured(tmp_path, Story(0.5, 0.7, 0.6), tune_config(steps=4), network)
    assert found.best_step == 2
    assert (found.start, found.best, found.last) == ({"right": 0.5}, {"right": 0.7}, {"right": 0.6})
    best, last = (read_adapter(tmp_path / f"{which}-adapter.safetensors").state for which in ("best", "last"))
    kept = read_adapter(found.weights).state
    assert all(torch.equal(value, best[name]) for name, value in kept.items())
    assert not all(torch.equal(value, last[name]) for name, value in kept.items())
    assert all(torch.equal(value, kept[name]) for name, value in lora_state(network).items())


def test_last_weights_are_kept_where_asked(tmp_path: Path) -> None:
    found = measured(tmp_path, Story(0.5, 0.7, 0.6), tune_config(steps=4, keep="last"))
    last = read_adapter(tmp_path / "last-adapter.safetensors").state
    assert all(torch.equal(value, last[name]) for name, value in read_adapter(found.weights).state.items())


def test_it_stops_early_and_stays_stopped(tmp_path: Path) -> None:
    config = tune_config(steps=20, evaluate_every=1, stop=StopConfig(patience=2, winner_rise=0.0))
    found = measured(tmp_path, Story(0.5, 0.4, 0.4), config)
    assert found.stopped == "step 2: 2 evaluations in a row brought nothing better"
    assert progress(tmp_path)[-1]["step"] == 2
    again = measured(tmp_path, Story(), config)  # asks for nothing more
    assert again == found


def test_loss_that_is_no_number_stops_and_keeps_the_last_good_weights(tmp_path: Path) -> None:
    config = tune_config(steps=4, evaluate_every=0)
    tuned(tmp_path, replace(config, loop=replace(config.loop, max_minutes=1e-9)))
    state = (tmp_path / "state.pt").read_bytes()
    broken = [replace(pair, chosen=torch.full_like(pair.chosen, float("nan"))) for pair in pairs()]
    with pytest.raises(WorkError, match="'dpo' is nan"):
        tuned(tmp_path, config, given=broken)
    assert (tmp_path / "state.pt").read_bytes() == state
    assert "failure" in progress(tmp_path)[-1]


def test_accumulated_batches_have_noise_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def note(part: object, batch: object, *, chance: torch.Generator) -> PairErrors:
        seeds.append(chance.initial_seed())
        return pair_errors(part, batch, chance=chance)  # type: ignore[arg-type] # handed through

    monkeypatch.setattr("trainer.preference.tune.pair_errors", note)
    config = tune_config(steps=2, evaluate_every=0)
    tuned(tmp_path, replace(config, loop=replace(config.loop, accumulate=3)))
    assert len(set(seeds)) == len(seeds) == 6


@pytest.mark.parametrize("place", [0, 1])
def test_a_share_of_a_batch_has_the_noise_that_it_has_in_the_whole(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tuned_part(
        small_generator(), method="lora", lora=tune_config().lora, reference="base", base_sha256=BASE, seed=1
    )
    source = PairSource(pairs(6), CurriculumConfig(), 0)

    def errors() -> PairErrors:
        batch = source.draw(6, done=0.0, chance=torch.Generator().manual_seed(2))
        return pair_errors(part, batch, chance=torch.Generator().manual_seed(5))

    wanted = errors()
    for name, value in {"RANK": place, "WORLD_SIZE": 2, "MASTER_ADDR": "nowhere"}.items():
        monkeypatch.setenv(name, str(value))
    found = errors()
    own = slice(3 * place, 3 * place + 3)
    assert len(found.chosen) == 3
    torch.testing.assert_close(found.chosen, wanted.chosen[own], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found.rejected, wanted.rejected[own], rtol=1e-5, atol=1e-6)


def test_terms_of_the_loss_by_hand() -> None:
    given = PairErrors(*(torch.tensor([value]) for value in (0.4, 0.6, 0.5, 0.5)))
    terms = loss_terms(given, beta=10.0, fm_weight=0.5)
    assert float(terms["winner"]) == pytest.approx(0.2)
    assert float(terms["_margin"]) == pytest.approx(0.2)
    assert float(terms["_accuracy"]) == 1.0
    assert float(terms["dpo"]) == pytest.approx(0.3133, abs=1e-4)  # log(1 + e^-1)
    assert "winner" not in loss_terms(given, beta=10.0, fm_weight=0.0)


def test_beta_goes_in_a_straight_line() -> None:
    config = TuneConfig(beta=100.0, beta_end=300.0)
    assert [config.beta_at(done) for done in (0.0, 0.5, 1.0)] == [100.0, 200.0, 300.0]
    assert TuneConfig(beta=100.0).beta_at(0.7) == pytest.approx(100.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "merge"},
        {"reference": "last"},
        {"keep": "worst"},
        {"beta": 0.0},
        {"fm_weight": -1.0},
        {"batch": 0},
        {"crop_tokens": -1},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        TuneConfig(**wrong)  # type: ignore[arg-type] # on purpose
