"""The cue table: one row per event, the accessible twin of the timeline."""

from engine.records import Event
from engine.timecode import format_timecode
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.record_table import Column, RecordTable


def make_event_table(model: ProjectModel) -> RecordTable[Event]:
    """A cue table that follows the open project."""
    columns: list[Column[Event]] = [
        Column("Cue", lambda event: event.id),
        Column("Lane", lambda event: event.lane),
        Column("Class", lambda event: event.cat_id),
        Column("In", lambda event: timecode_in(model, event), numeric=True),
        Column("Length", lambda event: f"{event.range.duration_s:.3f} s", numeric=True),
        Column("Hits", lambda event: str(len(event.hit_points)), numeric=True),
        Column("Takes", lambda event: str(len(model.project.takes_of(event.id))), numeric=True),
        Column("Sure", lambda event: f"{event.confidence:.0%}", numeric=True),
        Column("Status", lambda event: model.project.setup(event.id).status),
        Column("Why", lambda event: event.reason),
    ]
    table = RecordTable(columns, model)
    model.project_changed.connect(lambda: table.show_records(model.project.events))
    return table


def timecode_in(model: ProjectModel, event: Event) -> str:
    """Timecode at which an event begins."""
    project = model.project
    return format_timecode(project.rate, project.start_label, event.range.start_samples)
