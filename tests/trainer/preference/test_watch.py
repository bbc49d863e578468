"""The watch keeps the best weights, says when it is enough, and goes on where a run stopped."""

from pathlib import Path

import pytest
import torch

from engine.nn.lora import LoraConfig, lora_parameters
from tests.engine.small_networks import small_generator
from trainer.preference.losses import PairErrors
from trainer.preference.tuned_part import TunedPart, tuned_part
from trainer.preference.watch import StopConfig, Watch


class Story:
    """Figures told one after the other."""

    def __init__(self, *values: float) -> None:
        self.left = list(values)

    def __call__(self, network: object) -> dict[str, float]:
        return {"right": self.left.pop(0)}


@pytest.fixture
def part() -> TunedPart:
    network = small_generator()
    return tuned_part(
        network, method="lora", lora=LoraConfig(rank=1), reference="base", base_sha256="b" * 64, seed=1
    )


def watch(folder: Path, part: TunedPart, story: Story, *, patience: int = 2, rise: float = 0.0) -> Watch:
    stop = StopConfig(patience=patience, winner_rise=rise)
    return Watch(folder, part, story, lambda found, best, start: found["right"] > best["right"], stop)


def errors(chosen: float, reference: float) -> PairErrors:
    value = torch.full((2,), reference)
    return PairErrors(torch.full((2,), chosen), value, value, value)


def go(watched: Watch, *steps: int) -> None:
    for step in steps:
        watched.saw(step - 1, errors(0.5, 0.5))
        watched.evaluate()


def set_adapters(part: TunedPart, value: float) -> None:
    with torch.no_grad():
        for weight in lora_parameters(part.network):
            weight.fill_(value)


def test_best_weights_are_kept_and_those_of_the_start_where_nothing_is_better(
    tmp_path: Path, part: TunedPart
) -> None:
    watched = watch(tmp_path, part, Story(0.5, 0.4, 0.7, 0.6))
    set_adapters(part, 1.0)
    watched.begin()
    assert watched.best_step == 0
    for step, value in ((10, 2.0), (20, 3.0), (30, 4.0)):
        set_adapters(part, value)
        go(watched, step)
    assert watched.best_step == 20
    assert [watched.figures(which)["right"] for which in ("start", "best", "last")] == [0.5, 0.7, 0.6]
    part.load(watched.best_file)
    assert all(bool((weight == 3.0).all()) for weight in lora_parameters(part.network))


def test_it_is_enough_when_nothing_gets_better(tmp_path: Path, part: TunedPart) -> None:
    watched = watch(tmp_path, part, Story(0.5, 0.6, 0.5, 0.6), patience=2)
    watched.begin()
    go(watched, 10, 20)
    assert not watched.enough()
    go(watched, 30)
    assert watched.enough()
    assert watched.stopped == "step 30: 2 evaluations in a row brought nothing better"


def test_it_is_enough_when_the_error_on_better_takes_rises(tmp_path: Path, part: TunedPart) -> None:
    watched = watch(tmp_path, part, Story(0.5, 0.6, 0.7), patience=0, rise=0.1)
    watched.begin()
    watched.saw(0, errors(0.54, 0.5))
    watched.evaluate()
    assert not watched.enough()
    watched.saw(1, errors(0.56, 0.5))
    watched.evaluate()
    assert (
        watched.stopped == "step 2: the error on better takes is 12.0% above the reference's, 10% are allowed"
    )


def test_a_run_that_goes_on_knows_what_was_measured(tmp_path: Path, part: TunedPart) -> None:
    first = watch(tmp_path, part, Story(0.5, 0.6))
    first.begin()
    go(first, 10)
    again = watch(tmp_path, part, Story(0.5, 0.5))
    again.begin()  # asks for no figures
    assert (again.best_step, again.figures("start")["right"]) == (10, 0.5)
    go(again, 20, 30)
    assert again.enough()


def test_steps_done_again_do_not_count_twice(tmp_path: Path, part: TunedPart) -> None:
    watched = watch(tmp_path, part, Story(0.5, 0.4, 0.4, 0.4), patience=2)
    watched.begin()
    go(watched, 10, 10)
    assert not watched.enough()
    go(watched, 20)
    assert watched.enough()


def test_what_another_process_noted_is_read(tmp_path: Path, part: TunedPart) -> None:
    one, other = (watch(tmp_path, part, Story(0.5, 0.6)) for _ in range(2))
    one.begin()
    go(one, 10)
    other.look_again()
    assert other.best_step == 10
