"""Rewards of candidates and of the real sound beside them, one file a stem, so that ranking can go on.

All are compared equally loud, and kept as they were compared: pairs point at these latents.

Letters: K takes, N tokens, L latent channels.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.cavp.model import SFCAVP
from engine.checkpoint import file_sha256
from engine.codec.mel_codec import MelCodec
from engine.errors import InputError
from engine.progress import Progress, ProgressListener
from trainer.data.feature_cache import make_folder
from trainer.distributed import rank, world_size
from trainer.preference.candidates import Candidates
from trainer.preference.real_sound import equally_loud_latents
from trainer.preference.reward import RewardConfig, StemReward, mels_of
from trainer.preference.stems import read_stem

SCORES, COMPARED = "scores", "compared"


@dataclass(frozen=True)
class StemScores:
    """Rewards of one stem.

    Attributes:
        takes: Of each of its K takes.
        real: Of its real sound, through the codec.
    """

    takes: tuple[float, ...]
    real: float


@dataclass(frozen=True)
class Scorer:
    """What rewards are made with.

    Attributes:
        cavp: SF-CAVP.
        cavp_sha256: Hash of its weights.
        codec: Of the candidates' latents.
        codec_sha256: Hash of its weights.
        config: What is compared.
    """

    cavp: SFCAVP
    cavp_sha256: str
    codec: MelCodec
    codec_sha256: str
    config: RewardConfig

    def about(self, candidates: Candidates) -> dict[str, Any]:
        """All that decides the rewards of a stem."""
        return {
            "level": "equal",
            "candidates": file_sha256(candidates.path),
            "sf_cavp": self.cavp_sha256,
            "codec": self.codec_sha256,
            **asdict(self.config),
        }

    def rewards(self, candidates: Candidates) -> tuple[StemScores, Tensor]:
        """Rewards of a stem, and the latents (K + 1, N, L) of its takes and its real sound behind them."""
        stem = read_stem(Path(candidates.pool), candidates.place)
        compared = equally_loud_latents(self.codec, stem, mels_of(self.codec, candidates.latents))
        *takes, real = StemReward(self.cavp, stem, self.config).of(mels_of(self.codec, compared))
        return StemScores(tuple(takes), real), compared


def score_all(
    scorer: Scorer, candidates: Sequence[Candidates], folder: Path, *, listener: ProgressListener
) -> None:
    """Score this process's share of the stems that have no scores of this kind yet.

    Raises:
        InputError: When the scenes of a stem are not there any more.
        OutputLocationError: When nothing can be written in the folder.
        WriteError: When the disk refuses.
    """
    make_folder(folder / SCORES)
    make_folder(folder / COMPARED)
    own = candidates[rank() :: world_size()]
    for done, one in enumerate(own, start=1):
        about = scorer.about(one)
        if _stored(folder, one).get("about") != about:
            found, compared = scorer.rewards(one)
            with written_atomically(compared_path(folder, one)) as temporary:
                save_file({"latents": compared.contiguous()}, temporary)
            with written_atomically(_path(folder, one)) as temporary:
                temporary.write_text(json.dumps({"about": about, **asdict(found)}), encoding="utf-8")
        listener(Progress("rank", done, len(own), str(one.place)))


def read_scores(folder: Path, candidates: Candidates) -> StemScores:
    """The scores of a stem.

    Raises:
        InputError: When they are not there, damaged, or no finite numbers.
    """
    values = _stored(folder, candidates)
    try:
        found = StemScores(tuple(float(v) for v in values["takes"]), float(values["real"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise InputError(
            f"Scores {_path(folder, candidates)} are absent or damaged: remove the file and run "
            "`msg-train rank` again."
        ) from problem
    if not bool(torch.tensor([*found.takes, found.real]).isfinite().all()):
        raise InputError(
            f"Scores {_path(folder, candidates)} hold a reward that is no finite number: the takes are "
            "broken; make the candidates again."
        )
    return found


def compared_path(folder: Path, candidates: Candidates) -> Path:
    """File of the latents of a stem's takes as they were compared, and of its real sound behind them."""
    return folder / COMPARED / f"{candidates.place}.safetensors"


def _path(folder: Path, candidates: Candidates) -> Path:
    return folder / SCORES / f"{candidates.place}.json"


def _stored(folder: Path, candidates: Candidates) -> dict[str, Any]:
    """What the file of a stem's scores holds; nothing where it is absent or damaged."""
    try:
        values = json.loads(_path(folder, candidates).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
