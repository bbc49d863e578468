"""Small films with sound, and manifests of them."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.records import FloatArray
from tests.coded_film import SOUND_RATE_HZ, even_pts, make_film
from trainer.data.video_config import VideoSourceConfig


def noisy_sound(seconds: float, *, seed: int) -> FloatArray:
    """(1, N) bursts of noise at uneven times, so that no two stretches are alike."""
    chance = np.random.default_rng(seed)
    level = np.repeat(chance.uniform(0.0, 0.5, round(seconds * 10)), SOUND_RATE_HZ // 10)
    return (level * chance.standard_normal(len(level)))[None].astype(np.float32)


def film(path: Path, seconds: float, *, seed: int = 1, sound: FloatArray | None = None) -> Path:
    """A film at 25 pictures a second; with bursts of noise unless another sound is given."""
    heard = noisy_sound(seconds, seed=seed) if sound is None else sound
    return make_film(
        path, pts=even_pts(round(25 * seconds), Fraction(25)), sound=heard if heard.size else None
    )


NO_SOUND: FloatArray = np.zeros((0, 0), dtype=np.float32)


def silence(seconds: float) -> FloatArray:
    """(1, N) of zeros."""
    return np.zeros((1, round(seconds * SOUND_RATE_HZ)), dtype=np.float32)


@dataclass(frozen=True)
class SmallFilms:
    """Four good films and six bad rows.

    Attributes:
        folder: Where they lie.
        good: Those with sound, 3 to 4.5 s.
        manifest: Of the good ones.
        mixed: Of all, good and bad.
    """

    folder: Path
    good: tuple[Path, ...]
    manifest: Path
    mixed: Path


def make_small_films(folder: Path) -> SmallFilms:
    """Make them."""
    good = tuple(
        film(folder / f"good{seed}_00003{seed}.mp4", seconds, seed=seed)
        for seed, seconds in enumerate((3.0, 3.5, 4.0, 4.5))
    )
    film(folder / "silent.mp4", 3.0, sound=silence(3.0))
    film(folder / "mute.mp4", 3.0, sound=NO_SOUND)
    film(folder / "short.mp4", 0.6)
    whole = good[0].read_bytes()
    (folder / "corrupt.mp4").write_bytes(b"not a film" * 300)
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    bad = ("missing.mp4", "corrupt.mp4", "cut.mp4", "silent.mp4", "mute.mp4", "short.mp4")
    return SmallFilms(
        folder,
        good,
        manifest_of(folder / "good.csv", [path.name for path in good]),
        manifest_of(folder / "mixed.csv", [*(path.name for path in good), *bad]),
    )


def manifest_of(path: Path, names: list[str]) -> Path:
    """A manifest of whole films."""
    lines = ["file,start_s,duration_s,label,split", *(f"{name},,,{Path(name).stem},train" for name in names)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def config_of(manifest: Path | None, cache: Path, **changes: object) -> VideoSourceConfig:
    """Crops of 0.96 s, three a film, half a second apart."""
    settings: dict[str, object] = {
        "manifest": str(manifest) if manifest else "",
        "cache": str(cache),
        "steps_per_crop": 24,
        "least_distance_s": 0.5,
        "lag_reach_steps": 8,
        "workers": 1,
        "augment": False,
        **changes,
    }
    return VideoSourceConfig(**settings)  # type: ignore[arg-type]  # names and types as above
