from dataclasses import replace

import pytest
import torch

from engine.cavp.model import SFCAVP, Embedded
from engine.features.motion_grid import GRID_CHANNELS
from tests.engine.small_networks import small_cavp
from tests.trainer.evaluation.lively_pool import lively_pool
from tests.trainer.small_pool import pool_of
from trainer.evaluation import detection
from trainer.evaluation.detection import (
    DetectionStudy,
    apart_from,
    detection_figures,
    find_moments,
    merged,
    movement_peaks,
    study_detection,
    true_contacts,
)
from trainer.evaluation.embedding import embed_sounds
from trainer.evaluation.hit_matching import MatchCount


def test_contacts_are_seen_heard_or_silent() -> None:
    pool = pool_of([(0, 0, True), (0, 1, False)], scenes=1, hits={0: {20: 1.0}, 1: {90: 1.0}})
    pool.silent_onsets[0, 30] = 0.7
    found = true_contacts(pool, 0)
    assert found.seen == pytest.approx([0.205])
    assert found.heard == pytest.approx([0.205, 0.905])
    assert found.silent == pytest.approx([1.22])


def test_contacts_at_one_moment_are_one() -> None:
    assert merged([1.0, 0.2, 1.04, 1.2]) == [0.2, 1.0, 1.2]


def test_hits_on_silent_copies_are_scored_apart_unless_something_sounds_there() -> None:
    assert apart_from([0.1, 0.5, 0.9], [0.1], [0.12, 0.52]) == [0.1, 0.9]


def test_largest_movements_come_with_their_times() -> None:
    grid = torch.zeros(100, GRID_CHANNELS, 8, 8)
    grid[:, 0] = 0.1
    grid[[30, 70], 0] = 0.9
    assert movement_peaks(grid, 2) == pytest.approx([1.22, 2.82])
    assert movement_peaks(grid, 0) == []


def test_contacts_that_the_ear_is_sure_of_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """And moved onto the onsets of the sound, which tell the time more finely than a frame."""
    pool = lively_pool(1, stems_each=1)
    true = true_contacts(pool, 0).heard

    def ear(network: SFCAVP, mels: torch.Tensor) -> Embedded:
        logits = torch.full((1, pool.steps), -30.0)
        logits[0, [int(25 * time) for time in true]] = 30.0
        return replace(embed_sounds(network, mels), onset_logits=logits)

    monkeypatch.setattr(detection, "embed_sounds", ear)
    found = find_moments(small_cavp(), pool.grid[0], pool.mix_mel[0])
    assert len(found) == len(true)
    assert all(any(abs(time - hit) <= 0.03 for hit in found) for time in true)


def test_study_counts_every_contact_once_for_each_way_of_looking() -> None:
    pool = lively_pool(3, stems_each=1)
    pool.silent_onsets[0, 80] = 1.0
    study = study_detection(small_cavp(), pool)
    assert study.guided.true == study.picture.true == study.sound_alone.true
    assert study.sound_alone.f1 > 0.8
    assert study.silent_hit.true == 1
    assert study.movement.true == study.picture.true


def test_table_tells_of_silent_copies_only_where_there_are_some() -> None:
    full, none = MatchCount(10, 10, 9), MatchCount(5, 0, 0)
    with_sound, picture, silent = detection_figures(
        DetectionStudy(full, full, full, full, full, none, false_hits=0)
    )
    assert with_sound.got == picture.got == pytest.approx(0.9)
    assert with_sound.met is True
    assert silent.got is None
    assert silent.verdict == ""
