import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields

import pytest

from engine.errors import ProjectError
from engine.project.damage import DamagedProjectError
from engine.project.project import EventSetup
from engine.project.schema import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    TABLES,
    bring_up_to_date,
    create_tables,
    version_of,
)
from engine.records import Score, Take


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        create_tables(opened)
        yield opened


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def test_database_says_whose_it_is(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    assert version_of(connection) == SCHEMA_VERSION == 1


def test_tables_are_those_of_the_format(connection: sqlite3.Connection) -> None:
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == set(TABLES)


def test_every_field_of_our_records_has_a_column(connection: sqlite3.Connection) -> None:
    elsewhere = {"range", "score", "path", "layers"}
    assert {field.name for field in fields(Take)} - elsewhere <= columns(connection, "take")
    assert {field.name for field in fields(Score)} - {"reason"} <= columns(connection, "score")
    assert {field.name for field in fields(EventSetup)} <= columns(connection, "event")


def test_newer_version_is_named_with_ours_and_the_remedy(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 7")
    with pytest.raises(ProjectError, match="schema version 7, this program reads up to version 1. Update"):
        bring_up_to_date(connection, name="Film.msgproj")


def test_database_of_another_program_is_refused() -> None:
    with closing(sqlite3.connect(":memory:")) as other, pytest.raises(ProjectError, match="another program"):
        bring_up_to_date(other, name="history.db")


def test_migrations_run_one_after_the_other(connection: sqlite3.Connection) -> None:
    steps: list[int] = []
    migrations = {1: lambda _: steps.append(1), 2: lambda _: steps.append(2)}
    bring_up_to_date(connection, name="old", version=3, migrations=migrations)
    assert steps == [1, 2]
    assert version_of(connection) == 3


def test_row_that_refers_to_nothing_is_damage(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO hit_point VALUES ('e404', 0, 1, 1.0)")
    with pytest.raises(DamagedProjectError, match="hit_point refers to nothing"):
        bring_up_to_date(connection, name="Film")
