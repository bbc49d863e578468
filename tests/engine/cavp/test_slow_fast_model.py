"""The base size behind the same records as the starter, and that it can learn."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.lag import balanced, lag_curve
from engine.cavp.model import SFCAVP, CavpConfig
from engine.cavp.norm_statistics import settle_norms
from engine.checkpoint import load_checkpoint, load_into, save_checkpoint
from engine.errors import InputError

CLASSES = ("FEET_gravel", "IMPT_metal", "AERO_jet")
FILMS, STEPS, SIDE, REACH = 8, 32, 32, 8


def small_base() -> SFCAVP:
    torch.manual_seed(1)
    config = CavpConfig.of_size("base", CLASSES)
    small = {"trunk_width": 16, "trunk_blocks": (1, 1, 1, 1), "fast_width": 32, "slow_width": 32}
    return SFCAVP(replace(config, **small, fast_size=16, slow_size=16))


def test_base_gives_the_records_of_the_starter() -> None:
    network = small_base().eval()
    seen = network.embed_video(torch.zeros(2, 16, 3, 64, 64))
    heard = network.embed_audio(torch.zeros(2, 64, 128))
    for side in (seen, heard):
        assert side.fast.shape == (2, 16, 17)  # the plain voice is the last channel
        assert side.slow.shape == (2, 4, 16)
        assert side.pooled.shape == (2, 16)
        assert side.onset_logits.shape == (2, 16)
        assert side.frame_class_logits.shape == (2, 16, 3)
    assert seen.where is not None
    assert seen.where.shape == (2, 16, 2, 2)
    assert heard.where is None


def test_a_size_says_what_picture_it_takes() -> None:
    assert CavpConfig.of_size("starter", CLASSES).picture_kind == "grid"
    assert CavpConfig.of_size("base", CLASSES).picture_kind == "frames"
    with pytest.raises(ValueError, match=r"frames of shape .* multiple of 4"):
        small_base().embed_video(torch.zeros(1, 6, 3, 32, 32))


def test_an_unknown_size_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="size 'large' is unknown: give starter or base"):
        CavpConfig.of_size("large", CLASSES)


def test_a_header_from_before_the_sizes_is_a_starter() -> None:
    old = {
        "classes": list(CLASSES),
        "grid_channels": 10,
        "mel_bands": 128,
        "fast_width": 96,
        "slow_width": 128,
        "fast_size": 48,
        "slow_size": 64,
    }
    config = CavpConfig.from_json(old)
    assert (config.size, config.grid_channels, config.slow_size) == ("starter", 10, 64)


def test_base_survives_its_checkpoint(tmp_path: Path) -> None:
    network = small_base().eval()
    path = tmp_path / "base.safetensors"
    save_checkpoint(path, network, family="sf_cavp", config=network.config.to_json())
    stored = load_checkpoint(path, family="sf_cavp")
    again = SFCAVP(CavpConfig.from_json(stored.config)).eval()
    load_into(again, stored)
    assert again.config == network.config
    mel = torch.randn(1, 32, 128) - 6
    torch.testing.assert_close(again.embed_audio(mel).fast, network.embed_audio(mel).fast)


@dataclass(frozen=True)
class Films:
    """frames (B, T, 3, H, W), mel (B, 4T, 128), lags (B,)."""

    frames: Tensor
    mel: Tensor
    lags: Tensor


def coloured_films() -> Films:
    """Each film has a colour and a hum of its own; flashes come with clicks, moved by its lag."""
    chance = torch.Generator().manual_seed(3)
    frames = torch.rand(FILMS, 1, 3, 1, 1, generator=chance).repeat(1, STEPS, 1, SIDE, SIDE)
    mel = -6 + 0.3 * torch.randn(FILMS, 4 * STEPS, 128, generator=chance)
    lags = torch.randint(2 - REACH, REACH - 1, (FILMS,), generator=chance)
    for film in range(FILMS):
        mel[film, :, 16 * film : 16 * (film + 1)] += 3.0
        for hit in (3 * torch.randperm(STEPS // 3, generator=chance)[:5]).tolist():
            frames[film, hit : hit + 2, :, 8:16, 8:16] = torch.rand(3, 1, 1, generator=chance)
            click = 4 * (hit + int(lags[film]))
            mel[film, max(0, click) : max(0, click + 8)] += 4.0
    return Films(frames, mel, lags)


def test_overfits_eight_clips_in_both_streams() -> None:
    network, films = small_base(), coloured_films()
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    for _ in range(24):
        lag_loss, slow_loss = both_losses(network, films)
        optimizer.zero_grad()
        (lag_loss + slow_loss).backward()
        optimizer.step()
    settle_norms(network, lambda: both_losses(network, films))
    with torch.no_grad():
        lag_loss, slow_loss = both_losses(network, films)
        seen, heard = network.embed_video(films.frames), network.embed_audio(films.mel)
    assert slow_loss < 0.1
    assert lag_loss < 0.3
    near = seen.pooled @ heard.pooled.T
    assert near.argmax(0).tolist() == near.argmax(1).tolist() == list(range(FILMS))
    curve = lag_curve(balanced(seen.fast), balanced(heard.fast), reach=REACH)
    assert (curve.argmax(1) - REACH).tolist() == films.lags.tolist()


def both_losses(network: SFCAVP, films: Films) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the lag curve, and InfoNCE over the films."""
    seen, heard = network.embed_video(films.frames), network.embed_audio(films.mel)
    curve = lag_curve(balanced(seen.fast), balanced(heard.fast), reach=REACH) * network.lag_scale.exp()
    near = seen.pooled @ heard.pooled.T * network.slow_scale.exp()
    right = torch.arange(FILMS)
    contrast = functional.cross_entropy(near, right) + functional.cross_entropy(near.T, right)
    return functional.cross_entropy(curve, films.lags + REACH), 0.5 * contrast
