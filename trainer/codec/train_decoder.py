"""Recipe: the codec's decoder, on sounds drawn on the fly from the training recordings."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.checkpoint import save_checkpoint
from engine.codec.decoder import DECODER_FAMILY, DecoderConfig, NoiseBranchDecoder
from engine.errors import InputError
from engine.features.mel import log_mel
from engine.progress import ProgressListener
from engine.timing import MEL_FRAMES_PER_TOKEN, MEL_HOP
from trainer.codec.losses import energy_distance, mel_error
from trainer.codec.sounds import SoundSource
from trainer.device import chosen_device
from trainer.distributed import is_first, joined_ranks, rank
from trainer.loop import LoopConfig, fit
from trainer.optimization import OptimizerConfig
from trainer.run_directory import RunDirectory
from trainer.scenes.bank import SoundBank, load_bank

DECODER_FILE = "decoder.safetensors"
SEEDS_APART = 104_729  # sounds and noise of one process are not those of another
HELD_OUT_SOUNDS = 12


@dataclass(frozen=True)
class DecoderRunConfig:
    """One decoder run.

    Attributes:
        run: Folder of the run.
        batch: Sounds a step and process.
        frames: Mel frames of a sound.
        mel_weight: Weight of the mel error beside the energy distance.
        threads: CPU threads.
        sizes: Sizes of the network.

    Raises:
        InputError: When the sounds are shorter than a second.
    """

    run: str
    batch: int = 12
    frames: int = 100
    mel_weight: float = 1.0
    threads: int = 1
    sizes: DecoderConfig = field(default_factory=DecoderConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)

    def __post_init__(self) -> None:
        if self.frames < 4 * MEL_FRAMES_PER_TOKEN:
            raise InputError(f"[decoder] frames = {self.frames}: give at least {4 * MEL_FRAMES_PER_TOKEN}.")


@dataclass(frozen=True)
class TrainedDecoder:
    """What a run leaves.

    Attributes:
        checkpoint: The averaged weights.
        figures: Their mel error on held-out sounds, and that of the noise they start from.
    """

    checkpoint: Path
    figures: dict[str, float]


def train_decoder(
    config: DecoderRunConfig, *, listener: ProgressListener, config_file: Path | None = None
) -> TrainedDecoder:
    """Train the decoder; started again, an interrupted run goes on.

    Raises:
        InputError: When there is no sound bank.
        DeviceError: When the device is not there.
        RunStopped: When it was asked to stop; the run goes on from its last state when started again.
    """
    torch.set_num_threads(config.threads)
    device = chosen_device(config.loop.device)
    source, held_out = SoundSource(load_bank("train")), held_out_sounds(load_bank("held_out"), config)
    torch.manual_seed(config.loop.seed)
    network = NoiseBranchDecoder(config.sizes)
    run = RunDirectory(Path(config.run), config_file)

    def losses(step: int, chance: torch.Generator) -> dict[str, Tensor]:
        own = torch.Generator().manual_seed(chance.initial_seed() + SEEDS_APART * rank())
        seed = int(torch.randint(2**62, (1,), generator=own))
        truth = source.mixed(config.batch, config.frames * MEL_HOP, np.random.default_rng(seed)).to(device)
        return decoder_losses(network, truth, chance=own, mel_weight=config.mel_weight)

    with joined_ranks(device):
        average = fit(
            run,
            network,
            losses,
            optimizer_config=config.optimizer,
            loop_config=config.loop,
            evaluate=lambda: held_out_errors(network, held_out.to(device)),
            listener=listener,
        )
        path = run.folder / DECODER_FILE
        average.swap(network)
        network.cpu().eval()
        if is_first():
            save_checkpoint(path, network, family=DECODER_FAMILY, config=config.sizes.to_json(), half=True)
    return TrainedDecoder(path, held_out_errors(network, held_out))


def decoder_losses(
    network: NoiseBranchDecoder, truth: Tensor, *, chance: torch.Generator, mel_weight: float
) -> dict[str, Tensor]:
    """Energy distance and mel error of two draws for each true sound (B, S)."""
    with torch.autocast(truth.device.type, enabled=False):
        mel = log_mel(truth)  # (B, F, M)
        twice = torch.cat([mel, mel])
        noise = network.shaped_noise(twice, chance)
    drawn = network(twice, noise)  # (2B, S)
    with torch.autocast(truth.device.type, enabled=False):
        first, second = drawn.float().chunk(2)
        error = mel_error(drawn, twice)
        return {"energy": energy_distance(first, second, truth), "mel": mel_weight * error}


def held_out_sounds(bank: SoundBank, config: DecoderRunConfig) -> Tensor:
    """The sounds (B, S) that follow a run, the same in every run."""
    rng = np.random.default_rng(config.loop.seed)
    return SoundSource(bank).mixed(HELD_OUT_SOUNDS, config.frames * MEL_HOP, rng)


@torch.no_grad()
def held_out_errors(network: NoiseBranchDecoder, truth: Tensor) -> dict[str, float]:
    """Mel error of the decoder and of the noise it starts from, on true sounds (B, S)."""
    mel = log_mel(truth)
    noise = network.shaped_noise(mel, torch.Generator().manual_seed(1))
    made = network(mel, noise)
    return {
        "held_out_mel_error": float(mel_error(made, mel)),
        "held_out_noise_mel_error": float(mel_error(noise, mel)),
    }
