"""Recipe: tune M_k on a file of pairs, measured on held-out scenes, and keep the adapter under a name."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.adapter_cards import AdapterCard, adapters_folder, check_adapter_name
from engine.adapter_file import save_adapter
from engine.atomic_file import written_atomically
from engine.checkpoint import file_sha256
from engine.codec.mel_codec import MelCodec
from engine.errors import InputError
from engine.generator.starter import StarterGenerator
from engine.model_store import list_cards
from engine.progress import ProgressListener, silent
from trainer.distributed import is_first
from trainer.evaluation.cavp import circumstances
from trainer.flow.train import load_codec
from trainer.preference.given import Network
from trainer.preference.held_out import HeldOutConfig, HeldOutMeasure
from trainer.preference.material import load_pairs
from trainer.preference.pairs import read_pairs
from trainer.preference.plots import Curve, draw_tuning
from trainer.preference.start import Start, StartConfig, open_start
from trainer.preference.tune import TuneConfig, Tuned, tune_on_pairs
from trainer.run_directory import RunDirectory

REPORT = "tuned.json"
ADAPTER_LICENCE = "as the weights it was tuned with"
SCHEMA = 1


@dataclass(frozen=True)
class TuneRunConfig:
    """One run of ``msg-train tune``.

    Attributes:
        run: Folder of the run.
        pairs: File of pairs.
        pool: Folder of the scenes whose held-out side it is measured on; empty to keep the last weights.
        adapter: Name under which the adapter is kept among the user's, empty for none.
        start: The generator M_k.
        held_out: How it is measured.
        tune: How it is tuned.

    Raises:
        InputError: When the name cannot be one, or all weights are tuned and an adapter is wanted.
    """

    run: str
    pairs: str
    pool: str = ""
    adapter: str = ""
    start: StartConfig = field(default_factory=StartConfig)
    held_out: HeldOutConfig = field(default_factory=HeldOutConfig)
    tune: TuneConfig = field(default_factory=TuneConfig)

    def __post_init__(self) -> None:
        if self.adapter:
            check_adapter_name(self.adapter)
            if self.tune.method != "lora":
                raise InputError("adapter = NAME needs [tune] method = 'lora': all weights give no adapter.")
        if self.pool and not self.tune.loop.evaluate_every:
            raise InputError(
                "pool = FOLDER measures while it tunes: give [tune.loop] evaluate_every, or leave pool out."
            )


def tune(
    config: TuneRunConfig, *, listener: ProgressListener = silent, config_file: Path | None = None
) -> Tuned:
    """Tune, report, and keep the adapter; started again, it goes on where it stopped.

    Raises:
        InputError: When pairs, scenes or settings do not fit.
        CheckpointError: When weights are absent, damaged, or do not fit each other.
        DeviceError: When the wanted device is not there.
        WorkError: When a loss is no finite number; the weights saved before stay.
        RunStopped: When it was asked to stop.
    """
    start = open_start(config.start)
    codec = load_codec(Path(config.start.codec)) if config.pool else None
    measure = None if codec is None else _measure(config, start, codec)
    stored = read_pairs(Path(config.pairs))
    pairs = load_pairs(stored, classes=classes_of(start.network), listener=listener)
    run = RunDirectory(Path(config.run), config_file)
    found = tune_on_pairs(
        start.network,
        pairs,
        config.tune,
        run,
        base_sha256=start.generator_sha256,
        measure=measure,
        rule=config.held_out.rule,
        listener=listener,
    )
    if is_first():
        write_report(run, found)
        if config.adapter:
            keep_adapter(config.adapter, start, found, trained_with=f"{len(pairs)} pairs of {stored.path}")
    return found


def _measure(config: TuneRunConfig, start: Start, codec: MelCodec) -> HeldOutMeasure:
    return HeldOutMeasure(Path(config.pool), codec, config.held_out, classes_of(start.network))


def classes_of(network: Network) -> tuple[str, ...]:
    """Sound classes of a generator; an MM-DiT has none."""
    return network.config.classes if isinstance(network, StarterGenerator) else ()


def keep_adapter(name: str, start: Start, found: Tuned, *, trained_with: str) -> AdapterCard:
    """Write the adapters of a tuned network and their card among the user's.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    card = AdapterCard(
        name=name,
        base_model=name_of_base(start.generator_sha256),
        base_sha256=start.generator_sha256,
        sha256=file_sha256(found.weights),
        rank=0,  # taken from the network
        alpha=0.0,
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        trained_with=trained_with,
        pairs=int(found.counts["pairs"]),
        agreement=None,
        licence=ADAPTER_LICENCE,
        folder=adapters_folder() / name,
    )
    return save_adapter(card.folder, start.network, card)


def name_of_base(sha256: str) -> str:
    """Name of the bundled model whose generator has these weights, "own weights" where none has."""
    return next(
        (card.name for card in list_cards() if any(part.sha256 == sha256 for part in card.parts)),
        "own weights",
    )


def write_report(run: RunDirectory, found: Tuned) -> None:
    """Write tuned.json and tuned.png into the run's folder.

    Raises:
        WriteError: When the disk refuses.
    """
    with written_atomically(run.folder / REPORT) as temporary:
        report = {"schema": SCHEMA, **found.figures(), **circumstances()}
        temporary.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    lines = progress_lines(run)
    names = ("chosen", "rejected", "chosen_reference", "rejected_reference", "accuracy")
    curves = {name: curve_of(lines, f"_{name}") for name in names}
    held_out = {name: [(0.0, value), *curve_of(lines, name)] for name, value in found.start.items()}
    draw_tuning(curves, held_out, run.folder / "tuned.png")


def progress_lines(run: RunDirectory) -> list[dict[str, Any]]:
    """The reports of a run, oldest first; none for one that took no step."""
    if not run.progress_file.is_file():
        return []
    return [json.loads(line) for line in run.progress_file.read_text(encoding="utf-8").splitlines()]


def curve_of(lines: Iterable[dict[str, Any]], name: str) -> Curve:
    """Steps and values of one figure of a run."""
    return [(float(line["step"]), float(line[name])) for line in lines if name in line]
