import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.answers import EventsFound, Exported, FilmOpened, MapMade, TakesMade
from engine.clip import open_clip
from engine.leak_detection import Leak
from engine.media.audio_file import read_take
from engine.orders import (
    ExportStems,
    FindEvents,
    GenerateTakes,
    OpenFilm,
    RegenerateRange,
    ScoreGuide,
    ScoreTake,
)
from engine.progress import CancelToken, silent
from engine.project.project import EventSetup, new_project
from engine.project.snapshot import project_to_json
from engine.project.take_files import sound_hash
from engine.protocol import CancelJob, JobCancelled, JobDone, JobFailed, JobProgress, Ready
from engine.records import Event, Take
from engine.scratch import Scratch
from engine.server_work import OrderWork
from engine.sync_map_file import guide_map_path, read_sync_map, take_map_path
from engine.take_sound import new_part
from engine.take_variety import mean_distance
from engine.timing import TimeRange
from engine.ucs import class_for
from tests.coded_film import even_pts, make_film
from tests.engine.engine_child import EVENT, EngineChild
from tests.engine.small_networks import CLASSES


@pytest.fixture(scope="module")
def engine(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineChild]:
    """An engine that is ready; tests share it, as orders share one engine."""
    options = ("--models-folder", models, "--threads", 1)
    child = EngineChild(("-m", "engine.server", *options), tmp_path_factory.mktemp("scratch"))
    child.until(Ready)
    yield child
    assert child.close() == 0


@pytest.fixture(autouse=True)
def forgotten(request: pytest.FixtureRequest) -> None:
    if "engine" in request.fixturenames:
        request.getfixturevalue("engine").heard.clear()


def wish(film: Path, folder: Path, **changes: object) -> GenerateTakes:
    wishes = {
        "film": film, "event": EVENT, "prompt": "metal", "negative_prompt": "music", "takes": 2, "seed": 5,
        "steps": 2, "guidance": 2.5, "folder": folder, "maps": folder / "maps",
    }  # fmt: skip
    return GenerateTakes(**{**wishes, **changes})


def made(engine: EngineChild, order: GenerateTakes) -> tuple[Take, ...]:
    result = engine.answer(order, JobDone).result
    assert isinstance(result, TakesMade)
    return result.takes


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_film_is_opened_and_the_second_time_not_read_again(engine: EngineChild, film: Path) -> None:
    result = engine.answer(OpenFilm(film), JobDone).result
    assert isinstance(result, FilmOpened)
    assert result.info == open_clip(film).info
    engine.heard.clear()
    engine.answer(OpenFilm(film), JobDone)
    assert engine.stages == []


def test_events_come_with_prompts_that_choose_their_class(engine: EngineChild, film: Path) -> None:
    result = engine.answer(FindEvents(film), JobDone).result
    assert isinstance(result, EventsFound)
    assert result.found
    for one in result.found:
        assert one.class_name in CLASSES
        assert class_for(one.event.cat_id, one.prompt).name == one.class_name
    assert engine.stages[-2:] == ["features", "find events"]


def test_takes_are_stored_scored_and_mapped(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    takes = made(engine, wish(film, tmp_path))
    assert [(take.id, take.seed) for take in takes] == [("e001_s5", 5), ("e001_s6", 6)]
    assert engine.stages[-4:] == ["features", "denoise", "decode", "score"]
    for take in takes:
        assert take.path == tmp_path / "takes" / take.sha256[:2] / f"{take.sha256}.wav"
        assert sound_hash(take.path) == take.sha256
        assert (take.event_id, take.prompt, take.negative_prompt) == ("e001", "metal", "music")
        film_of_take = take.clip_fingerprint
        path = take_map_path(tmp_path / "maps", take=take, event=EVENT, clip_fingerprint=film_of_take)
        assert read_sync_map(path).score.reward == pytest.approx(take.score.reward)
    assert len(files_below(tmp_path)) == 4


def test_takes_that_may_hold_speech_are_named_in_the_notice(
    models: Path, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.leak_detection.FAMILIES_WITHOUT_LEAKS", frozenset())
    monkeypatch.setattr("engine.leak_detection.detect_leak", lambda sound: Leak(0.8, 0.1))
    scratch = Scratch(tmp_path)
    work = OrderWork(model="starter", models_folder=models, threads=None, scratch=scratch)
    order = wish(film, tmp_path, negative_prompt="qwertz")
    result = work.do(order, listener=silent, cancel=CancelToken())
    scratch.remove()
    assert isinstance(result, TakesMade)
    assert "qwertz" in result.notice
    for name in ("e001_s5", "e001_s6"):
        assert f"{name} may hold speech (0.80): listen before you use it." in result.notice


def test_takes_come_with_how_much_they_differ(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    apart = engine.answer(wish(film, tmp_path), JobDone).result
    alike = engine.answer(wish(film, tmp_path, seed=9, variation=0.0), JobDone).result
    assert isinstance(apart, TakesMade)
    assert isinstance(alike, TakesMade)
    assert apart.distance is not None
    assert alike.distance is not None
    assert apart.distance > 4 * alike.distance


def test_other_events_and_unwanted_words_change_the_takes(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    plain = made(engine, wish(film, tmp_path, negative_prompt=""))
    beside = made(engine, wish(film, tmp_path, negative_prompt="", others=(class_for("AERO_jet").cat_id,)))
    worded = made(engine, wish(film, tmp_path, negative_prompt="jet"))
    assert plain[0].sha256 != beside[0].sha256 == worded[0].sha256


def test_a_range_is_made_anew_and_the_old_take_stays(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    (old,) = made(engine, wish(film, tmp_path, takes=1))
    where = TimeRange(old.range.start_samples + 20_000, old.range.start_samples + 30_000)
    order = RegenerateRange(film, old, where, 1.0, wish(film, tmp_path, takes=2, seed=20))
    result = engine.answer(order, JobDone).result
    assert isinstance(result, TakesMade)
    assert [take.id for take in result.takes] == ["e001_s5_r20", "e001_s5_r21"]
    assert len(result.joins) == 2
    before, after = read_take(old), [read_take(take) for take in result.takes]
    edge = result.joins[0].start_samples - old.range.start_samples
    assert all(np.array_equal(sound[:edge], before[:edge]) for sound in after)
    assert not np.array_equal(after[0], after[1])
    assert all(take.range == old.range for take in result.takes)
    remade = TimeRange(result.joins[0].start_samples, result.joins[1].end_samples)
    assert [take.remade for take in result.takes] == [remade, remade]
    assert {layer.source_take_id for take in result.takes for layer in take.layers} == {old.id}
    assert result.distance == mean_distance([new_part(take) for take in result.takes])
    refused = engine.answer(replace(order, where=where.shifted(10**7)), JobFailed)
    assert "leaves the take" in refused.message


def test_more_takes_of_an_event_keep_off_the_first_ones(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    takes = (*made(engine, wish(film, tmp_path)), *made(engine, wish(film, tmp_path, seed=7)))
    assert len({take.id for take in takes}) == len({take.path for take in takes}) == 4


def test_prompt_alone_chooses_the_class_of_an_event_without_one(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    nameless = replace(EVENT, cat_id="")
    assert len(made(engine, wish(film, tmp_path, event=nameless, prompt="steps on gravel", takes=1))) == 1
    failed = engine.answer(wish(film, tmp_path, event=nameless, prompt="xyzzy"), JobFailed)
    assert (failed.kind, "prompt 'xyzzy' names a sound" in failed.message) == ("InputError", True)


def test_progress_counts_the_steps(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    made(engine, wish(film, tmp_path, takes=1, steps=3))
    steps = [
        (message.progress.done, message.progress.total)
        for message in engine.heard
        if isinstance(message, JobProgress) and message.progress.stage == "denoise"
    ]
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_map_of_a_take_is_made_once(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    (take,) = made(engine, wish(film, tmp_path, takes=1))
    order = ScoreTake(film, take, replace(EVENT, range=TimeRange(0, 76_800)), tmp_path / "others")
    first = engine.answer(order, JobDone).result
    assert isinstance(first, MapMade)
    written = first.path.stat().st_mtime_ns
    assert read_sync_map(first.path).fast.shape == (40, 40)
    assert engine.answer(order, JobDone).result == first
    assert first.path.stat().st_mtime_ns == written


def test_damaged_map_is_made_again(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    order = ScoreGuide(film, EVENT.range, tmp_path)
    result = engine.answer(order, JobDone).result
    assert isinstance(result, MapMade)
    result.path.write_bytes(b"PK nonsense")
    engine.answer(order, JobDone)
    assert read_sync_map(result.path).fast.size


def test_production_sound_is_mapped_under_its_own_name(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    result = engine.answer(ScoreGuide(film, EVENT.range, tmp_path), JobDone).result
    fingerprint = open_clip(film).info.fingerprint
    path = guide_map_path(tmp_path, clip_fingerprint=fingerprint, where=EVENT.range)
    assert result == MapMade(path)


def test_silent_film_has_no_production_sound(engine: EngineChild, tmp_path: Path) -> None:
    mute = make_film(tmp_path / "mute.mp4", pts=even_pts(40, Fraction(25)))
    failed = engine.answer(ScoreGuide(mute, EVENT.range, tmp_path / "maps"), JobFailed)
    assert failed.message == "mute.mp4 has no production sound, so there is nothing to measure."
    assert not (tmp_path / "maps").exists()


def project_text(engine: EngineChild, film: Path, folder: Path, *, second: str = "suggested") -> str:
    """A project with two events that have a take each; the second in this status."""
    takes = made(engine, wish(film, folder, takes=1))
    info = open_clip(film).info
    project = new_project("Walk", info).with_event(EVENT, EventSetup(prompt="metal", status="approved"))
    other = Event("e002", "feet", "FEETHmn", TimeRange(48_000, 60_000), (), 1.0, "")
    more = made(engine, wish(film, folder, event=other, prompt="gravel", takes=1, seed=9))
    project = project.with_event(other, EventSetup(prompt="gravel", status=second))
    return project_to_json(project.with_takes((*takes, *more)))


def test_export_writes_what_was_asked_and_nothing_that_is_only_suggested(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "out"
    text = project_text(engine, film, tmp_path)
    order = ExportStems(text, out, preview=True, cue_sheet=True, heatmaps=True, creator="JDOE")
    result = engine.answer(order, JobDone).result
    assert isinstance(result, Exported)
    assert files_below(out) == {path.relative_to(out).as_posix() for path in result.files}
    names = files_below(out)
    assert {"mix.wav", "preview.mp4", "cues.csv", "heatmaps/e001_slow.png", "heatmaps/e001_fast.png"} < names
    assert len([name for name in names if name.startswith("stems/METLImpt")]) == 1
    assert not [name for name in names if "FEETHmn" in name]
    assert all("JDOE" in name for name in names if name.startswith("stems/"))
    assert len((out / "cues.csv").read_text(encoding="utf-8").splitlines()) == 2  # heading and one cue


def test_export_without_extras_writes_stems_and_mix_alone(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    text = project_text(engine, film, tmp_path, second="review")
    engine.answer(ExportStems(text, tmp_path / "out", preview=False, cue_sheet=False), JobDone)
    names = files_below(tmp_path / "out")
    assert {name.split("/")[0] for name in names} == {"stems", "mix.wav"}
    assert len([name for name in names if "FEETHmn" in name]) == 1


def test_export_of_nothing_is_refused(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    project = new_project("Walk", open_clip(film).info).with_event(EVENT)
    order = ExportStems(project_to_json(project), tmp_path / "out", preview=False, cue_sheet=False)
    failed = engine.answer(order, JobFailed)
    assert (failed.kind, "no accepted event" in failed.message.lower()) == ("InputError", True)
    assert not (tmp_path / "out").exists()


def test_export_into_a_file_is_refused_and_leaves_nothing(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    text = project_text(engine, film, tmp_path)
    before = files_below(tmp_path)
    failed = engine.answer(ExportStems(text, tmp_path / "file" / "out", True, True), JobFailed)
    assert failed.kind == "OutputLocationError"
    assert str(tmp_path / "file") in failed.message
    assert files_below(tmp_path) == before


def test_export_with_a_lost_take_leaves_nothing(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    text = project_text(engine, film, tmp_path)
    for wav in (tmp_path / "takes").rglob("*.wav"):
        wav.unlink()
    failed = engine.answer(ExportStems(text, tmp_path / "out", False, True), JobFailed)
    assert (failed.kind, "e001_s5 cannot be read" in failed.message) == ("InputError", True)
    assert not (tmp_path / "out").exists()


def test_takes_for_a_project_folder_that_is_gone_are_refused_before_the_work(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    failed = engine.answer(wish(film, tmp_path / "gone"), JobFailed)
    assert (failed.kind, "gone is gone" in failed.message) == ("OutputLocationError", True)
    assert engine.stages == []


def test_film_that_cannot_be_read_is_named(engine: EngineChild, tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("no film")
    for name in ("note.mp4", "none.mp4"):
        failed = engine.answer(OpenFilm(tmp_path / name), JobFailed)
        assert (failed.kind, name in failed.message) == ("MediaError", True)


def test_cancelled_job_stops_between_steps_and_leaves_nothing(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    job = engine.ask(wish(film, tmp_path, steps=200, takes=8))
    while engine.until(JobProgress).progress.stage != "denoise":
        pass
    engine.send(CancelJob(job))
    assert engine.until(JobCancelled).job == job
    last = next(one for one in reversed(engine.heard) if isinstance(one, JobProgress))
    assert (last.progress.stage, last.progress.done < 200) == ("denoise", True)
    assert files_below(tmp_path) == set()


def test_takes_finished_before_a_cancel_stay(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    job = engine.ask(wish(film, tmp_path, takes=16, steps=1))
    while (told := engine.until(JobProgress).progress) and (told.stage, told.done) != ("score", 1):
        pass
    engine.send(CancelJob(job))
    result = engine.until(JobDone).result
    assert isinstance(result, TakesMade)
    assert 1 <= len(result.takes) <= 16
    assert all(take.path.is_file() for take in result.takes)


def test_job_cancelled_while_it_waits_is_forgotten(engine: EngineChild, film: Path, tmp_path: Path) -> None:
    at_work, waiting = (engine.ask(wish(film, tmp_path, steps=200, takes=8)) for _ in range(2))
    engine.until(JobProgress)
    engine.send(CancelJob(waiting))
    assert engine.until(JobCancelled).job == waiting
    engine.send(CancelJob(at_work))
    assert engine.until(JobCancelled).job == at_work
    assert files_below(tmp_path) == set()
    engine.answer(OpenFilm(film), JobDone)


@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
def test_interrupt_from_the_terminal_is_left_to_the_window(engine: EngineChild, film: Path) -> None:
    engine.process.send_signal(signal.SIGINT)
    assert isinstance(engine.answer(OpenFilm(film), JobDone).result, FilmOpened)
    assert engine.process.poll() is None


def test_an_order_with_an_adapter_that_is_not_there_fails_by_its_name(
    engine: EngineChild, film: Path, tmp_path: Path
) -> None:
    failed = engine.answer(wish(film, tmp_path, adapter="nobody"), JobFailed)
    assert failed.kind == "InputError"
    assert "No adapter 'nobody'" in failed.message
    (take, _) = made(engine, wish(film, tmp_path))
    assert take.adapter == ""
