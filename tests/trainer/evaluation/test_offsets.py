import pytest
import torch

from engine.cavp.confidence import MEASURABLE_FROM, PeakFeatures
from tests.engine.small_networks import small_cavp
from tests.trainer.evaluation.lively_pool import lively_pool
from trainer.evaluation.alignment import OffsetTrials
from trainer.evaluation.offsets import (
    OffsetStudy,
    judged_scenes,
    offset_figures,
    study_offsets,
    visible_hits,
)


def trials(errors: list[float]) -> OffsetTrials:
    lags = torch.tensor(errors)
    return OffsetTrials(PeakFeatures(lags, lags, lags), torch.zeros(len(errors)))


def test_true_hits_tell_the_offset_that_there_is_to_tell() -> None:
    study = study_offsets(small_cavp(), lively_pool(8), repeats=2)
    assert len(study.ours.truth) == len(study.ceiling.truth) == 8  # four judged scenes, twice
    assert float(study.ceiling.right.float().mean()) == 1.0
    assert float(study.baseline.right.float().mean()) >= 0.75  # the picture moves at the hits


def test_every_repeat_is_another_shift_and_the_same_again_next_time() -> None:
    pool, network = lively_pool(4), small_cavp()
    one, again = study_offsets(network, pool), study_offsets(network, pool)
    assert torch.equal(one.ours.truth, again.ours.truth)
    assert torch.equal(one.ours.peak.lag_steps, again.ours.peak.lag_steps)
    assert len(set(one.ours.truth.tolist())) > 2


def test_scenes_that_calibrate_do_not_judge() -> None:
    assert list(judged_scenes(lively_pool(5))) == [1, 3]


def test_hits_of_unseen_stems_are_not_visible() -> None:
    pool = lively_pool(1)
    pool.stem_seen[1] = False
    assert int((visible_hits(pool)[0] > 0).sum()) == 4  # those of stem 0


def test_precision_is_among_those_called_measurable() -> None:
    sure = MEASURABLE_FROM + torch.tensor([0.3, 0.01, -0.01, -0.5])
    study = OffsetStudy(trials([0.0, 9.0, 0.0, 9.0]), sure, trials([9.0] * 4), trials([0.0] * 4))
    within, median, share, precise = offset_figures(study)
    assert (within.got, within.baseline) == (0.5, 0.0)
    assert median.got == pytest.approx(0.0)
    assert (share.got, share.met) == (0.5, False)
    assert precise.got == 0.5
    assert "0.50 where not" in precise.remark


def test_nothing_measurable_is_a_miss_and_no_number() -> None:
    study = OffsetStudy(trials([0.0]), torch.tensor([0.1]), trials([0.0]), trials([0.0]))
    precise = offset_figures(study)[3]
    assert precise.got is None
    assert precise.met is False
