"""The user's adapters: where they lie, and what each one is for, without loading a weight.

An adapter is a folder ``NAME`` with ``adapter.json`` (its card) and ``adapter.safetensors``.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

from engine.atomic_file import written_atomically
from engine.errors import CheckpointError, InputError, OutputLocationError

FOLDER_VARIABLE = "MSG_ADAPTERS"
CARD_FILE = "adapter.json"
WEIGHTS_FILE = "adapter.safetensors"
CARD_SCHEMA = 1
_NAME = re.compile(r"[\w][\w .+-]{0,63}")


@dataclass(frozen=True)
class AdapterCard:
    """What an adapter is.

    Attributes:
        name: Name it is asked for by; that of its folder.
        base_model: Name of the model it sits on ("starter").
        base_sha256: Hash of that model's generator weights.
        sha256: Hash of the adapter's weights.
        rank: Rank of its matrices.
        alpha: What it adds is multiplied by alpha / rank.
        created: Local time with its offset, ISO 8601.
        trained_with: What it was trained on, in words.
        pairs: Preference pairs it was trained on.
        agreement: Share of pairs kept apart that it ranks as its trainer did, None where not measured.
        licence: Licence of its weights.
        folder: Where it lies.
    """

    name: str
    base_model: str
    base_sha256: str
    sha256: str
    rank: int
    alpha: float
    created: str
    trained_with: str
    pairs: int
    agreement: float | None
    licence: str
    folder: Path

    @property
    def weights(self) -> Path:
        """File of its weights."""
        return self.folder / WEIGHTS_FILE


@dataclass(frozen=True)
class DamagedAdapter:
    """A folder among the adapters that holds none that can be used.

    Attributes:
        name: Its name.
        folder: Where it lies.
        reason: What is wrong and what to do, in words.
    """

    name: str
    folder: Path
    reason: str


def adapters_folder() -> Path:
    """Where the user's adapters lie: MSG_ADAPTERS where it is set, else the user's data folder."""
    told = os.environ.get(FOLDER_VARIABLE, "")
    if told:
        return Path(told)
    return platformdirs.user_data_path("MultiSoundGen Studio", appauthor=False) / "adapters"


def check_adapter_name(name: str) -> str:
    """A name that can be that of a folder on every system.

    Raises:
        InputError: When it cannot.
    """
    if not _NAME.fullmatch(name) or name != name.strip(" ."):
        raise InputError(
            f"An adapter cannot be called {name!r}: give letters, digits, spaces and . + - _, 64 at most."
        )
    return name


def list_adapters(folder: Path | None = None) -> list[AdapterCard | DamagedAdapter]:
    """All adapters by name, those that cannot be used with the reason why.

    Args:
        folder: Where they lie, ``adapters_folder()`` when None.
    """
    root = folder or adapters_folder()
    if not root.is_dir():
        return []
    found = (path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [_card_or_damage(path) for path in sorted(found)]


def _card_or_damage(folder: Path) -> AdapterCard | DamagedAdapter:
    try:
        return read_adapter_card(folder)
    except CheckpointError as problem:
        return DamagedAdapter(folder.name, folder, str(problem))


def find_adapter(name: str, folder: Path | None = None) -> AdapterCard:
    """The card of an adapter.

    Args:
        name: Its name.
        folder: Where adapters lie, ``adapters_folder()`` when None.

    Raises:
        InputError: When there is none of this name.
        CheckpointError: When it is damaged.
    """
    root = folder or adapters_folder()
    known = [one.name for one in list_adapters(root)]
    if name not in known:
        raise InputError(f"No adapter '{name}' in {root}; there are: {', '.join(known) or 'none'}.")
    return read_adapter_card(root / name)


def read_adapter_card(folder: Path) -> AdapterCard:
    """The card in a folder.

    Raises:
        CheckpointError: When card or weights are absent, the card is damaged or newer than us.
    """
    path = folder / CARD_FILE
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if int(values.pop("schema")) > CARD_SCHEMA:
            raise CheckpointError(f"Adapter card {path} is of a newer program: update this one.")
        card = _card_of(values, folder)
    except OSError as problem:
        raise CheckpointError(
            f"Adapter {folder.name}: {path} cannot be read ({problem.strerror}). Remove the folder, "
            "or put back the file."
        ) from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise CheckpointError(
            f"Adapter card {path} is damaged ({problem!r}): put back the original, or train it again."
        ) from problem
    if not card.weights.is_file():
        raise CheckpointError(
            f"Adapter {folder.name}: its weights {card.weights} are not there. Put them back, "
            "or remove the folder."
        )
    return card


def _card_of(values: dict[str, Any], folder: Path) -> AdapterCard:
    words = ("base_model", "base_sha256", "sha256", "created", "trained_with", "licence")
    for name in words:
        if not isinstance(values[name], str):
            raise TypeError(f"{name} is no text")
    agreement = values["agreement"]
    return AdapterCard(
        name=folder.name,
        **{name: values[name] for name in words},
        rank=int(values["rank"]),
        alpha=float(values["alpha"]),
        pairs=int(values["pairs"]),
        agreement=None if agreement is None else float(agreement),
        folder=folder,
    )


def write_adapter_card(card: AdapterCard) -> Path:
    """Write a card into its folder, which is made where it is missing; returns the file.

    Raises:
        InputError: When the name cannot be that of a folder, or is not that of this one.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    if check_adapter_name(card.name) != card.folder.name:
        raise InputError(f"Adapter '{card.name}' lies in {card.folder}: its folder must have its name.")
    make_adapter_folder(card.folder)
    values = {key: value for key, value in asdict(card).items() if key != "folder"}
    path = card.folder / CARD_FILE
    with written_atomically(path) as temporary:
        temporary.write_text(json.dumps({"schema": CARD_SCHEMA, **values}, indent=1) + "\n", encoding="utf-8")
    return path


def make_adapter_folder(folder: Path) -> None:
    """Make the folder of an adapter.

    Raises:
        OutputLocationError: When it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputLocationError(
            f"Cannot make {folder} ({problem.strerror}): set {FOLDER_VARIABLE} to another place."
        ) from problem
