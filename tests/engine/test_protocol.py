import json
import math
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings

from engine.answers import EventsFound, Exported, FilmOpened, MapMade, Result, TakesMade
from engine.errors import InputError, WorkError
from engine.orders import (
    ExportStems,
    FindEvents,
    GenerateTakes,
    OpenFilm,
    Order,
    RegenerateRange,
    ScoreGuide,
    ScoreTake,
)
from engine.progress import Progress
from engine.protocol import (
    CancelJob,
    EngineMessage,
    Heartbeat,
    Hello,
    JobCancelled,
    JobDone,
    JobFailed,
    JobProgress,
    Message,
    Ready,
    StartFailed,
    StartJob,
    WindowMessage,
    decode,
    encode,
)
from engine.records import FoundEvent
from engine.timing import TimeRange
from tests.engine.project.samples import SCORE, clip, event, take
from tests.engine.project.test_rows import clips, hits, number, paths, ranges, scores, text

FILM, FOLDER, MAPS = Path("/films/Straße 7.mp4"), Path("/projects/x"), Path("/maps")
WHERE = TimeRange(48_000, 96_000)
TAKE = take("e001_s7", "e001", FOLDER)
AGAIN = GenerateTakes(FILM, event("e001"), "boots", "", 1, 9, 15, 2.5, FOLDER, MAPS, adapter="mine")

MESSAGES: list[Message] = [
    StartJob(1, OpenFilm(FILM)),
    StartJob(2, FindEvents(FILM, picture_only=True)),
    StartJob(3, GenerateTakes(FILM, event("e001"), "boots", "music", 4, 7, 15, 2.5, FOLDER, MAPS)),
    StartJob(7, RegenerateRange(FILM, TAKE, WHERE, 0.5, AGAIN)),
    StartJob(4, ScoreTake(FILM, TAKE, event("e001"), MAPS)),
    StartJob(5, ScoreGuide(FILM, WHERE, MAPS)),
    StartJob(6, ExportStems('{"a": "ä"}', FOLDER, preview=True, cue_sheet=False, heatmaps=True)),
    CancelJob(3),
    Hello(1, "0.1.0", 4711),
    Ready("starter", "a" * 64, "CC BY 4.0", "cpu"),
    StartFailed("CheckpointError", "No model"),
    Heartbeat(None),
    Heartbeat(3),
    JobProgress(3, Progress("denoise", 12, 25, "window 1 of 2")),
    JobDone(1, FilmOpened(clip(FILM))),
    JobDone(2, EventsFound((FoundEvent(event("e001"), "FEET_gravel", "gravel"),))),
    JobDone(3, TakesMade((TAKE, replace(TAKE, id="e001_s8", negative_prompt="music")))),
    JobDone(4, MapMade(MAPS / "a.npz")),
    JobDone(6, Exported(FOLDER, (FOLDER / "mix.wav",), -1.5)),
    JobFailed(3, "MediaError", "cannot be read"),
    JobCancelled(3),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.type)
def test_message_arrives_as_it_was_sent(message: Message) -> None:
    assert decode(encode(message)[4:]) == message


def test_every_kind_of_message_is_tried_above() -> None:
    known = {*get_args(WindowMessage), *get_args(EngineMessage)}
    assert {type(message) for message in MESSAGES} == known
    assert {type(one.order) for one in MESSAGES if isinstance(one, StartJob)} == set(get_args(Order))
    assert {type(one.result) for one in MESSAGES if isinstance(one, JobDone)} == set(get_args(Result))


def test_types_on_the_wire_are_all_different() -> None:
    kinds = (WindowMessage, EngineMessage, Order, Result)
    names = [
        field.default
        for kind in kinds
        for one in get_args(kind)
        for field in fields(one)
        if field.name == "type"
    ]
    assert len(names) == len(set(names)) == sum(len(get_args(kind)) for kind in kinds)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(clips, paths, ranges, hits, text, number, scores)
def test_records_keep_every_field(
    info: object,
    path: Path,
    where: TimeRange,
    points: tuple[object, ...],
    words: str,
    real: float,
    score: object,
) -> None:
    one = replace(event("e1"), range=where, hit_points=points, reason=words, confidence=real)
    made = replace(TAKE, path=path, range=where, score=score, prompt=words, guidance=real)
    for message in (
        JobDone(1, FilmOpened(info)),
        JobDone(2, TakesMade((made,))),
        StartJob(3, GenerateTakes(path, one, words, words, 1, 2, 3, real, path, path)),
    ):
        assert decode(encode(message)[4:]) == message


def test_score_that_is_no_number_stays_so() -> None:
    strange = replace(TAKE, score=replace(SCORE, offset_ms=math.nan, reward=-math.inf))
    arrived = decode(encode(JobDone(1, TakesMade((strange,))))[4:])
    assert isinstance(arrived, JobDone)
    assert isinstance(arrived.result, TakesMade)
    score = arrived.result.takes[0].score
    assert math.isnan(score.offset_ms)
    assert score.reward == -math.inf


def test_file_name_that_is_no_text_is_refused_where_it_starts() -> None:
    with pytest.raises(InputError, match="rename the file"):
        encode(StartJob(1, OpenFilm(Path("/films/\udcff.mp4"))))


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"type":"dance"}',
        b'{"type":"cancel job"}',
        b'{"type":"cancel job","job":"three"}',
        b'{"type":"start job","job":1,"order":{"type":"stop"}}',
    ],
)
def test_message_that_is_none_of_ours_is_refused(words: bytes) -> None:
    with pytest.raises(WorkError, match="restart the engine"):
        decode(words)


def test_hello_of_a_newer_engine_is_still_understood() -> None:
    words = json.dumps({"type": "hello", "protocol": 9, "version": "3.0", "pid": 1, "mood": "good"})
    assert decode(words.encode()) == Hello(9, "3.0", 1)


def test_protocol_is_light() -> None:
    probe = (
        "import sys, engine.protocol; print({'torch', 'av', 'PySide6', 'platformdirs'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
