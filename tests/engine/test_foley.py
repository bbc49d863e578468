from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import Cancelled, OutputLocationError
from engine.event_detection import Finding
from engine.foley import (
    PROJECT_FOLDER,
    FoleyOrder,
    FoleyReport,
    classes_beside,
    event_seed,
    make_foley,
    ranked,
)
from engine.progress import CancelToken, Progress
from engine.project.project_file import open_project
from engine.project.project_lock import ProjectLock
from engine.records import Event
from engine.session import EngineSession
from engine.takes import MOST_TAKES
from engine.timing import TimeRange
from engine.ucs import class_for
from tests.coded_film import even_pts, make_film
from tests.engine.small_networks import write_small_model


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    folder = tmp_path_factory.mktemp("models")
    write_small_model(folder)
    return EngineSession(model="small", models_folder=folder)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "walk.mp4", pts=even_pts(40, Fraction(25)))


@pytest.fixture(scope="module")
def report(session: EngineSession, film: Path, tmp_path_factory: pytest.TempPathFactory) -> FoleyReport:
    order = FoleyOrder(film, tmp_path_factory.mktemp("foley") / "out", takes=2, seed=5, steps=1)
    return make_foley(session, order)


def test_same_order_gives_the_same_sound(
    report: FoleyReport, session: EngineSession, film: Path, tmp_path: Path
) -> None:
    again = make_foley(session, FoleyOrder(film, tmp_path, takes=2, seed=5, steps=1))
    hashes = [[take.sha256 for take in event.takes] for event in report.events]
    assert hashes == [[take.sha256 for take in event.takes] for event in again.events]
    assert len({take for takes in hashes for take in takes}) == sum(map(len, hashes))


def test_a_stem_keeps_away_from_the_events_beside_it() -> None:
    def found(name: str, start: int, end: int) -> Finding:
        event = Event(name, "props", "METLImpt", TimeRange(start, end), (), 1.0, "drawn")
        return Finding(event, name)

    metal, glass = found("IMPT_metal", 0, 100), found("IMPT_glass", 50, 150)
    steps, more_metal = found("FEET_wood", 150, 200), found("IMPT_metal", 20, 60)
    everything = [metal, glass, steps, more_metal]
    assert classes_beside(metal, everything) == ("IMPT_glass",)
    assert classes_beside(glass, everything) == ("IMPT_metal",)
    assert classes_beside(steps, everything) == ()


def test_project_reopens_with_everything(report: FoleyReport) -> None:
    project = open_project(report.project)
    assert project.clip == report.clip
    assert project.events == tuple(one.event for one in report.events)
    for one in report.events:
        assert ranked(project.takes_of(one.event.id)) == one.takes
        assert project.chosen_take(one.event.id) == one.chosen
        setup = project.setup(one.event.id)
        assert (setup.status, setup.prompt) == ("review", one.prompt)
        assert class_for(one.event.cat_id, setup.prompt).name == one.class_name
    assert all(take.path.is_file() for take in project.takes)


def test_takes_are_kept_in_the_order_of_their_seeds(report: FoleyReport) -> None:
    project = open_project(report.project)
    for one in report.events:
        seeds = [take.seed for take in project.takes_of(one.event.id)]
        assert seeds == [event_seed(5, one.event.id), event_seed(5, one.event.id) + 1]


def test_seeds_of_events_differ_and_stay() -> None:
    # First 8 bytes of SHA-256 of "1:e001", modulo 2**31 - 16, worked out with sha256sum and bc.
    assert event_seed(1, "e001") == 1_408_114_790
    seeds = {event_seed(seed, f"e{number:03}") for seed in (1, 2) for number in range(1, 100)}
    assert len(seeds) == 198
    assert max(seeds) <= 2**31 - MOST_TAKES


def test_cancelled_journey_leaves_nothing(session: EngineSession, film: Path, tmp_path: Path) -> None:
    token = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.stage == "generate":
            token.cancel()

    order = FoleyOrder(film, tmp_path / "out", takes=1, steps=3)
    with pytest.raises(Cancelled):
        make_foley(session, order, listener=stop, cancel=token)
    assert not (tmp_path / "out").exists()


def test_a_project_that_is_open_is_left_alone(
    session: EngineSession, report: FoleyReport, film: Path
) -> None:
    window = ProjectLock(report.project)
    assert window.acquire() == ""
    before = {path: path.stat().st_mtime_ns for path in report.order.out.rglob("*")}
    told: list[Progress] = []
    with pytest.raises(OutputLocationError, match=r"project\.msgproj.* it is open for editing by .*: close"):
        make_foley(session, FoleyOrder(film, report.order.out, takes=1, steps=1), listener=told.append)
    assert told == []
    assert {path: path.stat().st_mtime_ns for path in report.order.out.rglob("*")} == before
    window.release()


def test_no_window_edits_a_project_while_it_is_made_anew(
    session: EngineSession, film: Path, tmp_path: Path
) -> None:
    order = FoleyOrder(film, tmp_path, takes=1, steps=1)
    make_foley(session, order)
    window, refusals = ProjectLock(tmp_path / PROJECT_FOLDER), set()
    make_foley(session, order, listener=lambda _: refusals.add(window.acquire()))
    assert len(refusals) == 1
    assert "it is open for editing by" in refusals.pop()
    assert window.acquire() == ""
    window.release()
