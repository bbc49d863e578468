"""msg-engine models: which models and adapters are here, and whether their weights are whole."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

import typer

from engine.adapter_cards import AdapterCard, DamagedAdapter, list_adapters
from engine.assets import asset_path
from engine.cli.documents import Document, adapter_fields, card_fields, headed
from engine.cli.options import AsJson, ModelsFolder
from engine.cli.output import answer, progress_shown
from engine.errors import CheckpointError, MissingComponentError
from engine.model_store import ModelCard, StarterModel, list_cards
from engine.progress import Progress

Verify = Annotated[bool, typer.Option("--verify", help="Read all weights and compare their hashes.")]


def models_command(
    verify: Verify = False, models_folder: ModelsFolder = None, as_json: AsJson = False
) -> None:
    """List models and the user's adapters with their cards; --verify fails if a model is damaged."""
    folder = models_folder or asset_path("models")
    cards = list_cards(folder)
    if not cards:
        raise MissingComponentError(f"There is no model in {folder}: reinstall, or choose --models-folder.")
    rows = []
    with progress_shown(as_json=as_json) as listener:
        for number, card in enumerate(cards, start=1):
            rows.append(_row(card, verify=verify))
            listener(Progress("read models", number, len(cards), card.name))
    adapters = list_adapters()
    fields: Document = {"models": rows, "adapters": [adapter_fields(one) for one in adapters]}
    text = chain(_lines(rows), map(_adapter_line, adapters))
    answer(headed("models", fields), text, as_json=as_json)


def _row(card: ModelCard, *, verify: bool) -> Document:
    """A model's card, classes, and what is wrong with it.

    Raises:
        CheckpointError: When it is to be verified and its weights are absent or damaged.
    """
    row = {**card_fields(card), "classes": [], "verified": None, "problem": None}
    try:
        model = StarterModel(card)
        row["classes"] = list(model.generator.config.classes)
        if verify:
            _read_all(model)
            row["verified"] = True
    except CheckpointError as problem:
        if verify:
            raise
        row["problem"] = str(problem)
    return row


def _read_all(model: StarterModel) -> None:
    """Load every part, which compares its hash with the card's."""
    for _ in (model.cavp, model.codec, model.generator):
        continue


def _lines(rows: list[Document]) -> Iterator[str]:
    for row in rows:
        size = row["bytes_total"] / 1e6
        yield f"{row['name']} {row['version']} ({row['family']}, {size:.1f} MB), licence {row['licence']}"
        yield f"  from {row['source']}; trained with {row['trained_with']}"
        if row["problem"]:
            yield f"  PROBLEM: {row['problem']}"
        else:
            yield f"  {len(row['classes'])} classes: {', '.join(row['classes'])}"
        if row["verified"]:
            yield "  all weights are whole and the ones the card names"


def _adapter_line(adapter: AdapterCard | DamagedAdapter) -> str:
    if isinstance(adapter, DamagedAdapter):
        return f"adapter {adapter.name}  PROBLEM: {adapter.reason}"
    agreement = (
        "" if adapter.agreement is None else f", agrees with {adapter.agreement:.0%} of pairs kept apart"
    )
    return f"adapter {adapter.name} for {adapter.base_model}, {adapter.pairs} pairs{agreement}"
