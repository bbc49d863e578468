from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.errors import OutputLocationError, WriteError
from engine.project.backups import BACKUPS, back_up, list_backups
from engine.project.database import database_bytes
from engine.project.project import new_project
from engine.project.rows import tables_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "project.db"
    path.write_bytes(database_bytes(tables_of(new_project("Film"), tmp_path)))
    return path


def test_first_save_has_nothing_to_copy(tmp_path: Path) -> None:
    assert back_up(tmp_path / "project.db", now=NOW) is None
    assert list(tmp_path.iterdir()) == []


def test_copy_is_the_database_as_it_was(database: Path) -> None:
    copy = back_up(database, now=NOW)
    assert copy == database.parent / BACKUPS / "project-20261123T120000.000000Z.db"
    assert copy.read_bytes() == database.read_bytes()
    assert list_backups(database.parent) == [copy]


def test_at_most_twenty_copies_stay_and_the_newest_are_among_them(database: Path) -> None:
    copies = [back_up(database, now=NOW + timedelta(minutes=minute)) for minute in range(30)]
    assert list_backups(database.parent) == copies[:9:-1]


def test_older_copies_thin_out_to_one_an_hour_and_one_a_day(database: Path) -> None:
    for hours in range(30, 0, -1):
        for minutes in (50, 40):
            back_up(database, now=NOW - timedelta(hours=hours, minutes=minutes))
    for minute in range(8):
        back_up(database, now=NOW + timedelta(minutes=minute))
    times = [path.stem.split("-")[1][:11] for path in list_backups(database.parent)]
    assert len(times) <= 20
    assert times[:8] == ["20261123T12"] * 8
    assert len(set(times[8:])) == len(times[8:])


def test_one_copy_of_each_earlier_day_is_kept(database: Path) -> None:
    for day in range(9, -1, -1):
        for hour in (2, 1):
            back_up(database, now=NOW - timedelta(days=day, hours=hour))
    days = [path.stem.split("-")[1][6:8] for path in list_backups(database.parent)]
    # the eight newest copies whatever their day, then one for each day before
    assert days == ["23", "23", "22", "22", "21", "21", "20", "20", "19", "18", "17", "16", "15", "14"]


def test_copies_of_another_schema_and_damaged_ones_are_never_thinned(database: Path) -> None:
    whole = database.read_bytes()
    database.write_bytes(whole[:60] + (0).to_bytes(4, "big") + whole[64:])
    old = back_up(database, now=NOW - timedelta(days=900))
    database.write_bytes(whole[:5000])
    damaged = back_up(database, now=NOW - timedelta(days=800))
    database.write_bytes(whole)
    for minute in range(30):
        back_up(database, now=NOW + timedelta(minutes=minute))
    assert old is not None
    assert old.name == "project-20240606T120000.000000Z-schema0.db"
    assert old.is_file()
    assert damaged is not None
    assert damaged.name.startswith("damaged-")
    assert damaged.is_file()
    assert damaged not in list_backups(database.parent)


def test_file_in_place_of_the_backup_folder_is_named(database: Path) -> None:
    (database.parent / BACKUPS).write_text("")
    with pytest.raises((OutputLocationError, WriteError), match=BACKUPS):
        back_up(database, now=NOW)
