"""The recipe of tuning: from a file of pairs to an adapter under a name."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.adapter_cards import find_adapter
from engine.adapter_file import put_on
from engine.checkpoint import file_sha256
from engine.errors import InputError
from engine.nn.lora import lora_layers
from tests.engine.small_networks import small_generator
from tests.trainer.preference.small_round import HELD_OUT, SmallRound, tune_config
from tests.trainer.preference.test_material import stored
from trainer.preference.pairs import PAIRS_FILE, write_pairs
from trainer.preference.tuning_run import TuneRunConfig, tune


def run_config(prepared: SmallRound, folder: Path, **changed: object) -> TuneRunConfig:
    write_pairs(folder / PAIRS_FILE, [stored(folder, prepared, id=f"pair-{number}") for number in range(2)])
    config = TuneRunConfig(
        run=str(folder / "run"),
        pairs=str(folder / PAIRS_FILE),
        start=prepared.start,
        held_out=HELD_OUT,
        tune=tune_config(steps=2, evaluate_every=0),
    )
    return replace(config, **changed)  # type: ignore[arg-type] # fields of the config


def test_adapter_is_kept_under_its_name_for_the_base_it_was_made_for(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path / "adapters"))
    found = tune(run_config(prepared, tmp_path, adapter="night steps"))
    card = find_adapter("night steps")
    base = file_sha256(Path(prepared.start.generator))
    assert (card.rank, card.alpha, card.pairs) == (2, 4.0, 2)
    assert card.base_sha256 == base
    assert card.base_model == "own weights"
    network = small_generator()
    put_on(network, card, base_sha256=base)
    assert list(lora_layers(network))
    report = json.loads((tmp_path / "run" / "tuned.json").read_text())
    assert report["weights"] == str(found.weights)
    assert report["pairs"] == 2
    assert (tmp_path / "run" / "tuned.png").stat().st_size > 0


def test_it_is_measured_on_held_out_scenes_where_a_pool_is_given(
    prepared: SmallRound, tmp_path: Path
) -> None:
    config = run_config(
        prepared, tmp_path, pool=str(prepared.pool), tune=tune_config(steps=2, evaluate_every=1)
    )
    found = tune(config)
    assert found.best_step is not None
    assert "start_held_out_onset_f1" in found.figures()
    lines = [json.loads(line) for line in (tmp_path / "run" / "progress.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "held_out_onset_f1" in line] == [1, 2]


def test_all_weights_give_a_generator_that_starts_the_next_run(prepared: SmallRound, tmp_path: Path) -> None:
    first = tune(run_config(prepared, tmp_path, tune=tune_config(steps=2, evaluate_every=0, method="full")))
    start = replace(prepared.start, generator=str(first.weights))
    second = tune(run_config(prepared, tmp_path, run=str(tmp_path / "second"), start=start))
    assert second.weights.is_file()


def test_settings_that_do_not_fit_each_other_are_refused(prepared: SmallRound, tmp_path: Path) -> None:
    whole = tune_config(evaluate_every=0, method="full")
    with pytest.raises(InputError, match="all weights give no adapter"):
        run_config(prepared, tmp_path, adapter="a", tune=whole)
    with pytest.raises(InputError, match="evaluate_every"):
        run_config(prepared, tmp_path, pool="pool")
    with pytest.raises(InputError, match="cannot be called"):
        run_config(prepared, tmp_path, adapter="a/b")
