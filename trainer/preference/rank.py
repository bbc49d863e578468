"""Recipe: SF-CAVP ranks the candidates, and a better and a worse take of each stem become a pair.

The published method takes the real sound as the better side and the take of the lowest reward as the
worse one. That is safe only while the reward prefers real sound to takes: a generator that has learned
what the reward likes scores above it, and its pairs point the wrong way. So a round in which the reward
does not prefer real sound is refused, and single pairs that point the wrong way are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from engine.checkpoint import file_sha256
from engine.errors import InputError, WorkError
from engine.model_store import read_card
from engine.progress import ProgressListener, silent
from trainer.distributed import highest_over_ranks, is_first, joined_ranks
from trainer.evaluation.judged_model import load_cavp
from trainer.flow.train import load_codec
from trainer.preference.candidates import Candidates, read_candidates
from trainer.preference.pairs import (
    PAIRS_FILE,
    POLICIES,
    PairFile,
    PairRecord,
    StemGiven,
    TakeAt,
    moved_pairs,
    read_pairs,
    relative_name,
    write_pairs,
)
from trainer.preference.ranking import Ranking, RewardSample, write_ranking
from trainer.preference.reward import RewardConfig
from trainer.preference.scores import Scorer, StemScores, compared_path, read_scores, score_all

_CPU = torch.device("cpu")


@dataclass(frozen=True)
class RankConfig:
    """How pairs are made.

    Attributes:
        winner: The better side: "real" sound, the "best-of-N" takes, or the "user"'s choices alone.
        least_margin: A pair whose better side is not ahead by more than this is left out.
        reward: What is compared.
        user_pairs: File of pairs that the user chose; they are added to those of SF-CAVP.
        threads: CPU threads.

    Raises:
        InputError: When the policy is none of these, the margin is below 0, or user pairs are missing.
    """

    winner: str = "real"
    least_margin: float = 0.0
    reward: RewardConfig = field(default_factory=RewardConfig)
    user_pairs: str = ""
    threads: int = 1

    def __post_init__(self) -> None:
        if self.winner not in POLICIES:
            raise InputError(f"winner = '{self.winner}': give {', '.join(POLICIES)}.")
        if self.least_margin < 0:
            raise InputError(f"least_margin = {self.least_margin}: give 0 or more.")
        if self.winner == "user" and not self.user_pairs:
            raise InputError("winner = 'user' needs choices: give user_pairs = 'FILE'.")


@dataclass(frozen=True)
class RankRunConfig:
    """One run of ``msg-train rank``.

    Attributes:
        folder: Where pairs and report go.
        candidates: Folder of the candidates.
        model: Folder of the model whose SF-CAVP ranks.
        sf_cavp: SF-CAVP weights in place of that model's.
        codec: Codec of the candidates' latents.
        rank: How pairs are made.
    """

    folder: str
    candidates: str
    model: str = "assets/models/starter"
    sf_cavp: str = ""
    codec: str = "assets/models/starter/codec.safetensors"
    rank: RankConfig = field(default_factory=RankConfig)


def rank_candidates(config: RankRunConfig, *, listener: ProgressListener = silent) -> Ranking:
    """Score all candidates, make pairs, and report; what was scored before is not scored again.

    Under torchrun each process scores its share; the first one writes, all return the same.

    Raises:
        InputError: When candidates, scenes or the user's pairs are not there or do not fit each other.
        CheckpointError: When SF-CAVP or the codec cannot be used.
        WorkError: When the reward does not prefer real sound to the takes, with the figures.
    """
    torch.set_num_threads(config.rank.threads)
    folder = Path(config.folder)
    chosen = _user_pairs(config)
    with joined_ranks(_CPU):
        if config.rank.winner == "user":
            found = Ranking.of_user(chosen)
        else:
            candidates = list(read_candidates(Path(config.candidates)))
            _check_of_one_generator(candidates)
            score_all(_scorer(config), candidates, folder, listener=listener)
            highest_over_ranks(0, _CPU)  # nobody goes on before all stems are scored
            scored = [(one, read_scores(folder, one)) for one in candidates]
            found = ranking_of(scored, config.rank, folder, chosen)
        if is_first():
            write_ranking(folder, found, listener=listener)
            write_pairs(folder / PAIRS_FILE, found.pairs)
        highest_over_ranks(0, _CPU)  # the pairs lie there for all
    if config.rank.winner != "user":
        check_reward(found)
    return found


def _scorer(config: RankRunConfig) -> Scorer:
    weights = Path(config.sf_cavp) if config.sf_cavp else None
    model, codec = Path(config.model), Path(config.codec)
    network = load_cavp(model, weights)
    sha256 = file_sha256(weights) if weights else read_card(model).part("sf_cavp").sha256
    return Scorer(
        network, sha256, load_codec(codec).requires_grad_(False), file_sha256(codec), config.rank.reward
    )


def _user_pairs(config: RankRunConfig) -> list[PairRecord]:
    if not config.rank.user_pairs:
        return []
    stored: PairFile = read_pairs(Path(config.rank.user_pairs))
    strange = [pair.id for pair in stored.pairs if pair.origin != "user"]
    if strange:
        raise InputError(f"user_pairs {stored.path}: pair {strange[0]} is not of origin 'user'.")
    return list(moved_pairs(stored, Path(config.folder)))


def _check_of_one_generator(candidates: Sequence[Candidates]) -> None:
    makers = {(one.generator_sha256, one.adapter_sha256) for one in candidates}
    if len(makers) > 1:
        raise InputError(
            f"{candidates[0].path.parent} holds takes of {len(makers)} generators: a round ranks those of "
            "one. Give each round its own folder."
        )


def ranking_of(
    scored: Sequence[tuple[Candidates, StemScores]],
    config: RankConfig,
    folder: Path,
    chosen: Sequence[PairRecord] = (),
) -> Ranking:
    """Pairs and figures of scored candidates.

    Args:
        scored: Stems and their rewards.
        config: How pairs are made.
        folder: Where the file of pairs will lie.
        chosen: Pairs of the user to add.
    """
    every = list(_pairs_of(scored, config, folder))
    kept = [pair for pair in every if (pair.margin or 0.0) > config.least_margin]
    return Ranking(
        samples=tuple(RewardSample(one.hits, scores.takes, scores.real) for one, scores in scored),
        pairs=(*kept, *chosen),
        dropped=len(every) - len(kept),
        user_pairs=len(chosen),
        policy=config.winner,
    )


def _pairs_of(
    scored: Sequence[tuple[Candidates, StemScores]], config: RankConfig, folder: Path
) -> Iterator[PairRecord]:
    for one, scores in scored:
        file = relative_name(compared_path(folder, one), folder)
        worst = min(range(len(scores.takes)), key=lambda row: scores.takes[row])
        best = max(range(len(scores.takes)), key=lambda row: scores.takes[row])
        real = config.winner == "real"
        yield PairRecord(
            id=str(one.place),
            given=StemGiven(one.pool, one.place, one.hits),
            chosen=TakeAt(file, len(scores.takes) if real else best),
            rejected=TakeAt(file, worst),
            origin="sf_cavp",
            policy="real" if real else "best-of-N",
            generator_sha256=one.generator_sha256,
            reward_chosen=scores.real if real else scores.takes[best],
            reward_rejected=scores.takes[worst],
        )


def check_reward(found: Ranking) -> None:
    """Refuse a round whose reward does not prefer real sound, or that has no pair.

    Raises:
        WorkError: With the figures.
    """
    if found.mean_real <= found.mean_takes:
        raise WorkError(
            f"The reward does not prefer real sound: {found.mean_real:.3f} for real sound, "
            f"{found.mean_takes:.3f} for takes, over {len(found.samples)} stems. Its pairs would point the "
            "wrong way, so this round is refused. Rank by another SF-CAVP, or with the hit track off."
        )
    if not found.pairs:
        raise WorkError(
            f"All {found.dropped} pairs were left out: no better side is ahead by more than least_margin. "
            "Lower it, or make more takes of each stem."
        )
