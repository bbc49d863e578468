"""Tables in SQLite: whole into and out of the bytes of a file, and changes into an open database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.errors import ProjectError
from engine.project.damage import DamagedProjectError
from engine.project.rows import Row, Tables, Value
from engine.project.schema import TABLES, bring_up_to_date, check_newer, create_tables

_MAGIC = b"SQLite format 3\x00"


def database_bytes(tables: Tables) -> bytes:
    """A whole database file (journal_mode=DELETE) that holds these rows."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create_tables(connection)
        with transaction(connection):
            apply_changes(connection, before={}, after=tables)
        return connection.serialize()


def read_database(file: Path) -> Tables:
    """All rows of a database file, brought to this schema version; the file itself stays as it is.

    Raises:
        ProjectError: When it is absent, not ours or of a newer version.
        DamagedProjectError: When it is not whole.
    """
    with _opened_in_memory(file) as connection:
        bring_up_to_date(connection, name=str(file))
        return read_tables(connection)


def read_newer_database(file: Path) -> Tables:
    """The rows of a database of any later version, as far as it kept our tables.

    Raises:
        ProjectError: When it is absent or not ours.
        DamagedProjectError: When it is not whole, or a table of ours is gone from it.
    """
    with _opened_in_memory(file) as connection:
        check_newer(connection, name=str(file))
        return read_tables(connection)


def schema_version_in(file: Path) -> int | None:
    """Schema version a database file states in its header, None when it is no database."""
    try:
        with file.open("rb") as handle:
            header = handle.read(100)
    except OSError:
        return None
    # Offset 60 of the SQLite file format: user_version, big-endian.
    return int.from_bytes(header[60:64]) if len(header) == 100 and header.startswith(_MAGIC) else None


def read_tables(connection: sqlite3.Connection) -> Tables:
    """All rows of all our tables."""
    return {table: list(_rows(connection, table)) for table in TABLES}


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it; the connection must be in autocommit (isolation_level None)."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def apply_changes(connection: sqlite3.Connection, *, before: Tables, after: Tables) -> int:
    """Write what differs between two states of the tables; tables absent from `after` are left alone.

    Returns:
        How many rows were removed, added or changed.
    """
    changes = 0
    for table in reversed(after):
        for key in _keyed(table, before.get(table, [])).keys() - _keyed(table, after[table]).keys():
            _delete(connection, table, key)
            changes += 1
    for table in after:
        old = _keyed(table, before.get(table, []))
        for key, row in _keyed(table, after[table]).items():
            if old.get(key) != row:
                _put(connection, table, row)
                changes += 1
    return changes


@contextmanager
def _opened_in_memory(file: Path) -> Iterator[sqlite3.Connection]:
    """A copy in memory: no locks, no journal, nothing written beside a file in a synced folder."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ProjectError(f"Cannot read {file}: {error.strerror}.") from error
    if not content.startswith(_MAGIC):
        raise DamagedProjectError(f"{file} is not a database ({len(content)} bytes).")
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.deserialize(content)
            yield connection
        except sqlite3.Error as error:
            raise DamagedProjectError(f"{file} is damaged: {error}.") from error


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    cursor = connection.execute(f"SELECT * FROM {table} ORDER BY {', '.join(TABLES[table])}")
    names = [column[0] for column in cursor.description]
    for values in cursor:
        yield dict(zip(names, values, strict=True))


def _keyed(table: str, rows: list[Row]) -> dict[tuple[Value, ...], Row]:
    return {tuple(row[column] for column in TABLES[table]): row for row in rows}


def _delete(connection: sqlite3.Connection, table: str, key: tuple[Value, ...]) -> None:
    where = " AND ".join(f"{column} = ?" for column in TABLES[table])
    connection.execute(f"DELETE FROM {table} WHERE {where}", key)


def _put(connection: sqlite3.Connection, table: str, row: Row) -> None:
    """Insert a row or change it in place; replacing it would break the rows that refer to it."""
    columns = ", ".join(row)
    marks = ", ".join("?" * len(row))
    updates = ", ".join(f"{column} = excluded.{column}" for column in row if column not in TABLES[table])
    connection.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({marks}) "
        f"ON CONFLICT ({', '.join(TABLES[table])}) DO UPDATE SET {updates}",
        tuple(row.values()),
    )
