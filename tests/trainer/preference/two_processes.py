"""A round of whole generators, shared by the processes of torchrun, or done by one alone.

torchrun --standalone --nproc-per-node 2 -m tests.trainer.preference.two_processes RUN PLACE
"""

import sys
from pathlib import Path

from tests.trainer.preference.small_round import CANDIDATES, HELD_OUT, SmallRound, tune_config
from trainer.preference import rank
from trainer.preference.rank import RankConfig
from trainer.preference.rounds import Rounds, RpoConfig, run_rounds


def main(run: str, place: str) -> Rounds:
    """One round on the small round that lies at a place."""
    prepared = SmallRound(Path(place) / "pool", Path(place) / "small", Path(place))
    rank.check_reward = lambda found: None  # random networks prefer anything
    return run_rounds(
        RpoConfig(
            run=run,
            pool=str(prepared.pool),
            rounds=1,
            model=str(prepared.model),
            start=prepared.start,
            candidates=CANDIDATES,
            rank=RankConfig(winner="best-of-N"),
            held_out=HELD_OUT,
            tune=tune_config(steps=2, evaluate_every=2, keep="last"),
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
