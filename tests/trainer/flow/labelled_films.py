"""Small films whose sounds begin at known times, with labels, and a codec for their sound."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.checkpoint import save_checkpoint
from engine.records import FloatArray
from tests.coded_film import SOUND_RATE_HZ
from tests.engine.small_networks import small_codec
from tests.trainer.data.small_films import film
from trainer.data.video_config import VideoSourceConfig

STRIKES = ((0.413, 1.0), (1.207, 0.5), (2.055, 0.8))
RAIN_S = (0.8, 2.4)
LABELS = {
    "steps": "FEET_gravel",
    "knock": "DOORKnck",
    "rain": "raining",
    "song": "male singing",
    "hum": "",
}


def struck_sound(seconds: float, strikes: tuple[tuple[float, float], ...], *, seed: int = 1) -> FloatArray:
    """(1, N) bursts of noise that die away within 200 ms, over a faint bed."""
    chance = np.random.default_rng(seed)
    count = round(seconds * SOUND_RATE_HZ)
    sound = 2e-4 * chance.standard_normal(count)
    for time_s, strength in strikes:
        first = round(time_s * SOUND_RATE_HZ)
        fall = np.exp(-np.arange(count - first) / (0.04 * SOUND_RATE_HZ))
        sound[first:] += 0.4 * strength * fall * chance.standard_normal(count - first)
    return sound[None].astype(np.float32)


def running_sound(seconds: float, stretch: tuple[float, float]) -> FloatArray:
    """(1, N) even noise in a stretch, hardly any before and after."""
    time = np.arange(round(seconds * SOUND_RATE_HZ)) / SOUND_RATE_HZ
    level = np.where((time >= stretch[0]) & (time < stretch[1]), 0.2, 2e-4)
    return (level * np.random.default_rng(2).standard_normal(len(time)))[None].astype(np.float32)


@dataclass(frozen=True)
class LabelledFilms:
    """Five films of 3 s.

    Attributes:
        manifest: Of all, with LABELS.
        cache: Their features.
        codec: Weights of a small codec.
    """

    manifest: Path
    cache: Path
    codec: Path

    def config(self, **changes: object) -> VideoSourceConfig:
        """Crops of up to 1.28 s, pictures as they are."""
        settings: dict[str, object] = {
            "manifest": str(self.manifest),
            "cache": str(self.cache),
            "steps_per_crop": 32,
            "crops_per_film": 1,
            "lag_reach_steps": 0,
            "workers": 1,
            "augment": False,
            **changes,
        }
        return VideoSourceConfig(**settings)  # type: ignore[arg-type]  # names and types as above


def make_labelled_films(folder: Path) -> LabelledFilms:
    """Make films, manifest and codec; features are made when they are first asked for."""
    sounds = {
        "steps": struck_sound(3.0, STRIKES),
        "knock": struck_sound(3.0, STRIKES, seed=4),
        "rain": running_sound(3.0, RAIN_S),
        "song": struck_sound(3.0, STRIKES[:1], seed=5),
        "hum": running_sound(3.0, (0.0, 3.0)),
    }
    for name, sound in sounds.items():
        film(folder / f"{name}.mp4", 3.0, sound=sound)
    rows = [f"{name}.mp4,,,{label},train" for name, label in LABELS.items()]
    manifest = folder / "films.csv"
    header = "file,start_s,duration_s,label,split"
    manifest.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    codec = small_codec()
    save_checkpoint(folder / "codec.safetensors", codec, family="codec", config=codec.config.to_json())
    return LabelledFilms(manifest, folder / "cache", folder / "codec.safetensors")
