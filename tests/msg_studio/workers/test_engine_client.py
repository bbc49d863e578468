import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.answers import MapMade
from engine.orders import OpenFilm
from engine.progress import Progress
from msg_studio.bench.flooding_engine import flooding_command
from msg_studio.workers.engine_client import INTERRUPTED, NOT_RESPONDING, EngineClient, Patience

FAKE = Path(__file__).with_name("fake_engine.py")
QUICK = Patience(pauses_s=(0.01, 0.02, 0.03), cancel_s=0.2)

MakeClient = Callable[..., EngineClient]


class Diary:
    """Everything a client said."""

    def __init__(self, client: EngineClient) -> None:
        self.states: list[str] = []
        self.progress: list[tuple[int, Progress]] = []
        self.ends: list[tuple[int, object]] = []
        self.sentences: dict[int, str] = {}
        client.state_changed.connect(self.states.append)
        client.progressed.connect(lambda job, progress: self.progress.append((job, progress)))
        client.finished.connect(lambda job, result: self.ends.append((job, result)))
        client.failed.connect(self.note_failure)
        client.cancelled.connect(lambda job: self.ends.append((job, "cancelled")))

    def note_failure(self, job: int, kind: str, sentence: str) -> None:
        self.ends.append((job, kind))
        self.sentences[job] = sentence

    @property
    def ended(self) -> list[int]:
        """Jobs that ended, in that order."""
        return [job for job, _ in self.ends]


@pytest.fixture
def make_client(qtbot: QtBot, tmp_path: Path) -> Iterator[MakeClient]:
    clients: list[EngineClient] = []

    def make(behaviour: str, patience: Patience = QUICK) -> EngineClient:
        command = (sys.executable, str(FAKE), behaviour)
        clients.append(EngineClient(command=command, patience=patience, log_folder=tmp_path / "log"))
        return clients[-1]

    yield make
    for client in clients:
        client.shut_down()
        client.deleteLater()


def film(name: str) -> OpenFilm:
    return OpenFilm(Path(name))


def done(name: str) -> MapMade:
    return MapMade(Path(name))


def test_jobs_given_before_the_start_run_one_after_the_other(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    jobs = [client.submit(film(name)) for name in ("a", "b", "c")]
    assert (client.state, client.waiting) == ("stopped", tuple(jobs))
    client.start()
    qtbot.waitUntil(lambda: len(diary.ends) == 3)
    assert diary.ends == [(jobs[0], done("a")), (jobs[1], done("b")), (jobs[2], done("c"))]
    qtbot.waitUntil(lambda: client.state == "ready")
    assert diary.states == ["starting", "busy", "ready"]
    assert client.model is not None
    assert client.model.model == "fake"


def test_failure_is_told_and_the_next_job_runs(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    bad, good = client.submit(film("fail")), client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: len(diary.ends) == 2)
    assert diary.ends == [(bad, "MediaError"), (good, done("a"))]
    assert diary.sentences == {bad: "no film"}


def test_job_at_work_is_cancelled_and_the_next_one_runs(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    slow, next_one = client.submit(film("wait")), client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: bool(diary.progress))
    engine = client.pid
    client.cancel(slow)
    qtbot.waitUntil(lambda: len(diary.ends) == 2)
    assert diary.ends == [(slow, "cancelled"), (next_one, done("a"))]
    assert client.pid == engine


def test_waiting_job_is_cancelled_without_the_engine(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    first, second = client.submit(film("a")), client.submit(film("b"))
    client.cancel(second)
    assert diary.ends == [(second, "cancelled")]
    client.start()
    qtbot.waitUntil(lambda: diary.ended == [second, first])


def test_all_jobs_are_cancelled(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    jobs = [client.submit(film("wait")) for _ in range(3)]
    client.start()
    qtbot.waitUntil(lambda: bool(diary.progress))
    client.cancel_all()
    qtbot.waitUntil(lambda: len(diary.ends) == 3)
    assert set(diary.ends) == {(job, "cancelled") for job in jobs}


def test_engine_that_hears_no_cancel_is_replaced(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("stubborn")
    diary = Diary(client)
    slow, next_one = client.submit(film("wait")), client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: bool(diary.progress))
    engine = client.pid
    client.cancel(slow)
    qtbot.waitUntil(lambda: len(diary.ends) == 2)
    assert diary.ends == [(slow, "cancelled"), (next_one, done("a"))]
    assert client.pid != engine
    assert client.restarts == 0  # wanted by the user: not counted as a death


def test_death_interrupts_its_job_and_the_next_one_runs(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    dying, next_one = client.submit(film("die")), client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: len(diary.ends) == 2)
    assert diary.ends == [(dying, INTERRUPTED), (next_one, done("a"))]
    assert diary.sentences[dying] == "The engine stopped while this was at work (exit status 7): try again."
    assert diary.progress == [(dying, Progress("denoise", 1, 25))]
    assert diary.states[:3] == ["starting", "busy", "restarting"]
    assert (client.reason, client.restarts, client.most_restarts) == ("exit status 7", 1, 3)


def test_engine_that_dies_again_and_again_stays_stopped(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    jobs = [client.submit(film("die")) for _ in range(5)]
    client.start()
    qtbot.waitUntil(lambda: len(diary.ends) == 5)
    assert client.state == "stopped"
    assert diary.ends == [(job, INTERRUPTED) for job in jobs]
    assert "stopped 4 times in a row (exit status 7)" in diary.sentences[jobs[4]]
    assert "stopped 4 times" in client.reason
    assert diary.states.count("restarting") == 3
    client.restart()
    again = client.submit(film("a"))
    qtbot.waitUntil(lambda: (again, done("a")) in diary.ends)
    assert client.state in ("busy", "ready")


def test_engine_that_never_starts_properly_stays_stopped(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("dying")
    diary = Diary(client)
    job = client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: client.state == "stopped")
    qtbot.waitUntil(lambda: diary.ended == [job])
    assert "exit status 5" in diary.sentences[job]


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        ("unfit", "CheckpointError", "Weights are missing: reinstall the model."),
        ("old", "MissingComponentError", "engine 7.0 speaks protocol 9, this window 1: reinstall"),
    ],
)
def test_engine_that_cannot_work_is_not_started_again(
    qtbot: QtBot, make_client: MakeClient, behaviour: str, kind: str, words: str
) -> None:
    client = make_client(behaviour)
    diary = Diary(client)
    early = client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: diary.ended == [early])
    assert words in client.reason
    late = client.submit(film("b"))
    assert diary.ended == [early]  # not before submit has given the number
    qtbot.waitUntil(lambda: diary.ended == [early, late])
    qtbot.waitUntil(lambda: client.pid == 0)
    assert diary.ends == [(early, kind), (late, kind)]
    assert diary.states == ["starting", "stopped"]


def test_program_that_is_not_there_is_named(qtbot: QtBot, tmp_path: Path) -> None:
    client = EngineClient(command=("/no/such/python", "-m", "engine.server"), log_folder=tmp_path)
    diary = Diary(client)
    job = client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: diary.ended == [job])
    assert client.state == "stopped"
    assert "/no/such/python" in client.reason
    client.shut_down()
    client.deleteLater()


@pytest.mark.parametrize("behaviour", ["silent", "mute"])
def test_silent_engine_is_replaced(qtbot: QtBot, make_client: MakeClient, behaviour: str) -> None:
    impatient = Patience(silent_s=0.2, loading_s=1.5, pauses_s=(0.01,))
    client = make_client(behaviour, impatient)
    diary = Diary(client)
    client.start()
    qtbot.waitUntil(lambda: client.restarts == 1, timeout=10_000)
    assert client.reason == NOT_RESPONDING
    assert "restarting" in diary.states


def test_job_of_a_silent_engine_is_interrupted(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("mute", Patience(silent_s=0.3, pauses_s=(0.01,)))
    diary = Diary(client)
    job = client.submit(film("wait"))
    client.start()
    qtbot.waitUntil(lambda: bool(diary.ends))
    assert diary.ends == [(job, INTERRUPTED)]
    assert NOT_RESPONDING in diary.sentences[job]


def test_engine_with_signs_of_life_is_left_alone(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good", Patience(silent_s=0.4, pauses_s=(0.01,)))
    diary = Diary(client)
    client.submit(film("wait"))
    client.start()
    qtbot.waitUntil(lambda: bool(diary.progress))
    with qtbot.assertNotEmitted(client.state_changed, wait=1200):
        pass
    assert client.restarts == 0


@pytest.mark.parametrize("behaviour", ["babbling", "good"])
def test_engine_that_talks_nonsense_is_replaced(
    qtbot: QtBot, make_client: MakeClient, behaviour: str
) -> None:
    client = make_client(behaviour)
    diary = Diary(client)
    job = client.submit(film("strange"))
    client.start()
    qtbot.waitUntil(lambda: diary.ended == [job], timeout=10_000)
    assert "between window and engine" in client.reason


def test_order_that_cannot_travel_fails_alone(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    bad, good = client.submit(film("\udcff.mp4")), client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: len(diary.ends) == 2)
    assert diary.ends == [(bad, "InputError"), (good, done("a"))]


def test_restart_by_the_user_interrupts_the_job_and_keeps_the_others(
    qtbot: QtBot, make_client: MakeClient
) -> None:
    client = make_client("good")
    diary = Diary(client)
    slow, next_one = client.submit(film("wait")), client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: bool(diary.progress))
    client.restart()
    qtbot.waitUntil(lambda: len(diary.ends) == 2)
    assert diary.ends == [(slow, INTERRUPTED), (next_one, done("a"))]


def test_restart_at_once_after_giving_up_starts_a_new_engine(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("old")
    diary, engines = Diary(client), []

    def restart_once(state: str) -> None:
        if state == "stopped":
            engines.append(client.pid)  # it is being killed
            client.restart() if len(engines) == 1 else None

    client.state_changed.connect(restart_once)
    client.start()
    qtbot.waitUntil(lambda: len(engines) == 2)
    assert 0 not in engines
    assert engines[0] != engines[1]
    assert diary.states[-1] == "stopped"


def test_thousand_messages_become_few_signals_and_the_last_one_arrives(
    qtbot: QtBot, make_client: MakeClient
) -> None:
    client = make_client("good")
    diary = Diary(client)
    job = client.submit(film("flood"))
    client.start()
    qtbot.waitUntil(lambda: diary.ends == [(job, done("flood"))])
    assert 1 <= len(diary.progress) <= 100
    assert diary.progress[-1] == (job, Progress("denoise", 1000, 1000))


def test_steady_flood_becomes_thirty_signals_a_second(qtbot: QtBot, tmp_path: Path) -> None:
    client = EngineClient(command=flooding_command(1_000, 1.0), log_folder=tmp_path)
    diary = Diary(client)
    job = client.submit(film("any"))
    client.start()
    qtbot.waitUntil(lambda: diary.ended == [job], timeout=20_000)
    client.shut_down()
    client.deleteLater()
    seen = [progress.done for _, progress in diary.progress]
    assert len(seen) <= 60  # about 31; a slow machine sees fewer or lasts longer
    assert seen[-1] == 1_000
    assert seen == sorted(seen)


def test_what_the_engine_prints_is_kept(qtbot: QtBot, make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client("good")
    diary = Diary(client)
    client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: bool(diary.ends))
    client.shut_down()
    assert client.log_path == tmp_path / "log" / "engine.log"
    assert "job 1: a\n" in client.log_path.read_text(encoding="utf-8")


def test_no_signal_follows_the_shut_down(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("good")
    diary = Diary(client)
    client.submit(film("wait"))
    client.submit(film("a"))
    client.start()
    qtbot.waitUntil(lambda: bool(diary.progress))
    client.shut_down()
    assert (client.state, client.pid, diary.ends) == ("stopped", 0, [])
