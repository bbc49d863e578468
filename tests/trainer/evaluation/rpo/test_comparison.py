"""Base and tuned side by side: same noise, both variants, a verdict only where it is certain."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.errors import InputError
from tests.engine.small_networks import small_cavp, small_codec, small_generator
from tests.trainer.classifier.small_classifier import small_classifier
from tests.trainer.evaluation.rpo.test_measurement import one
from tests.trainer.judge.flash_pool import small_judge
from tests.trainer.preference.small_round import SmallRound
from tests.trainer.small_pool import CLASSES
from trainer.evaluation.generator import takes
from trainer.evaluation.generator.takes import SoundMaker, TakeSettings, Wish
from trainer.evaluation.rpo.bootstrap import Contrast, Interval
from trainer.evaluation.rpo.comparison import RpoRow, RpoTrialConfig, asked_figures, compare, write_comparison
from trainer.evaluation.rpo.measurement import Ears

CONFIG = RpoTrialConfig(scenes=3, steps=2, resamples=20)


class MelMaker(SoundMaker):
    """Takes as mels straight from the codec: no waveform, no time."""

    def mels(self, wish: Wish, settings: TakeSettings, seeds: list[int]) -> Tensor:
        held: list[Tensor] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(takes, "sound_of_mel", lambda mel, *, seed: held.append(mel) or mel)
            self.waves(wish, settings, seeds)
        return held[0]


def maker(change: float = 0.0) -> SoundMaker:
    generator = small_generator()
    with torch.no_grad():
        generator.mmdit.final_layer.conv.weight.add_(change)
    return MelMaker(generator, small_codec())


def every_ear() -> Ears:
    return Ears(small_cavp(), small_classifier(), small_judge(CLASSES))


def row(difference: tuple[float, float, float], sense: str = "at least") -> RpoRow:
    found = Contrast(Interval(1, 0, 2), Interval(2, 1, 3), Interval(*difference))
    return RpoRow("timing", "onset F1", "hit track off", sense, found)  # type: ignore[arg-type] # a sense


@pytest.mark.parametrize(
    ("difference", "sense", "verdict"),
    [
        ((0.2, 0.1, 0.3), "at least", "better"),
        ((-0.2, -0.3, -0.1), "at least", "worse"),
        ((0.2, 0.1, 0.3), "at most", "worse"),
        ((-0.2, -0.3, -0.1), "at most", "better"),
        ((0.2, -0.1, 0.3), "at least", "no clear difference"),
        ((0.0, 0.0, 0.0), "at most", "no clear difference"),
    ],
)
def test_verdict_needs_an_interval_that_leaves_out_0(
    difference: tuple[float, float, float], sense: str, verdict: str
) -> None:
    assert row(difference, sense).verdict == verdict


def test_a_model_beside_itself_shows_no_difference(prepared: SmallRound) -> None:
    rows = compare(maker(), maker(), prepared.pool, CONFIG, every_ear())
    assert {row.variant for row in rows} == {"hit track off", "hit track on"}
    assert [row.name for row in rows[: len(rows) // 2]] == [
        "Frechet distance",
        "mel mean off truth",
        "mel deviation off truth",
        "class accuracy",
        "onset F1 within 50 ms",
        "offset error, ms",
        "reward",
        "agreement",
    ]
    for found in (row.found.difference for row in rows):
        assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_another_model_is_told_apart_and_the_hit_track_counts(prepared: SmallRound) -> None:
    rows = compare(maker(), maker(0.5), prepared.pool, CONFIG, Ears(small_cavp()))
    level = {row.variant: row.found for row in rows if row.name == "mel mean off truth"}
    assert level["hit track off"].difference.value != 0.0
    assert level["hit track off"].base.value != level["hit track on"].base.value


def test_without_classifier_and_judge_their_rows_are_left_out() -> None:
    asked = asked_figures(Ears(small_cavp()), torch.zeros(0, 1))
    assert {axis for axis, *_ in asked} == {"level", "timing", "tuned on"}
    assert all(isinstance(figure([one(), one()]), float) for *_, figure in asked)


def test_classifier_that_knows_no_class_of_the_scenes_is_told(prepared: SmallRound) -> None:
    ears = Ears(small_cavp(), small_classifier(("RAIN", "WIND")))
    with pytest.raises(InputError, match="--no-classifier"):
        compare(maker(), maker(), prepared.pool, CONFIG, ears)


def test_report_holds_every_interval_and_what_was_compared(tmp_path: Path) -> None:
    rows = [row((0.2, 0.1, 0.3)), replace(row((0.2, -0.1, 0.3)), variant="hit track on")]
    written = write_comparison(rows, tmp_path / "out", about={"base": "a"})
    assert [path.name for path in written] == ["rpo.json", "rpo.png"]
    report = json.loads(written[0].read_text())
    assert report["base"] == "a"
    assert report["rows"][0]["found"]["difference"] == {"value": 0.2, "low": 0.1, "high": 0.3}
    assert [entry["verdict"] for entry in report["rows"]] == ["better", "no clear difference"]
    assert {"command", "machine", "date"} <= set(report)
    assert written[1].read_bytes().startswith(b"\x89PNG")


def test_row_as_printed() -> None:
    plain = row((0.2, 0.1, 0.3)).plain()
    assert plain["difference"] == "0.200 [0.100, 0.300]"
    assert plain["verdict"] == "better"


def test_quick_is_a_few_of_everything() -> None:
    quick = RpoTrialConfig(scenes=64, steps=15).quick()
    assert (quick.scenes, quick.steps, quick.resamples) == (2, 2, 50)
