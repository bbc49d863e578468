"""The generator that a round starts from: its weights, an adapter on them, and the codec of its latents."""

from dataclasses import dataclass
from pathlib import Path

from engine.adapter_cards import WEIGHTS_FILE
from engine.adapter_file import attach, read_adapter
from engine.checkpoint import Checkpoint, load_checkpoint, load_into
from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.errors import CheckpointError, InputError
from engine.generator.mmdit import MMDiT, MMDiTConfig
from engine.generator.starter import StarterConfig, StarterGenerator
from trainer.preference.given import Network, frozen

STARTER, MMDIT = "starter_flow", "mmdit"
FAMILIES = (STARTER, MMDIT)


@dataclass(frozen=True)
class StartConfig:
    """Where M_k lies.

    Attributes:
        generator: Weights of the generator.
        codec: Weights of the codec; an MM-DiT needs none.
        adapter: Adapter on the generator (a file or its folder), empty for none.
        family: "starter_flow", or "mmdit" for an MM-DiT of the published layout.

    Raises:
        InputError: When the family is none of these.
    """

    generator: str = "assets/models/starter/generator.safetensors"
    codec: str = "assets/models/starter/codec.safetensors"
    adapter: str = ""
    family: str = STARTER

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise InputError(f"[start] family = '{self.family}': give {' or '.join(FAMILIES)}.")


@dataclass(frozen=True)
class Start:
    """M_k, loaded and frozen.

    Attributes:
        network: The generator, with its adapter if it has one.
        generator_sha256: Hash of its weights.
        adapter_sha256: Hash of the adapter, empty for none.
    """

    network: Network
    generator_sha256: str
    adapter_sha256: str


@dataclass(frozen=True)
class StarterStart:
    """M_k of the starter's family, with the codec of its latents.

    Attributes:
        generator: The generator, frozen.
        codec: Its codec, frozen.
        generator_sha256: Hash of its weights.
        adapter_sha256: Hash of the adapter, empty for none.
    """

    generator: StarterGenerator
    codec: MelCodec
    generator_sha256: str
    adapter_sha256: str


def open_start(config: StartConfig) -> Start:
    """Load a generator of either family, frozen.

    Raises:
        CheckpointError: When weights or adapter are absent, damaged, or do not fit each other.
    """
    stored = load_checkpoint(Path(config.generator), family=config.family)
    network = _network_of(stored, config.family)
    load_into(network, stored)
    adapter_sha256 = ""
    if config.adapter:
        path = Path(config.adapter)
        adapter = read_adapter(path / WEIGHTS_FILE if path.is_dir() else path)
        if adapter.base_sha256 != stored.sha256:
            raise CheckpointError(
                f"Adapter {path} was made for weights {adapter.base_sha256[:12]}..., {config.generator} has "
                f"{stored.sha256[:12]}...: give the generator it was made for."
            )
        attach(network, adapter, name=str(path))
        adapter_sha256 = adapter.sha256
    return Start(frozen(network), stored.sha256, adapter_sha256)


def _network_of(stored: Checkpoint, family: str) -> Network:
    try:
        if family == MMDIT:
            return MMDiT(MMDiTConfig.from_dict(stored.config))
        return StarterGenerator(StarterConfig.from_json(stored.config))
    except (KeyError, TypeError, ValueError) as problem:
        raise CheckpointError(
            f"Weights {stored.path} have a config this program does not know ({problem}): update it."
        ) from problem


def open_starter(config: StartConfig) -> StarterStart:
    """Load a generator of the starter's family with its codec, frozen.

    Raises:
        InputError: When the config is of another family, which makes its takes elsewhere.
        CheckpointError: When something is absent, damaged, or does not fit.
    """
    start = open_start(config)
    if not isinstance(start.network, StarterGenerator):
        raise InputError(
            f"[start] family = '{config.family}': candidates are made and ranked for '{STARTER}' here; "
            "an MM-DiT is tuned with `msg-train tune` on pairs whose features are stored."
        )
    stored = load_checkpoint(Path(config.codec), family="codec")
    codec = MelCodec(CodecConfig(**stored.config))
    load_into(codec, stored)
    return StarterStart(
        start.network, codec.eval().requires_grad_(False), start.generator_sha256, start.adapter_sha256
    )
