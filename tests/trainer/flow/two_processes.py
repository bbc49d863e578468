"""A flow run on films, shared by the processes of torchrun, or done by one alone.

torchrun --standalone --nproc-per-node 2 -m tests.trainer.flow.two_processes RUN MANIFEST CACHE CODEC
"""

import sys
from pathlib import Path

from engine.progress import silent
from tests.trainer.flow.labelled_films import LabelledFilms
from trainer.flow.train import FlowRunConfig, train_flow
from trainer.loop import LoopConfig
from trainer.optimization import OptimizerConfig

SIZES = {
    "hidden": 16,
    "heads": 2,
    "depth": 2,
    "fused_depth": 1,
    "video_width": 8,
    "control_width": 8,
    "text_tokens": 2,
    "text_dim": 8,
}


def run_config(run: Path, films: LabelledFilms, *, steps: int = 6, rate: float = 1e-3) -> FlowRunConfig:
    """A short run on films with a tiny network."""
    return FlowRunConfig(
        run=str(run),
        codec=str(films.codec),
        source="video",
        batch=16,
        crop_tokens=(24, 32),
        sizes=SIZES,
        video=films.config(augment=True),
        optimizer=OptimizerConfig(learning_rate=rate, steps=steps, warmup_steps=1),
        loop=LoopConfig(seed=3, log_every=2, save_every=2, tensorboard=False),
    )


def main(run: str, manifest: str, cache: str, codec: str) -> None:
    films = LabelledFilms(Path(manifest), Path(cache), Path(codec))
    train_flow(run_config(Path(run), films), listener=silent)


if __name__ == "__main__":
    main(*sys.argv[1:])
