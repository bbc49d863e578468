"""A tiny MM-DiT whose zero-started layers are filled, so that no path is trivially zero."""

import torch

from engine.generator.conditioning import Features
from engine.generator.mmdit import MMDiT, MMDiTConfig, MMDiTLayout


def small_config(layout: MMDiTLayout = MMDiTLayout.V2, *, train_empty_text: bool = False) -> MMDiTConfig:
    return MMDiTConfig(
        hidden=16,
        heads=2,
        depth=3,
        fused_depth=1,
        latent_dim=4,
        clip_dim=5,
        sync_dim=6,
        text_dim=7,
        text_tokens=3,
        layout=layout,
        sync_segment=1,
        mlp_multiple=16,
        train_empty_text=train_empty_text,
    )


def filled_network(config: MMDiTConfig) -> MMDiT:
    torch.manual_seed(0)
    network = MMDiT(config)
    with torch.no_grad():
        for value in network.state_dict().values():
            if not value.any():
                value.normal_(std=0.1)
    return network


def some_features(batch: int, *, clip: int = 3, sync: int = 8, seed: int = 1) -> Features:
    chance = torch.Generator().manual_seed(seed)
    return Features(
        torch.randn(batch, clip, 5, generator=chance),
        torch.randn(batch, sync, 6, generator=chance),
        torch.randn(batch, 3, 7, generator=chance),
    )
