"""The takes of the selected event: how well each agrees with the picture, and how it was made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.records import Take
from msg_studio.answer_words import remade_words
from msg_studio.qt_models.offset_brief import offset_in_brief
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import Column, RecordTable

SHOWN_OF_HASH = 6


@dataclass(frozen=True)
class TakeRow:
    """What one row shows.

    Attributes:
        number: Place among the takes of its event, from 1; the key that plays it.
        take: The take.
        chosen: Whether it goes into the stem.
        rejected: Whether it is folded away.
        heard: Whether it is auditioned now.
        frame_ms: Length of a picture, for its offset.
        source: Number of the take it keeps a part of, None for a take of its own, 0 for one that is gone.
        remade: What of it was made anew, in words; empty for a take of its own.
        adapter: Name of the adapter that was on, the begin of its hash where it is gone, empty for none.
    """

    number: int
    take: Take
    chosen: bool
    rejected: bool
    heard: bool
    frame_ms: float
    source: int | None = None
    remade: str = ""
    adapter: str = ""

    @property
    def number_words(self) -> str:
        """Its number, and where it comes from: "5 ←2"."""
        if self.source is None:
            return str(self.number)
        return f"{self.number} ←{self.source or '?'}"

    @property
    def signs(self) -> str:
        """Its state as signs: chosen, rejected, playing now."""
        signs = {"★": self.chosen, "✕": self.rejected, "▶": self.heard}
        return "".join(sign for sign, true in signs.items() if true)

    @property
    def state_words(self) -> str:
        """Its state in words."""
        words = {"chosen": self.chosen, "rejected": self.rejected, "playing": self.heard}
        return ", ".join(word for word, true in words.items() if true) or "not chosen"


class TakeTable(RecordTable[TakeRow]):
    """Takes of the selected event, rejected ones left out until asked for.

    Args:
        model: The open project, and this table's owner.
    """

    def __init__(self, model: ProjectModel) -> None:
        super().__init__(take_columns(), model, key=lambda row: row.take.id, quiet=lambda row: row.rejected)
        self._model = model
        self._heard: str | None = None
        self._adapter_names: Mapping[str, str] = {}
        self._shows_rejected = False
        model.project_changed.connect(self._show)
        model.selection_changed.connect(self._show)
        self._show()

    @property
    def heard(self) -> str | None:
        """Id of the take that is auditioned now."""
        return self._heard

    @property
    def rejected_count(self) -> int:
        """How many takes of the selected event are rejected."""
        return sum(row.rejected for row in self._all_rows())

    def set_heard(self, take_id: str | None) -> None:
        """Mark the take that is auditioned now."""
        self._heard = take_id
        self._show()

    def set_adapter_names(self, names: Mapping[str, str]) -> None:
        """Call adapters by these names, given by their hash."""
        self._adapter_names = names
        self._show()

    def set_shows_rejected(self, shows: bool) -> None:
        """Show rejected takes too, or fold them away."""
        self._shows_rejected = shows
        self._show()

    def _show(self) -> None:
        self.show_records([row for row in self._all_rows() if self._shows_rejected or not row.rejected])

    def _all_rows(self) -> Iterator[TakeRow]:
        project, event = self._model.project, self._model.selected
        frame_ms = 1000 / float(project.rate.fps)
        takes = project.takes_of(event.id) if event else ()
        numbers = {take.id: number for number, take in enumerate(takes, start=1)}
        for number, take in enumerate(takes, start=1):
            yield TakeRow(
                number,
                take,
                take.id in project.chosen,
                take.id in project.rejected,
                take.id == self._heard,
                frame_ms,
                numbers.get(take.layers[0].source_take_id, 0) if take.layers else None,
                remade_words(project, take),
                self._adapter_names.get(take.adapter, take.adapter[:SHOWN_OF_HASH]),
            )


def take_columns() -> list[Column[TakeRow]]:
    """The columns, from left to right."""
    return [
        Column(
            "#",
            lambda row: row.number_words,
            numeric=True,
            tip=lambda row: f"Take {row.number}{row.remade and f': {row.remade}'}",
            about="Take number, and the key that plays it; ← the take of which a stretch was made anew",
        ),
        Column(
            "State",
            lambda row: row.signs,
            tip=lambda row: row.state_words,
            about="★ chosen: goes into the stem; ▶ playing; ✕ rejected",
            bare=True,
        ),
        Column("When", lambda row: score_words(row.take.score.fast), numeric=True, about="Fast score: when"),
        Column("What", lambda row: score_words(row.take.score.slow), numeric=True, about="Slow score: what"),
        Column(
            "Offset",
            lambda row: offset_in_brief(row.take.score),
            tip=lambda row: row.take.score.offset_in_words(frame_ms=row.frame_ms),
            about="How late or early the sound is, and how sure that is",
        ),
        Column("Length", lambda row: f"{row.take.range.duration_s:.2f} s", numeric=True),
        Column("Seed", lambda row: str(row.take.seed), numeric=True),
        Column("Model", model_badge, tip=provenance, about="Model, and the adapter that was on"),
    ]


def score_words(value: float) -> str:
    """Two decimals with a real minus sign; what rounds to nothing has none."""
    words = f"{value:.2f}"
    return words.replace("-", "" if float(words) == 0 else "\N{MINUS SIGN}")


def model_badge(row: TakeRow) -> str:
    """Name of the model, with that of the adapter where one was on."""
    return f"{row.take.model} + {row.adapter}" if row.adapter else row.take.model


def provenance(row: TakeRow) -> str:
    """What is needed to make the take again, in lines."""
    take = row.take
    remade = (f"{row.remade[0].upper()}{row.remade[1:]}",) if row.remade else ()
    return "\n".join(
        (
            *remade,
            f"Prompt: {take.prompt or '(none)'}",
            f"Not wanted: {take.negative_prompt or '(nothing named)'}",
            f"Seed {take.seed}, {take.steps} steps, guidance {take.guidance:g}",
            f"Model {take.model} {take.model_sha256[:SHOWN_OF_HASH]}, {take.weights_licence}",
            f"Made in {take.seconds:.1f} s on {take.device}",
        )
    )
