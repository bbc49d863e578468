"""Gather trained parts into a model folder with its card, as the studio loads it."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.checkpoint import file_sha256, load_checkpoint
from engine.codec.decoder import DECODER_FAMILY
from engine.errors import InputError
from engine.model_store import CARD_FILE, CARD_SCHEMA, PartCard
from trainer.scenes.bank import bank_folder

LARGEST_BYTES = 40_000_000
ATTRIBUTION_FILE = "sound_bank.csv"


@dataclass(frozen=True)
class StarterExport:
    """Where the parts come from and what the card says.

    Attributes:
        sf_cavp: Checkpoint of the alignment model.
        codec: Checkpoint of the codec.
        generator: Checkpoint of the generator.
        decoder: Checkpoint of the codec's decoder, empty where Griffin-Lim won
            (`msg-train evaluate codec`).
        folder: Model folder to fill.
        version: Version of the weights.
        trained_with: What they were trained on, in words.
    """

    sf_cavp: str
    codec: str
    generator: str
    folder: str = "assets/models/starter"
    version: str = "0.1"
    trained_with: str = ""
    decoder: str = ""


def export_starter(export: StarterExport) -> Path:
    """Copy the parts, write the card and the attribution list; returns the card.

    Raises:
        CheckpointError: When a part is not what it should be.
        InputError: When the parts together are larger than a bundled model may be.
    """
    folder = Path(export.folder)
    folder.mkdir(parents=True, exist_ok=True)
    families = {"sf_cavp": "sf_cavp", "codec": "codec", "generator": "starter_flow"}
    if export.decoder:
        families["decoder"] = DECODER_FAMILY
    parts = [
        _copy_part(Path(getattr(export, name)), folder, name=name, family=family)
        for name, family in families.items()
    ]
    total = sum((folder / part.file).stat().st_size for part in parts)
    if total > LARGEST_BYTES:
        raise InputError(f"The parts take {total} bytes together; a bundled model may take {LARGEST_BYTES}.")
    shutil.copyfile(bank_folder() / "manifest.csv", folder / ATTRIBUTION_FILE)
    card = {
        "schema": CARD_SCHEMA,
        "name": folder.name,
        "family": "starter",
        "version": export.version,
        "sample_rate_hz": 44_100,
        "licence": "CC BY 4.0",
        "source": "trained by MultiSoundGen Studio's own msg-train",
        "trained_with": export.trained_with,
        "parts": [asdict(part) for part in parts],
    }
    path = folder / CARD_FILE
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _copy_part(source: Path, folder: Path, *, name: str, family: str) -> PartCard:
    checkpoint = load_checkpoint(source, family=family)
    target = folder / f"{name}.safetensors"
    shutil.copyfile(source, target)
    count = sum(value.numel() for value in checkpoint.state.values())
    return PartCard(name=name, file=target.name, family=family, sha256=file_sha256(target), parameters=count)
