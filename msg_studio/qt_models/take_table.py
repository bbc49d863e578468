"""The takes of the selected event: how well each agrees with the picture, and how it was made."""

from engine.records import Take
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import Column, RecordTable


def make_take_table(model: ProjectModel) -> RecordTable[Take]:
    """A table of takes that follows the selection; the take that goes into the stem is named so."""
    columns: list[Column[Take]] = [
        Column("Take", lambda take: take.id),
        Column("In stem", lambda take: "● chosen" if take.id in model.project.chosen else ""),
        Column("Score", lambda take: f"{take.score.reward:.3f}", numeric=True),
        Column("Sync", lambda take: take.score.offset_in_words()),
        Column("Seed", lambda take: str(take.seed), numeric=True),
        Column("Steps", lambda take: str(take.steps), numeric=True),
        Column("Prompt", lambda take: take.prompt),
        Column("Model", lambda take: take.model),
    ]
    table = RecordTable(columns, model)
    model.selection_changed.connect(lambda: table.show_records(takes_of_selected(model)))
    return table


def takes_of_selected(model: ProjectModel) -> tuple[Take, ...]:
    """Takes of the selected event, none when none is selected."""
    return model.project.takes_of(model.selected.id) if model.selected else ()
