"""Recipe: fit the codec's components to the stems of the scene pool."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from engine.checkpoint import save_checkpoint
from engine.codec.griffin_lim import griffin_lim
from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.features.mel import MEL_BANDS, MEL_FLOOR, log_mel
from engine.progress import Progress, ProgressListener
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.run_directory import RunDirectory
from trainer.scenes.pool import load_pool

LOUD_OVER_FLOOR = 1.7


@dataclass(frozen=True)
class CodecRunConfig:
    """One codec run.

    Attributes:
        pool: Folder of rendered scenes.
        run: Folder of the run.
        quiet_share: Share of silent patches kept in the fit.
        seed: Seed of the choice of silent patches.
        codec: Sizes.
    """

    pool: str
    run: str
    quiet_share: float = 0.1
    seed: int = 1
    codec: CodecConfig = field(default_factory=CodecConfig)


def sounding_patches(mels: Tensor) -> Tensor:
    """Which patches of (B, F, M) rise above the floor, bool (B * F / 4,)."""
    patches = mels.reshape(-1, MEL_FRAMES_PER_TOKEN * MEL_BANDS)
    return patches.amax(1) > torch.tensor(MEL_FLOOR).log() + LOUD_OVER_FLOOR


def train_codec(
    config: CodecRunConfig, *, listener: ProgressListener, config_file: Path | None = None
) -> Path:
    """Fit, measure on held-out stems, save; returns the checkpoint."""
    pool = load_pool(Path(config.pool), "train")
    listener(Progress("fit codec", 0, 2))
    patches = pool.stem_mel.reshape(-1, MEL_FRAMES_PER_TOKEN, MEL_BANDS)
    chance = torch.Generator().manual_seed(config.seed)
    keep = sounding_patches(pool.stem_mel) | (torch.rand(len(patches), generator=chance) < config.quiet_share)
    codec = MelCodec(config.codec)
    kept = codec.fit(patches[keep].float())
    listener(Progress("fit codec", 1, 2, f"variance kept {kept:.4f}"))
    run = RunDirectory(Path(config.run), config_file)
    held_out = load_pool(Path(config.pool), "held_out", classes=pool.classes)
    figures = measure_codec(codec, held_out.stem_mel[:16].float())
    run.log(1, {"variance_kept": kept, **figures})
    path = run.folder / "codec.safetensors"
    save_checkpoint(path, codec, family="codec", config=config.codec.to_json())
    listener(Progress("fit codec", 2, 2, " ".join(f"{k} {v:.3f}" for k, v in figures.items())))
    return path


def measure_codec(codec: MelCodec, mels: Tensor) -> dict[str, float]:
    """Mean absolute log-mel error where there is sound: of the latents, of Griffin-Lim, of both."""
    chance = torch.Generator().manual_seed(3)
    loud = mels > torch.tensor(MEL_FLOOR).log() + LOUD_OVER_FLOOR
    decoded = codec.decode(codec.encode(mels))
    inverted = log_mel(griffin_lim(mels, chance=chance))
    both = log_mel(griffin_lim(decoded, chance=chance))
    return {
        "latent_l1": float((decoded - mels).abs()[loud].mean()),
        "griffin_lim_l1": float((inverted - mels).abs()[loud].mean()),
        "codec_l1": float((both - mels).abs()[loud].mean()),
    }
