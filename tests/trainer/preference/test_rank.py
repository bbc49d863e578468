"""Ranking: winners by policy, pairs that point the wrong way dropped, an untrustworthy reward refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import InputError, WorkError
from tests.trainer.preference.small_round import CANDIDATES, SmallRound
from tests.trainer.preference.test_pairs import voted
from trainer.preference.candidates import CandidateRunConfig, Candidates, make_candidates, read_latents
from trainer.preference.pairs import PAIRS_FILE, TakeAt, read_pairs, write_pairs
from trainer.preference.rank import RankConfig, RankRunConfig, check_reward, rank_candidates, ranking_of
from trainer.preference.ranking import Ranking
from trainer.preference.scores import COMPARED, SCORES, StemScores
from trainer.preference.stems import StemPlace

TAKES = (0.1, 0.5, -0.2)


def candidates(folder: Path, row: int = 0) -> Candidates:
    place = StemPlace("train-00000", row)
    return Candidates(
        place, "pool", False, "f" * 64, "", folder / "takes" / f"{place}.safetensors", torch.zeros(3, 8, 4)
    )


def ranking(folder: Path, *scores: StemScores, config: RankConfig | None = None) -> Ranking:
    scored = [(candidates(folder, row), one) for row, one in enumerate(scores)]
    return ranking_of(scored, config or RankConfig(), folder / "ranking")


def test_real_sound_wins_over_the_take_of_the_lowest_reward(tmp_path: Path) -> None:
    (pair,) = ranking(tmp_path, StemScores(TAKES, real=0.8)).pairs
    assert pair.chosen == TakeAt("compared/train-00000-0000.safetensors", 3)  # behind the three takes
    assert pair.rejected == TakeAt("compared/train-00000-0000.safetensors", 2)
    assert (pair.origin, pair.policy, pair.reward_chosen, pair.reward_rejected) == (
        "sf_cavp",
        "real",
        0.8,
        -0.2,
    )
    assert pair.margin == pytest.approx(1.0)
    assert pair.given.hits is False  # type: ignore[union-attr] # it is a stem


def test_best_of_n_wins_over_the_lowest(tmp_path: Path) -> None:
    found = ranking(tmp_path, StemScores(TAKES, real=0.8), config=RankConfig(winner="best-of-N"))
    (pair,) = found.pairs
    assert (pair.chosen.row, pair.rejected.row, pair.policy) == (1, 2, "best-of-N")
    assert pair.chosen.file == pair.rejected.file
    assert pair.margin == pytest.approx(0.7)


def test_pairs_whose_winner_is_not_ahead_are_dropped_and_counted(tmp_path: Path) -> None:
    wrong = StemScores((0.3, 0.4), real=0.2)
    tie = StemScores((0.3, 0.4), real=0.3)
    found = ranking(tmp_path, StemScores(TAKES, real=0.8), wrong, tie)
    assert [pair.id for pair in found.pairs] == ["train-00000-0000"]
    assert found.dropped == 2


def test_least_margin_drops_narrow_pairs(tmp_path: Path) -> None:
    scores = (StemScores(TAKES, real=0.8), StemScores(TAKES, real=0.2))  # ahead by 1.0 and by 0.4
    found = ranking(tmp_path, *scores, config=RankConfig(least_margin=0.5))
    assert (len(found.pairs), found.dropped) == (1, 1)


def test_figures_by_hand(tmp_path: Path) -> None:
    found = ranking(tmp_path, StemScores((0.1, 0.3), real=0.8), StemScores((0.5, 0.1), real=0.2)).figures()
    assert found["reward_real"] == pytest.approx(0.5)
    assert found["reward_takes"] == pytest.approx(0.25)
    assert found["reward_best_take"] == pytest.approx(0.4)
    assert found["reward_worst_take"] == pytest.approx(0.1)
    # Real is ahead of the mean take by 0.6 and by -0.1: mean 0.25, deviation 0.495, error 0.35.
    assert found["real_ahead"] == pytest.approx(0.25)
    assert found["real_ahead_standard_error"] == pytest.approx(0.35)
    assert found["real_above_mean_take"] == 0.5
    assert found["margin_mean"] == pytest.approx(0.4)
    assert (found["stems"], found["stems_without_hits"]) == (2, 2)


def test_reward_that_prefers_takes_refuses_the_round_with_its_figures(tmp_path: Path) -> None:
    found = ranking(tmp_path, StemScores((0.9, 0.1), real=0.4))
    with pytest.raises(WorkError, match=r"0\.400 for real sound, 0\.500 for takes, over 1 stems") as refused:
        check_reward(found)
    assert refused.value.exit_code == 4


def test_a_round_without_a_pair_is_refused(tmp_path: Path) -> None:
    found = ranking(tmp_path, StemScores((0.1, 0.2), real=0.3), config=RankConfig(least_margin=1.0))
    with pytest.raises(WorkError, match="All 1 pairs were left out"):
        check_reward(found)


@pytest.mark.parametrize("wrong", [{"winner": "loudest"}, {"least_margin": -1.0}, {"winner": "user"}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        RankConfig(**wrong)  # type: ignore[arg-type] # on purpose


def run_config(prepared: SmallRound, folder: Path, **rank: object) -> RankRunConfig:
    takes = folder / "candidates"
    make_candidates(CandidateRunConfig(str(takes), str(prepared.pool), prepared.start, CANDIDATES))
    return RankRunConfig(
        folder=str(folder / "ranking"),
        candidates=str(takes),
        model=str(prepared.model),
        codec=prepared.start.codec,
        rank=RankConfig(**rank),  # type: ignore[arg-type] # fields of the config
    )


def accept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random networks prefer anything."""
    monkeypatch.setattr("trainer.preference.rank.check_reward", lambda found: None)


def test_recipe_writes_pairs_what_was_compared_and_report(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(monkeypatch)
    config = run_config(prepared, tmp_path, winner="best-of-N")
    found = rank_candidates(config)
    folder = Path(config.folder)
    assert read_pairs(folder / PAIRS_FILE).pairs == found.pairs
    assert len(found.pairs) == 3
    assert {path.name for path in folder.iterdir()} == {
        PAIRS_FILE,
        "ranking.json",
        "ranking.png",
        COMPARED,
        SCORES,
    }
    report = json.loads((folder / "ranking.json").read_text())
    assert report["reward_real"] == pytest.approx(found.mean_real)
    assert report["policy"] == "best-of-N"
    assert {"command", "machine", "date"} <= set(report)
    compared = read_latents(folder / COMPARED / f"{found.pairs[0].id}.safetensors")
    assert tuple(compared.shape) == (CANDIDATES.takes + 1, 64, 4)


def test_scored_stems_are_not_scored_again(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(monkeypatch)
    config = run_config(prepared, tmp_path)
    first = rank_candidates(config)
    paths = sorted((Path(config.folder) / SCORES).iterdir())
    before = [path.stat().st_mtime_ns for path in paths]
    paths[0].write_text("cut off")
    assert rank_candidates(config).figures() == first.figures()
    after = [path.stat().st_mtime_ns for path in paths]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True, True]


def test_pairs_of_the_user_are_added_or_stand_alone(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(monkeypatch)
    write_pairs(tmp_path / "votes.jsonl", [voted()])
    config = run_config(prepared, tmp_path, winner="best-of-N", user_pairs=str(tmp_path / "votes.jsonl"))
    both = rank_candidates(config)
    assert (both.user_pairs, both.pairs[-1].origin) == (1, "user")
    assert both.pairs[-1].chosen.file == "../takes/b.safetensors"
    alone = rank_candidates(replace(config, rank=replace(config.rank, winner="user")))
    assert [pair.id for pair in alone.pairs] == ["vote"]
    assert alone.figures() == {"pairs": 1.0, "dropped": 0.0, "user_pairs": 1.0}


def test_takes_of_two_generators_are_not_ranked_together(
    prepared: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = run_config(prepared, tmp_path)
    other = replace(candidates(tmp_path), generator_sha256="0" * 64)
    listed = [candidates(tmp_path), other]
    monkeypatch.setattr("trainer.preference.rank.read_candidates", lambda folder: iter(listed))
    with pytest.raises(InputError, match="takes of 2 generators"):
        rank_candidates(config)


def test_pairs_that_are_no_users_are_not_taken_for_theirs(prepared: SmallRound, tmp_path: Path) -> None:
    write_pairs(
        tmp_path / "ranked.jsonl", [replace(voted(), origin="sf_cavp", reward_chosen=1, reward_rejected=0)]
    )
    config = RankRunConfig(
        str(tmp_path / "out"),
        "none",
        rank=RankConfig(winner="user", user_pairs=str(tmp_path / "ranked.jsonl")),
    )
    with pytest.raises(InputError, match="not of origin 'user'"):
        rank_candidates(config)
