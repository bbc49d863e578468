"""The models at hand: cards read, weights checked by hash, networks loaded once.

A model is a folder with ``card.json`` and its parts. The card names the family, licence,
sizes, sources and the SHA-256 of every part.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from engine.adapter_cards import AdapterCard
from engine.adapter_file import put_on, take_off
from engine.assets import asset_path
from engine.cavp.model import SFCAVP, CavpConfig
from engine.checkpoint import Checkpoint, load_checkpoint, load_into
from engine.codec.decoder import DecoderConfig, NoiseBranchDecoder
from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.errors import CheckpointError, InputError
from engine.generator.starter import StarterConfig, StarterGenerator

CARD_FILE = "card.json"
CARD_SCHEMA = 1
BUNDLED = "starter"

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class PartCard:
    """One weights file of a model."""

    name: str
    file: str
    family: str
    sha256: str
    parameters: int


@dataclass(frozen=True)
class ModelCard:
    """What a model is.

    Attributes:
        name: Name it is asked for by ("starter").
        family: "starter" or "mmaudio".
        version: Version of the weights.
        sample_rate_hz: Rate the model works at.
        licence: Licence of the weights.
        source: Where they come from.
        trained_with: What they were trained on, in words.
        parts: Weights files.
        folder: Where it lies.
        bytes_total: Size of all parts.
    """

    name: str
    family: str
    version: str
    sample_rate_hz: int
    licence: str
    source: str
    trained_with: str
    parts: tuple[PartCard, ...]
    folder: Path
    bytes_total: int

    def has_part(self, name: str) -> bool:
        """Whether the model brings a part of this name."""
        return any(part.name == name for part in self.parts)

    def part(self, name: str) -> PartCard:
        """The part of a name.

        Raises:
            CheckpointError: When the model has no such part.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise CheckpointError(f"Model '{self.name}' in {self.folder} has no part '{name}': reinstall it.")


def read_card(folder: Path) -> ModelCard:
    """Read a model's card.

    Raises:
        CheckpointError: When it is absent, damaged or of a newer schema.
    """
    path = folder / CARD_FILE
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values["schema"] > CARD_SCHEMA:
            raise CheckpointError(
                f"Model card {path} has schema {values['schema']}, "
                f"this program knows {CARD_SCHEMA}: update it."
            )
        parts = tuple(PartCard(**part) for part in values["parts"])
        return ModelCard(
            **{key: values[key] for key in ("name", "family", "version", "sample_rate_hz")},
            **{key: values[key] for key in ("licence", "source", "trained_with")},
            parts=parts,
            folder=folder,
            bytes_total=sum((folder / p.file).stat().st_size for p in parts if (folder / p.file).is_file()),
        )
    except OSError as problem:
        raise CheckpointError(
            f"No model at {folder}: {path} cannot be read. Reinstall the model."
        ) from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise CheckpointError(
            f"Model card {path} is damaged ({problem!r}): put back the original."
        ) from problem


def list_cards(folder: Path | None = None) -> list[ModelCard]:
    """Cards of all models in the models folder (the bundled one when None)."""
    root = folder or asset_path("models")
    return [read_card(path.parent) for path in sorted(root.glob(f"*/{CARD_FILE}"))]


def find_card(name: str, *, folder: Path | None = None) -> ModelCard:
    """The card of a model.

    Raises:
        InputError: When there is no model of this name.
        CheckpointError: When its card cannot be read, or the bundled model is gone.
    """
    root = folder or asset_path("models")
    if not (root / name).is_dir():
        if name == BUNDLED:
            raise CheckpointError(
                f"The bundled model '{name}' is missing from {root}: reinstall the program."
            )
        known = ", ".join(sorted(path.parent.name for path in root.glob(f"*/{CARD_FILE}"))) or "none"
        raise InputError(f"No model '{name}' in {root}; there are: {known}.")
    return read_card(root / name)


class StarterModel:
    """The starter's networks, each loaded when first asked for.

    Attributes:
        card: What the model is.
        adapter: The adapter its generator carries, None for none.

    Raises:
        CheckpointError: When a part is absent, damaged or not the one the card names.
    """

    def __init__(self, card: ModelCard) -> None:
        if card.family != "starter":
            raise CheckpointError(
                f"Model '{card.name}' is of family '{card.family}'; this engine runs 'starter' models."
            )
        self.card = card
        self.adapter: AdapterCard | None = None

    def use_adapter(self, card: AdapterCard | None) -> None:
        """Put an adapter on the generator in place of the one before; None leaves the base, bit for bit.

        Raises:
            CheckpointError: When it is damaged or made for other weights; the base is left then.
        """
        if (card and card.sha256) == (self.adapter and self.adapter.sha256):
            return
        take_off(self.generator)
        self.adapter = None
        if card is not None:
            put_on(self.generator, card, base_sha256=self.generator_sha256)
            self.adapter = card

    @cached_property
    def cavp(self) -> SFCAVP:
        """The alignment model."""
        return self._load("sf_cavp", lambda c: SFCAVP(CavpConfig.from_json(c)))

    @cached_property
    def codec(self) -> MelCodec:
        """The codec."""
        return self._load("codec", lambda c: MelCodec(CodecConfig(**c)))

    @cached_property
    def decoder(self) -> NoiseBranchDecoder | None:
        """The codec's decoder, None where the model leaves its mels to Griffin-Lim."""
        if not self.card.has_part("decoder"):
            return None
        return self._load("decoder", lambda c: NoiseBranchDecoder(DecoderConfig(**c)))

    @cached_property
    def generator(self) -> StarterGenerator:
        """The flow generator."""
        return self._load("generator", lambda c: StarterGenerator(StarterConfig.from_json(c)))

    @property
    def generator_sha256(self) -> str:
        """Hash of the generator's weights, as every take records it."""
        return self.card.part("generator").sha256

    @property
    def cavp_sha256(self) -> str:
        """Hash of the alignment model's weights, by which kept features are told apart."""
        return self.card.part("sf_cavp").sha256

    def _load(self, name: str, build: Callable[[dict[str, Any]], Network]) -> Network:
        part = self.card.part(name)
        checkpoint = load_checkpoint(self.card.folder / part.file, family=part.family)
        _check_hash(checkpoint, part)
        try:
            network = build(checkpoint.config)
        except (KeyError, TypeError) as problem:
            raise CheckpointError(
                f"Weights {checkpoint.path} have a config this program does not know ({problem}): update it."
            ) from problem
        load_into(network, checkpoint)
        return network.eval().requires_grad_(False)


def _check_hash(checkpoint: Checkpoint, part: PartCard) -> None:
    if checkpoint.sha256 != part.sha256:
        raise CheckpointError(
            f"Weights {checkpoint.path} have SHA-256 {checkpoint.sha256[:12]}..., the card says "
            f"{part.sha256[:12]}...: the file was changed or cut; put back the original."
        )
