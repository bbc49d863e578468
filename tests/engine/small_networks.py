"""Tiny networks with random weights, a clip made of numbers, and a model folder of both."""

import json
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.cavp.model import SFCAVP, CavpConfig
from engine.checkpoint import file_sha256, save_checkpoint
from engine.clip import Clip
from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.features.mel import MEL_BANDS
from engine.features.motion_grid import GRID_CHANNELS
from engine.generator.starter import StarterConfig, StarterGenerator
from engine.records import ClipInfo

CLASSES = ("FEET_gravel", "IMPT_metal", "AERO_jet")
SAMPLES_PER_STEP = 1920


def filled(network: nn.Module, seed: int = 0) -> nn.Module:
    """Give zero-started layers values, so that no path is trivially zero."""
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in network.state_dict().values():
            if value.is_floating_point() and not value.any():
                value.copy_(0.3 * torch.randn(value.shape, generator=chance))
    return network.eval().requires_grad_(False)


def small_cavp() -> SFCAVP:
    torch.manual_seed(1)
    sizes = {"fast_width": 8, "slow_width": 8, "fast_size": 6, "slow_size": 6}
    return SFCAVP(CavpConfig(classes=CLASSES, **sizes)).eval().requires_grad_(False)


def small_codec() -> MelCodec:
    """Fitted to noise whose level goes up and down, so that its latents sound."""
    codec = MelCodec(CodecConfig(latent_channels=4))
    chance = torch.Generator().manual_seed(2)
    level = 0.2 * torch.randn(3, 40, 1, generator=chance).cumsum(1)
    codec.fit(level + 0.1 * torch.randn(3, 40, MEL_BANDS, generator=chance) - 4.0)
    return codec


def small_generator(*, knows_level: bool = False, has_eyes: bool = False) -> StarterGenerator:
    torch.manual_seed(3)
    sizes: dict[str, int] = {"latent_channels": 4, "hidden": 16, "heads": 2, "depth": 2, "fused_depth": 1}
    fronts = {"video_width": 8, "control_width": 8, "text_tokens": 2, "text_dim": 8}
    eyes = {"eyes_width": 8, "eyes_cell_width": 6} if has_eyes else {}
    config = StarterConfig(classes=CLASSES, knows_level=knows_level, **sizes, **fronts, **eyes)
    return filled(StarterGenerator(config))


def small_grid(steps: int, seed: int = 4) -> Tensor:
    return 0.3 * torch.randn(steps, GRID_CHANNELS, 8, 8, generator=torch.Generator().manual_seed(seed))


def small_clip(steps: int) -> Clip:
    """A clip of ``steps`` pictures at 25 Hz, a multiple of 4, that never was a film."""
    info = ClipInfo(
        path=Path("never_a_film.mp4"),
        fingerprint="f" * 64,
        duration_samples=steps * SAMPLES_PER_STEP,
        fps=Fraction(25),
        variable_rate=False,
        width=96,
        height=72,
        rotation=0,
        start_pts=0,
        time_base=Fraction(1, 25),
        frame_count=steps,
        video_codec="h264",
        pixel_format="yuv420p",
        audio=None,
    )
    return Clip(info, small_grid(steps))


def write_small_model(models: Path, name: str = "small") -> Path:
    """A model folder as the studio loads it; returns it."""
    folder = models / name
    networks = {
        "sf_cavp": ("sf_cavp", small_cavp()),
        "codec": ("codec", small_codec()),
        "generator": ("starter_flow", small_generator()),
    }
    parts = []
    for part, (family, network) in networks.items():
        path = folder / f"{part}.safetensors"
        save_checkpoint(path, network, family=family, config=network.config.to_json())
        parts.append(
            {
                "name": part,
                "file": path.name,
                "family": family,
                "sha256": file_sha256(path),
                "parameters": sum(value.numel() for value in network.state_dict().values()),
            }
        )
    card = {
        "schema": 1,
        "name": name,
        "family": "starter",
        "version": "0",
        "sample_rate_hz": 44_100,
        "licence": "CC BY 4.0",
        "source": "random numbers",
        "trained_with": "nothing",
        "parts": parts,
    }
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder
