"""The tables of project.db, their version, and the steps from older versions to this one."""

import sqlite3
from collections.abc import Callable, Mapping

from engine.errors import ProjectError
from engine.project.damage import DamagedProjectError

APPLICATION_ID = 0x4D534750  # "MSGP"
SCHEMA_VERSION = 1

# In the order rows are written: a table comes after those it refers to. With the primary key of each.
TABLES: Mapping[str, tuple[str, ...]] = {
    "meta": ("project_id",),
    "asset": ("id",),
    "lane": ("name",),
    "event": ("id",),
    "hit_point": ("event_id", "position"),
    "take": ("id",),
    "take_layer": ("take_id", "position"),
    "score": ("take_id",),
    "job": ("id",),
    "vote": ("id",),
    "marker": ("position",),
    "undo_log": ("number",),
    "setting": ("key",),
}

# Positions in samples at 48 kHz, picture positions in pts with a time base; never floats.
_VERSION_1 = """
CREATE TABLE meta (
    project_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    app_version TEXT NOT NULL,
    fps_num INTEGER NOT NULL,
    fps_den INTEGER NOT NULL,
    drop_frame INTEGER NOT NULL,
    exact INTEGER NOT NULL,
    start_frame INTEGER NOT NULL,
    sample_rate INTEGER NOT NULL
);
CREATE TABLE asset (
    id TEXT PRIMARY KEY,
    relative_path TEXT,
    absolute_hint TEXT,
    fingerprint TEXT NOT NULL,
    duration_samples INTEGER NOT NULL,
    fps_num INTEGER NOT NULL,
    fps_den INTEGER NOT NULL,
    variable_rate INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    rotation INTEGER NOT NULL,
    start_pts INTEGER NOT NULL,
    time_base_num INTEGER NOT NULL,
    time_base_den INTEGER NOT NULL,
    frame_count INTEGER NOT NULL,
    video_codec TEXT NOT NULL,
    pixel_format TEXT NOT NULL,
    audio_codec TEXT,
    audio_rate_hz INTEGER,
    audio_channels INTEGER,
    audio_duration_samples INTEGER
);
CREATE TABLE lane (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    gain_db REAL NOT NULL,
    pan REAL NOT NULL,
    muted INTEGER NOT NULL,
    solo INTEGER NOT NULL
);
CREATE TABLE event (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    lane TEXT NOT NULL REFERENCES lane (name),
    cat_id TEXT NOT NULL,
    start_samples INTEGER NOT NULL,
    end_samples INTEGER NOT NULL CHECK (end_samples > start_samples),
    confidence REAL NOT NULL,
    reason TEXT NOT NULL,
    prompt TEXT NOT NULL,
    negative_prompt TEXT NOT NULL,
    character TEXT NOT NULL,
    surface TEXT NOT NULL,
    perspective TEXT NOT NULL,
    on_screen INTEGER NOT NULL,
    status TEXT NOT NULL,
    note TEXT NOT NULL,
    handle_samples INTEGER NOT NULL,
    gain_db REAL NOT NULL,
    pan REAL NOT NULL,
    muted INTEGER NOT NULL,
    fade_in_samples INTEGER NOT NULL,
    fade_out_samples INTEGER NOT NULL
);
CREATE TABLE hit_point (
    event_id TEXT NOT NULL REFERENCES event (id),
    position INTEGER NOT NULL,
    sample INTEGER NOT NULL,
    strength REAL NOT NULL,
    PRIMARY KEY (event_id, position)
);
CREATE TABLE take (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    event_id TEXT NOT NULL REFERENCES event (id),
    path TEXT NOT NULL,
    start_samples INTEGER NOT NULL,
    end_samples INTEGER NOT NULL CHECK (end_samples > start_samples),
    seed INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    guidance REAL NOT NULL,
    prompt TEXT NOT NULL,
    negative_prompt TEXT NOT NULL,
    adapter TEXT NOT NULL,
    model TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    weights_licence TEXT NOT NULL,
    clip_fingerprint TEXT NOT NULL,
    device TEXT NOT NULL,
    batch INTEGER NOT NULL,
    threads INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    seconds REAL NOT NULL,
    chosen INTEGER NOT NULL,
    starred INTEGER NOT NULL,
    rejected INTEGER NOT NULL
);
CREATE TABLE take_layer (
    take_id TEXT NOT NULL REFERENCES take (id),
    position INTEGER NOT NULL,
    source_take_id TEXT NOT NULL,
    start_samples INTEGER NOT NULL,
    end_samples INTEGER NOT NULL,
    gain_db REAL NOT NULL,
    PRIMARY KEY (take_id, position)
);
CREATE TABLE score (
    take_id TEXT PRIMARY KEY REFERENCES take (id),
    reward REAL,
    slow REAL,
    fast REAL,
    offset_ms REAL,
    confidence REAL,
    measurable INTEGER NOT NULL
);
CREATE TABLE job (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES event (id),
    state TEXT NOT NULL,
    request TEXT NOT NULL
);
CREATE TABLE vote (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    blind INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE TABLE marker (
    position INTEGER PRIMARY KEY,
    sample INTEGER NOT NULL,
    text TEXT NOT NULL,
    colour TEXT NOT NULL
);
CREATE TABLE undo_log (
    number INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE INDEX take_of_event ON take (event_id);
"""

Migration = Callable[[sqlite3.Connection], None]

# Entry n takes a database of version n to version n + 1.
MIGRATIONS: Mapping[int, Migration] = {}


def create_tables(connection: sqlite3.Connection) -> None:
    """Make an empty database one of ours, at this version."""
    connection.executescript(_VERSION_1)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("PRAGMA foreign_keys = ON")


def version_of(connection: sqlite3.Connection) -> int:
    """Schema version of a database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def bring_up_to_date(
    connection: sqlite3.Connection,
    *,
    name: str,
    version: int = SCHEMA_VERSION,
    migrations: Mapping[int, Migration] = MIGRATIONS,
) -> None:
    """Check that a database is ours and whole, and take it to a schema version.

    Args:
        connection: The database, not the file on the disk: a copy in memory.
        name: What to call it in messages.
        version: The version wanted.
        migrations: Steps from each older version to the next.

    Raises:
        ProjectError: When it is another program's or newer than the version wanted.
        DamagedProjectError: When its content is not whole.
    """
    _check_ours(connection, name)
    found = version_of(connection)
    if found > version:
        raise ProjectError(newer_version(name, found, version))
    _check_whole(connection, name)
    for step in range(found, version):
        migrations[step](connection)
        connection.execute(f"PRAGMA user_version = {step + 1}")
    connection.execute("PRAGMA foreign_keys = ON")


def check_newer(connection: sqlite3.Connection, *, name: str) -> None:
    """Check that a database is ours and whole, of whatever version.

    Raises:
        ProjectError: When it is another program's.
        DamagedProjectError: When its content is not whole.
    """
    _check_ours(connection, name)
    _check_whole(connection, name)


def newer_version(name: str, found: int, known: int = SCHEMA_VERSION) -> str:
    """The message about a file of a newer program."""
    return (
        f"{name} has schema version {found}, this program reads up to version {known}. "
        "Update the program, or open a copy saved by the older one from the project's backup folder."
    )


def _check_ours(connection: sqlite3.Connection, name: str) -> None:
    found = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if found != APPLICATION_ID:
        raise ProjectError(
            f"{name} is a database of another program (application id {found:#x}, ours is "
            f"{APPLICATION_ID:#x}). Choose a project folder made by this program."
        )


def _check_whole(connection: sqlite3.Connection, name: str) -> None:
    faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if faults != ["ok"]:
        raise DamagedProjectError(f"{name} is damaged: {'; '.join(faults)}.")
    orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise DamagedProjectError(f"{name} is damaged: a row of table {orphans[0][0]} refers to nothing.")
