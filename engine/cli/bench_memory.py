"""How much memory the features and the score of a long film take: each length in a process of its own.

The film and its sound are made of numbers and never lie in memory as a whole, as those of a real
film do not; what is measured is everything after the decoding.

Letters: T fast steps, C grid channels.
"""

import multiprocessing
import platform
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor

from engine.cli.bench_film import bench_sound
from engine.clip import Clip, stored_rows
from engine.embedding import SoundEmbedder, embed_clip_once
from engine.errors import MissingComponentError
from engine.feature_cache import FeatureCache, FeatureKey
from engine.features.motion_grid import GRID_CHANNELS, GRID_SIDE
from engine.model_store import StarterModel, find_card
from engine.records import ClipInfo, FloatArray
from engine.scoring import score_sound
from engine.sound_side import MelSound, mel_parts
from engine.step_range import SAMPLES_PER_STEP
from engine.timing import TOKEN_RATE_HZ, TimeRange

SHORTER_MINUTES = (1, 10)
_STEPS_PER_MINUTE = 60 * TOKEN_RATE_HZ
_PART_STEPS = 500


@dataclass(frozen=True)
class MemoryUse:
    """What a film of some length took.

    Attributes:
        minutes: Its length.
        before_mb: Peak memory with the model loaded and used once, before the film.
        peak_mb: Peak memory at the end.
        disk_mb: Features on the disk.
        seconds: Time for features and score.
    """

    minutes: int
    before_mb: float
    peak_mb: float
    disk_mb: float
    seconds: float


def lengths_up_to(minutes: int) -> list[int]:
    """The lengths to measure, the longest last."""
    return [*(shorter for shorter in SHORTER_MINUTES if shorter < minutes), minutes]


def measure_memory(minutes: int, *, model: str, models_folder: Path | None, threads: int) -> MemoryUse:
    """Measure one length in a fresh process, whose peak nothing else has raised."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawning) as processes:
        return processes.submit(_measured, minutes, model, models_folder, threads).result()


def peak_bytes() -> int:
    """The most memory this process has had so far.

    Raises:
        MissingComponentError: Where the system does not tell.
    """
    if platform.system() == "Linux":
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    if platform.system() == "Windows":
        raise MissingComponentError("Windows does not tell the peak memory: leave --minutes out.")
    import resource  # which Windows lacks

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def resident_bytes() -> int:
    """The memory this process holds now.

    Raises:
        MissingComponentError: Where the system does not tell.
    """
    if platform.system() != "Linux":
        raise MissingComponentError(
            f"{platform.system()} does not tell the memory held: leave --cancelled out."
        )
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _measured(minutes: int, model: str, models_folder: Path | None, threads: int) -> MemoryUse:
    torch.set_num_threads(threads)
    networks = StarterModel(find_card(model, folder=models_folder))
    with tempfile.TemporaryDirectory(prefix="msg-bench-") as folder:
        cache = FeatureCache(Path(folder))
        _score_film(networks, cache, steps=_PART_STEPS)  # the first use of a library takes its own memory
        before, begun = peak_bytes(), time.perf_counter()
        _score_film(networks, cache, steps=minutes * _STEPS_PER_MINUTE)
        seconds = time.perf_counter() - begun
        disk = sum(path.stat().st_size for path in Path(folder).iterdir())
    return MemoryUse(minutes, before / 1e6, peak_bytes() / 1e6, disk / 1e6, seconds)


def _score_film(networks: StarterModel, cache: FeatureCache, *, steps: int) -> None:
    weights = networks.cavp_sha256
    key = FeatureKey("picture", ("made", steps))
    clip = Clip(_info(steps), stored_rows(lambda: _grids(steps), cache, key), f"made {steps}", cache)
    heard = MelSound(stored_rows(lambda: _mels(steps), cache, FeatureKey("sound", ("made", steps))))
    picture = embed_clip_once(networks.cavp, clip, weights=weights)
    ear = SoundEmbedder(networks.cavp, weights=weights, cache=cache)
    score_sound(networks.cavp, picture, heard, TimeRange(0, clip.info.duration_samples), ear=ear)


def _grids(steps: int) -> Iterator[Tensor]:
    """Motion grids of noise, (T, C, 8, 8) after (T, C, 8, 8)."""
    chance = torch.Generator().manual_seed(1)
    for start in range(0, steps, _PART_STEPS):
        count = min(_PART_STEPS, steps - start)
        yield 0.3 * torch.randn(count, GRID_CHANNELS, GRID_SIDE, GRID_SIDE, generator=chance)


def _mels(steps: int) -> Iterator[Tensor]:
    def blocks() -> Iterator[FloatArray]:
        for second in range(-(-steps // TOKEN_RATE_HZ)):
            yield bench_sound(1.0, seed=second)

    return mel_parts(blocks(), steps=steps)


def _info(steps: int) -> ClipInfo:
    return ClipInfo(
        path=Path("made of numbers"),
        fingerprint="made",
        duration_samples=steps * SAMPLES_PER_STEP,
        fps=Fraction(TOKEN_RATE_HZ),
        variable_rate=False,
        width=1920,
        height=1080,
        rotation=0,
        start_pts=0,
        time_base=Fraction(1, TOKEN_RATE_HZ),
        frame_count=steps,
        video_codec="none",
        pixel_format="none",
        audio=None,
    )
