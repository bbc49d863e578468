import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import ProjectError
from engine.project.damage import DamagedProjectError
from engine.project.database import (
    apply_changes,
    database_bytes,
    read_database,
    read_tables,
    schema_version_in,
    transaction,
)
from engine.project.project import new_project
from engine.project.rows import Tables, Value, tables_of
from engine.project.schema import create_tables
from tests.engine.project.samples import full_project


def in_any_order(tables: Tables, names: Tables) -> dict[str, set[frozenset[tuple[str, Value]]]]:
    return {table: {frozenset(row.items()) for row in tables[table]} for table in names}


def test_file_is_a_plain_database_without_write_ahead_log(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    path.write_bytes(database_bytes(tables_of(new_project("Film"), tmp_path)))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
        assert connection.execute("SELECT name FROM meta").fetchone()[0] == "Film"
    assert schema_version_in(path) == 1


def test_reading_gives_the_rows_written_and_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "project.db"
    tables = tables_of(full_project(tmp_path, tmp_path / "f.mp4"), tmp_path)
    path.write_bytes(database_bytes(tables))
    before = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    again = read_database(path)
    assert in_any_order(again, tables) == in_any_order(tables, tables)
    assert {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before


def test_only_rows_that_differ_are_written(tmp_path: Path) -> None:
    project = full_project(tmp_path, tmp_path / "f.mp4")
    first, second = tables_of(project, None), tables_of(project.without_event("e001"), None)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create_tables(connection)
        apply_changes(connection, before={}, after=first)
        assert apply_changes(connection, before=first, after=first) == 0
        # gone: event, its 2 hit points, 2 takes, 2 scores; moved up: the other event
        assert apply_changes(connection, before=first, after=second) == 8
        assert in_any_order(read_tables(connection), second) == in_any_order(second, second)


def test_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create_tables(connection)
        orphan: Tables = {"hit_point": [{"event_id": "e404", "position": 0, "sample": 1, "strength": 1.0}]}
        with pytest.raises(sqlite3.IntegrityError), transaction(connection):
            apply_changes(connection, before={}, after=tables_of(new_project("Film"), None) | orphan)
        assert connection.execute("SELECT count(*) FROM lane").fetchone()[0] == 0


@pytest.mark.parametrize(
    "content", [b"", b"plain text", b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_what_is_no_database_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "project.db").write_bytes(content)
    with pytest.raises(ProjectError, match=r"project\.db"):
        read_database(tmp_path / "project.db")


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_truncated_database_is_damage(tmp_path: Path, keep: float) -> None:
    whole = database_bytes(tables_of(full_project(tmp_path, tmp_path / "f.mp4"), tmp_path))
    (tmp_path / "project.db").write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(DamagedProjectError, match="is damaged"):
        read_database(tmp_path / "project.db")


def test_schema_version_of_another_file_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    assert schema_version_in(tmp_path / "a") is None
    assert schema_version_in(tmp_path / "absent") is None
