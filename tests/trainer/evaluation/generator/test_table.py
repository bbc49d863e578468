import math

import pytest
import torch

from trainer.classifier.accuracy import ClassAccuracy
from trainer.evaluation.generator.columns import ClassFigures, TimingFigures
from trainer.evaluation.generator.frechet import FrechetScale
from trainer.evaluation.generator.levels import LevelStatistics
from trainer.evaluation.generator.own_hits import OwnHitFigures
from trainer.evaluation.generator.table import COLUMNS, GENERATED, TRUTH, Column, FlowEvaluation
from trainer.evaluation.hit_matching import MatchCount


def column(*, agreed: int, right: float, mean: float, gap: float, distance: float, moved: float) -> Column:
    accuracy = ClassAccuracy(torch.tensor([right, right, math.nan]), 8)
    features = moved + torch.cat([torch.eye(4), -torch.eye(4)])
    found = MatchCount(10, 10, agreed)
    timing = TimingFigures(
        found, LevelStatistics(mean, 2.0, gap, 20.0), [("a", distance), ("b", 9.0)], torch.zeros(128)
    )
    return Column(timing, ClassFigures(accuracy, features), OwnHitFigures(found, MatchCount(20, 10, agreed)))


def small_evaluation() -> FlowEvaluation:
    columns = {
        GENERATED: column(agreed=8, right=0.5, mean=-6.0, gap=-50.0, distance=1.5, moved=1.0),
        TRUTH: column(agreed=10, right=0.7, mean=-7.5, gap=-60.0, distance=0.0, moved=0.0),
    }
    return FlowEvaluation(
        columns=columns,
        real_accuracy=ClassAccuracy(torch.tensor([0.75, 0.5, math.nan]), 30),
        frechet=FrechetScale(floor=2.0, far=10.0, segments=8),
        reference=torch.cat([torch.eye(4), -torch.eye(4)]),
        real_distances={"a": 3.0},
        classes=("a", "b", "c"),
    )


def test_every_figure_is_worked_out_for_every_column() -> None:
    rows = {row.figure.name: row.plain() for row in small_evaluation().rows()}
    share = rows["its share of the detector's ceiling on true sound"]
    assert (share[GENERATED], share[TRUTH], share["verdict"]) == (0.8, 1.0, "missed")
    accuracy = rows["its share of that on real recordings"]
    assert (accuracy[GENERATED], accuracy["verdict"]) == (0.8, "met")  # 0.5 of 0.625
    capped = rows["the same, no class counted above its real recordings"]
    assert (capped[GENERATED], capped[TRUTH]) == (0.8, 0.96)  # 0.5 + 0.5 and 0.7 + 0.5 of 1.25
    way = rows["its share of the way"]
    assert (way[GENERATED], way[TRUTH]) == (0.25, -0.25)  # distances 4 and 0 between 2 and 10
    assert rows["mel mean off truth"][GENERATED] == 0.2
    assert rows["mel mean off truth"]["verdict"] == "missed"
    assert rows["mel std off truth"]["verdict"] == "met"
    assert rows["gap level off truth, dB"][GENERATED] == 10.0
    variety = rows["distance of takes over that of real recordings"]
    assert (variety[GENERATED], variety["verdict"]) == (0.5, "missed")
    assert "1 trials of 1 classes" in variety["remark"]


def test_own_hits_tell_the_strict_count_beside() -> None:
    row = next(row for row in small_evaluation().rows() if "own hits" in row.figure.name)
    assert row.figure.got == pytest.approx(0.8)
    assert "0.53" in row.figure.remark  # 8 of 20 found, 8 of 10 true


def test_columns_that_were_not_tried_stay_empty() -> None:
    plain = small_evaluation().rows()[0].plain()
    assert list(plain)[0] == "figure"
    assert tuple(list(plain)[1:6]) == COLUMNS
    assert list(plain)[6:] == ["wanted", "verdict", "remark"]
    assert (plain["Griffin-Lim"], plain["previous"]) == ("", "")
