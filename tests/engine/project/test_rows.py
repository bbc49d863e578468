import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.project.damage import DamagedProjectError
from engine.project.project import (
    DEFAULT_LANES,
    PERSPECTIVES,
    STATUSES,
    EventSetup,
    Lane,
    Marker,
    Project,
    new_project,
)
from engine.project.rows import project_of, tables_of
from engine.project.votes import VERDICTS, HeardTake, Vote
from engine.records import AudioInfo, ClipInfo, Event, HitPoint, Score, Take, TakeLayer
from engine.timecode import project_rate
from engine.timing import TimeRange
from tests.engine.project.samples import SCORE, clip, event, full_project, take

FOLDER = Path("/projects/Film.msgproj")

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
names = st.text("abcdef0123456789", min_size=1, max_size=6)
number = st.floats(-1e9, 1e9)
whole = st.integers(-(2**40), 2**40)
ratio = st.fractions(min_value=Fraction(1, 1000), max_value=1000)
ranges = st.builds(lambda start, length: TimeRange(start, start + length), whole, st.integers(1, 2**30))
paths = names.map(lambda name: Path("/films") / f"{name}.mp4")
scores = st.builds(Score, number, number, number, number, number, st.booleans())
sounds = st.builds(AudioInfo, text, st.integers(1, 2**20), st.integers(1, 64), whole)
clips = st.builds(
    ClipInfo, paths, text, whole, ratio, st.booleans(), whole, whole, whole, whole, ratio, whole, text, text,
    st.none() | sounds,
)  # fmt: skip
hits = st.lists(st.builds(HitPoint, whole, number), max_size=3).map(tuple)
setups = st.builds(
    EventSetup, text, text, text, text, st.sampled_from(PERSPECTIVES), st.booleans(),
    st.sampled_from(STATUSES), text, whole, number, number, st.booleans(), whole, whole,
)  # fmt: skip
heard_takes = st.builds(HeardTake, text, text, whole, text, text, text, number, number, text)
votes = st.builds(
    Vote, names, text, text, ranges, text, heard_takes, heard_takes, st.sampled_from(VERDICTS),
    st.lists(text, max_size=2).map(tuple), st.booleans(), whole, number, text, text,
)  # fmt: skip
lanes = st.builds(Lane, st.just("x"), text, number, number, st.booleans(), st.booleans())


@st.composite
def projects(draw: st.DrawFn) -> Project:
    extra = draw(st.lists(lanes, max_size=1))
    event_ids = draw(st.lists(names, max_size=3, unique=True))
    lane_names = [lane.name for lane in (*DEFAULT_LANES, *extra)]
    events = tuple(
        Event(
            one,
            draw(st.sampled_from(lane_names)),
            draw(text),
            draw(ranges),
            draw(hits),
            draw(number),
            draw(text),
        )
        for one in event_ids
    )
    take_ids = draw(st.lists(names, max_size=4, unique=True)) if event_ids else []
    takes = tuple(draw_take(draw, one, draw(st.sampled_from(event_ids))) for one in take_ids)
    first_takes = {one.event_id: one.id for one in reversed(takes)}
    marks = st.sets(st.sampled_from(take_ids)) if take_ids else st.just(set())
    return Project(
        id=draw(names),
        name=draw(text),
        rate=project_rate(draw(ratio)),
        start_frame=draw(st.integers(0, 2**22)),
        clip=draw(st.none() | clips),
        lanes=(*DEFAULT_LANES, *extra),
        events=events,
        setups={one: draw(setups) for one in event_ids},
        takes=takes,
        chosen=frozenset(first_takes.values()) if draw(st.booleans()) else frozenset(),
        starred=frozenset(draw(marks)),
        rejected=frozenset(draw(marks)),
        votes=tuple(draw(st.lists(votes, max_size=2, unique_by=lambda vote: vote.id))),
        markers=tuple(draw(st.lists(st.builds(Marker, whole, text, text), max_size=2))),
        settings=draw(st.dictionaries(names, text | whole | number | st.booleans(), max_size=3)),
    )


def draw_take(draw: st.DrawFn, take_id: str, event_id: str) -> Take:
    return replace(
        take(take_id, event_id, FOLDER / "takes" / "ab"),
        range=draw(ranges),
        seed=draw(st.integers(0, 2**63 - 1)),
        guidance=draw(number),
        prompt=draw(text),
        seconds=draw(number),
        score=draw(scores),
        layers=tuple(draw(st.lists(st.builds(TakeLayer, text, ranges), max_size=2))),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(projects())
def test_rows_give_the_same_project_again(project: Project) -> None:
    assert project_of(tables_of(project, FOLDER), FOLDER) == project
    assert project_of(tables_of(project, None), None) == project


def test_paths_below_the_project_are_relative(tmp_path: Path) -> None:
    folder = tmp_path / "Film.msgproj"
    project = new_project("Film", clip(tmp_path / "film.mp4")).with_event(event("e1"))
    tables = tables_of(project.with_takes([take("t1", "e1", folder / "takes" / "ab")]), folder)
    assert tables["take"][0]["path"] == "takes/ab/t1.wav"
    assert tables["asset"][0]["relative_path"] == "../film.mp4"
    assert tables["asset"][0]["absolute_hint"] == (tmp_path / "film.mp4").as_posix()


def test_film_is_found_beside_the_project_that_moved_with_it(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    new.mkdir()
    (new / "film.mp4").touch()
    tables = tables_of(new_project("Film", clip(old / "film.mp4")), old / "Film.msgproj")
    found = project_of(tables, new / "Film.msgproj").clip
    assert found is not None
    assert found.path == new / "film.mp4"


def test_film_that_is_nowhere_keeps_its_old_place(tmp_path: Path) -> None:
    tables = tables_of(new_project("Film", clip(tmp_path / "film.mp4")), tmp_path / "Film.msgproj")
    found = project_of(tables, tmp_path / "elsewhere" / "Film.msgproj").clip
    assert found is not None
    assert found.path == tmp_path / "film.mp4"


def test_numbers_that_are_none_come_back_as_none(tmp_path: Path) -> None:
    score = replace(SCORE, offset_ms=math.nan, reward=math.inf, measurable=False)
    odd = replace(take("t1", "e1", tmp_path), score=score)
    tables = tables_of(new_project("Film").with_event(event("e1")).with_takes([odd]), tmp_path)
    assert (tables["score"][0]["offset_ms"], tables["score"][0]["reward"]) == (None, None)
    again = project_of(tables, tmp_path).takes[0].score
    assert math.isnan(again.offset_ms)
    assert (again.slow, again.measurable) == (0.25, False)


def test_seed_too_large_for_the_file_is_named(tmp_path: Path) -> None:
    odd = replace(take("t1", "e1", tmp_path), seed=2**63)
    with pytest.raises(InputError, match="t1 has seed 9223372036854775808"):
        tables_of(new_project("Film").with_event(event("e1")).with_takes([odd]), tmp_path)


def test_file_name_that_is_not_unicode_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not valid Unicode: rename"):
        tables_of(new_project("Film", clip(tmp_path / "film\udcff.mp4")), tmp_path)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("meta", "fps_den", 0),
        ("meta", "name", None),
        ("event", "lane", "drums"),
        ("event", "start_samples", "soon"),
        ("event", "status", "lost"),
        ("take", "end_samples", 0),
        ("vote", "document", "{}"),
        ("setting", "value", "{"),
    ],
)
def test_rows_that_do_not_fit_together_are_damage(
    tmp_path: Path, table: str, column: str, value: str | int | None
) -> None:
    tables = tables_of(full_project(tmp_path, tmp_path / "film.mp4"), tmp_path)
    tables[table][0] = {**tables[table][0], column: value}
    with pytest.raises(DamagedProjectError, match="does not fit together"):
        project_of(tables, tmp_path)


def test_missing_score_is_damage(tmp_path: Path) -> None:
    tables = tables_of(full_project(tmp_path, tmp_path / "film.mp4"), tmp_path)
    with pytest.raises(DamagedProjectError):
        project_of({**tables, "score": []}, tmp_path)
