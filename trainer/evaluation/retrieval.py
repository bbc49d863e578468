"""The right sound among a hundred by the slow stream, beside an oracle that knows the classes.

Every class set of the gallery occurs several times, so that a set alone does not name the
sound; level and noise of each sound are drawn apart from its picture, so that they do not.
Letters: N scenes of the gallery, K classes, F mel frames, M bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cavp.model import SFCAVP
from engine.features.mel import MEL_FLOOR
from trainer.evaluation.embedding import embed_pictures, embed_sounds
from trainer.evaluation.figures import Figure
from trainer.scenes.pool import ScenePool
from trainer.scenes.truth import SceneTruth, scene_truth

COUNT = 100
LEAST_OF_A_SET = 3
SEED = 23
_LEVEL = 1.0  # in natural logarithm: almost 9 dB either way
_NOISE_FROM, _NOISE_TO = -9.5, -5.5
_NOISE_TILT, _NOISE_GRAIN = 0.75, 0.35


@dataclass(frozen=True)
class Gallery:
    """Scenes to choose among.

    Attributes:
        scenes: (N,) numbers of the scenes.
        sets: (N,) number of the set of heard classes.
    """

    scenes: Tensor
    sets: Tensor

    @property
    def alike(self) -> Tensor:
        """(N,) how many scenes have the same class set, itself among them."""
        return (self.sets[:, None] == self.sets[None]).sum(1)


def choose_gallery(truth: SceneTruth, *, count: int = COUNT, least: int = LEAST_OF_A_SET) -> Gallery:
    """Scenes with something to see, all of it heard, each class set at least ``least`` times if it can be.

    Sets are taken in an order drawn once; where too few occur often enough, rarer ones fill up.
    """
    by_set: dict[tuple[int, ...], list[int]] = {}
    for scene in range(len(truth.heard)):
        seen, heard = truth.seen[scene] > 0, truth.heard[scene] > 0
        if bool(seen.any()) and not bool((seen & ~heard).any()):
            by_set.setdefault(tuple(torch.nonzero(heard)[:, 0].tolist()), []).append(scene)
    chance = torch.Generator().manual_seed(SEED)
    keys = [sorted(by_set)[index] for index in torch.randperm(len(by_set), generator=chance).tolist()]
    chosen: dict[tuple[int, ...], list[int]] = {}
    left = count
    for size in range(least, 0, -1):
        fresh = [key for key in keys if key not in chosen and len(by_set[key]) >= size]
        left = _take(chosen, by_set, fresh, size=size, left=left)
        left = _fill(chosen, by_set, left=left)
    order = [(scene, number) for number, scenes in enumerate(chosen.values()) for scene in scenes]
    return Gallery(*torch.tensor(order, dtype=torch.long).reshape(-1, 2).unbind(1))


_Sets = dict[tuple[int, ...], list[int]]


def _take(chosen: _Sets, by_set: _Sets, keys: Sequence[tuple[int, ...]], *, size: int, left: int) -> int:
    for key in keys:
        if left < size:
            break
        chosen[key] = by_set[key][:size]
        left -= size
    return left


def _fill(chosen: _Sets, by_set: _Sets, *, left: int) -> int:
    """More scenes of the chosen sets, one of each in turn."""
    growing = True
    while left and growing:
        growing = False
        for key, scenes in chosen.items():
            if left and len(scenes) < len(by_set[key]):
                scenes.append(by_set[key][len(scenes)])
                left -= 1
                growing = True
    return left


def with_other_level_and_noise(mels: Tensor, *, seed: int = SEED) -> Tensor:
    """Log-mels (N, F, M) at levels and over noise drawn apart from everything else."""
    chance = torch.Generator().manual_seed(seed)

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(mels), 1, 1, generator=chance)

    slope = torch.linspace(-1, 1, mels.shape[-1])
    moved = mels.float() + draw(-_LEVEL, _LEVEL)
    floor = draw(_NOISE_FROM, _NOISE_TO) + draw(-_NOISE_TILT, _NOISE_TILT) * slope
    noise = floor + _NOISE_GRAIN * torch.randn(moved.shape, generator=chance)
    return torch.logaddexp(moved, noise).clamp_min(float(torch.tensor(MEL_FLOOR).log()))


@dataclass(frozen=True)
class RetrievalStudy:
    """Where the right sound stands.

    Attributes:
        ranks: (N,) how many sounds stand before the right one.
        right_set: (N,) whether the first sound has the right class set.
        alike: (N,) how many sounds have the same class set.
    """

    ranks: Tensor
    right_set: Tensor
    alike: Tensor

    def recall(self, among: int) -> float:
        """Share of pictures whose sound is among the first so many."""
        return float((self.ranks < among).float().mean())

    def oracle_recall(self, among: int) -> float:
        """The same for an oracle that knows the class set and guesses among its scenes."""
        return float((among / self.alike.float()).clamp_max(1.0).mean())

    def chance_recall(self, among: int) -> float:
        """The same for a blind guess."""
        return min(1.0, among / len(self.ranks))


def study_retrieval(network: SFCAVP, pool: ScenePool, *, count: int = COUNT) -> RetrievalStudy:
    """Look for the sound of every picture of the gallery by the pooled slow embedding."""
    gallery = choose_gallery(scene_truth(pool), count=count)
    seen = embed_pictures(network, pool.grid[gallery.scenes]).pooled
    heard = embed_sounds(network, with_other_level_and_noise(pool.mix_mel[gallery.scenes])).pooled
    return ranks_of(seen @ heard.T, gallery)


def ranks_of(likeness: Tensor, gallery: Gallery) -> RetrievalStudy:
    """Ranks from the likeness (N, N) of every picture with every sound."""
    own = likeness.diagonal()[:, None]
    first = gallery.sets[likeness.argmax(1)]
    return RetrievalStudy((likeness > own).sum(1), first == gallery.sets, gallery.alike)


def retrieval_figures(study: RetrievalStudy) -> list[Figure]:
    """The rows of the table."""
    count, oracle = len(study.ranks), study.oracle_recall(1)
    repeated = float((study.alike >= LEAST_OF_A_SET).float().mean())
    remark = (
        f"R@1 {study.recall(1):.2f}, of the class oracle {oracle:.2f}; "
        f"{repeated:.0%} of {count} scenes in a set of at least {LEAST_OF_A_SET}"
    )
    sets = float((1.0 / study.alike.float()).sum())
    same_set = float((study.alike.float() / count).mean())
    return [
        Figure(
            f"scenes: R@1 among {count} over that of the class oracle",
            study.recall(1) / oracle,
            wanted=0.7,
            baseline=study.chance_recall(1) / oracle,
            remark=remark,
        ),
        Figure(
            f"scenes: R@10 among {count}", study.recall(10), wanted=0.75, baseline=study.chance_recall(10)
        ),
        Figure(
            "scenes: right class set at rank 1",
            float(study.right_set.float().mean()),
            wanted=0.60,
            baseline=same_set,
            remark=f"{sets:.0f} class sets",
        ),
    ]
