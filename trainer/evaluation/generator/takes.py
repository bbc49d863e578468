"""Takes of the generator for an evaluation: the one place here that asks it.

Letters: B takes, N tokens at 25 Hz, F = 4N mel frames, M bands, S samples at 44.1 kHz.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.checkpoint import load_checkpoint, load_into
from engine.codec.griffin_lim import griffin_lim
from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.features.mel import log_mel
from engine.generator.flow import draw_noise, sample
from engine.generator.guidance import GuidanceWeights
from engine.generator.starter import StarterConfig, StarterGenerator, StarterInputs
from engine.model_store import StarterModel, read_card


@dataclass(frozen=True)
class TakeSettings:
    """How takes are made.

    Attributes:
        steps: Euler steps.
        guidance: Guidance weight of all conditions.
        use_video: Whether the picture guides, beside the hit points.
        use_hits: Whether the hit points guide.
    """

    steps: int = 25
    guidance: float = 2.5
    use_video: bool = True
    use_hits: bool = True


@dataclass(frozen=True)
class Wish:
    """What should sound.

    Attributes:
        grid: (N, C, 8, 8) motion grid.
        control: (N, CONTROL_CHANNELS) hit points and activity.
        class_name: Sound class.
        own_picture: Whether the picture belongs to this sound; False drops it.
    """

    grid: Tensor
    control: Tensor
    class_name: str
    own_picture: bool = True


@dataclass(frozen=True)
class SoundMaker:
    """A generator with the codec that its latents belong to."""

    generator: StarterGenerator
    codec: MelCodec

    @torch.no_grad()
    def waves(self, wish: Wish, settings: TakeSettings, seeds: list[int]) -> Tensor:
        """Waveforms (B, S) of one take a seed."""
        yes = torch.ones(1, dtype=torch.bool)
        inputs = StarterInputs(
            grid=wish.grid[None].float(),
            control=wish.control[None].float(),
            classes=torch.tensor([self.generator.config.classes.index(wish.class_name)]),
            level=torch.zeros(1),
            keep_video=yes & (settings.use_video and wish.own_picture),
            keep_control=yes & settings.use_hits,
            keep_class=yes,
        )
        field = self.generator.guided_velocity(
            inputs, takes=len(seeds), guidance=GuidanceWeights.of(settings.guidance)
        )
        noise = draw_noise(seeds, len(wish.control), self.generator.config.latent_channels)
        return sound_of_mel(self.codec.decode(sample(field, noise, steps=settings.steps)), seed=seeds[0])

    def mels(self, wish: Wish, settings: TakeSettings, seeds: list[int]) -> Tensor:
        """Log-mels (B, F, M) of the sound of one take a seed."""
        return log_mel(self.waves(wish, settings, seeds))


def sound_of_mel(mel: Tensor, *, seed: int) -> Tensor:
    """Log-mels (B, F, M) as sound (B, S)."""
    return griffin_lim(mel, chance=torch.Generator().manual_seed(seed))


@torch.no_grad()
def through_codec(codec: MelCodec, mel: Tensor, *, seed: int) -> Tensor:
    """Log-mel (F, M) of a true sound through codec and waveform: what a perfect generator would reach."""
    return log_mel(sound_of_mel(codec.decode(codec.encode(mel[None])), seed=seed))[0]


def bundled_maker(model: Path) -> SoundMaker:
    """The generator of a model folder.

    Raises:
        CheckpointError: When the model is absent or damaged.
    """
    starter = StarterModel(read_card(model))
    return SoundMaker(starter.generator, starter.codec)


def maker_of_weights(folder: Path) -> SoundMaker:
    """A generator from ``generator.safetensors`` and ``codec.safetensors`` of any folder.

    Raises:
        CheckpointError: When one of them is absent or damaged.
    """
    stored = load_checkpoint(folder / "generator.safetensors", family="starter_flow")
    generator = StarterGenerator(StarterConfig.from_json(stored.config))
    load_into(generator, stored)
    kept = load_checkpoint(folder / "codec.safetensors", family="codec")
    codec = MelCodec(CodecConfig(**kept.config))
    load_into(codec, kept)
    return SoundMaker(generator.eval().requires_grad_(False), codec.eval().requires_grad_(False))
