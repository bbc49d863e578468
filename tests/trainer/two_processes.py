"""What the processes of a run do together; run by torchrun, or alone as the truth to compare with.

torchrun --standalone --nproc-per-node 2 -m tests.trainer.two_processes FOLDER
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from trainer.cavp.losses import alike_rows, film_block_loss, frame_class_loss, pooled_contrast_loss
from trainer.distributed import average_gradients, joined_ranks, mean_over_ranks, own_rows, rank, world_size
from trainer.loop import LoopConfig, fit
from trainer.optimization import OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.stop_request import RunStopped

CPU = torch.device("cpu")
FILMS = torch.tensor([7, 7, 7, 2, 9, 9, 4, 4])  # the first process has more films with negatives: 1 and 2
SHARPNESS = torch.tensor(1.5)
OPTIMIZER = OptimizerConfig(learning_rate=0.05, steps=9, warmup_steps=2, ema_decay=0.9)
LOOP = LoopConfig(seed=4, log_every=2, save_every=100, accumulate=2, tensorboard=False)


class Pair(nn.Module):
    """Two encoders that a recipe calls by name, never through forward."""

    def __init__(self) -> None:
        super().__init__()
        self.video = nn.Linear(6, 4)
        self.audio = nn.Linear(5, 4)
        self.of_first = nn.Linear(3, 1)  # used by the first process only
        self.idle = nn.Linear(2, 2)
        self.frames = nn.Linear(4, 3)

    def embed(self, video: Tensor, audio: Tensor) -> tuple[Tensor, Tensor]:
        seen, heard = self.video(video), self.audio(audio)
        return nn.functional.normalize(seen, dim=-1), nn.functional.normalize(heard, dim=-1)


def terms(network: Pair, chance: torch.Generator) -> dict[str, Tensor]:
    """All losses that look over the edge of a process, on this one's rows."""
    rows = own_rows(FILMS)
    pictures, sounds = torch.rand(8, 6, generator=chance), torch.rand(8, 5, generator=chance)
    kinds = torch.randint(2, (8, 2), generator=chance)
    classes = torch.randint(3, (8, 4), generator=chance)
    classes[:4, 1:] = -1  # the first process has fewer frames that count
    video, audio = network.embed(pictures[rows], sounds[rows])
    frame_logits = network.frames(video)[:, None].expand(-1, 4, -1)
    return {
        "slow": pooled_contrast_loss(video, audio, SHARPNESS),
        "told": pooled_contrast_loss(video, audio, SHARPNESS, same=alike_rows(kinds[rows])),
        "blocks": film_block_loss(video, audio, FILMS[rows], SHARPNESS),
        "classes": frame_class_loss(frame_logits, classes[rows]),
    }


def network() -> Pair:
    torch.manual_seed(rank())  # apart on purpose: the first one's weights must win
    return Pair()


def gradients_of_one_batch() -> dict[str, Any]:
    torch.manual_seed(0)
    made = Pair()
    losses = terms(made, torch.Generator().manual_seed(3))
    total = torch.stack(list(losses.values())).sum()
    if rank() == 0:
        total = total + made.of_first.weight.square().sum() * world_size()
    total.backward()
    average_gradients(made)
    return {
        "losses": {name: mean_over_ranks(value) for name, value in losses.items()},
        "gradients": {name: value.grad for name, value in made.named_parameters()},
    }


def interrupted_run(folder: Path) -> dict[str, Any]:
    """A run whose last process is asked to stop in step 5; then the run goes on."""
    exit_code = 0
    asked: list[int] = []

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        if step == 4 and not asked and rank() == world_size() - 1:
            asked.append(step)
            os.kill(os.getpid(), signal.SIGTERM)
        return terms(made, chance)

    for _ in range(2):
        made = network()
        run = RunDirectory(folder / "run")
        try:
            average = fit(run, made, losses, optimizer_config=OPTIMIZER, loop_config=LOOP)
        except RunStopped as stop:
            exit_code = stop.exit_code
    return {"exit_code": exit_code, "average": average.values, "weights": made.state_dict()}


def main(folder: Path) -> None:
    with joined_ranks(CPU):
        found = {**gradients_of_one_batch(), **interrupted_run(folder)}
    found["threads"] = [
        file.read_text(encoding="utf-8").strip() for file in Path("/proc/self/task").glob("*/comm")
    ]
    torch.save(found, folder / f"rank{rank()}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
