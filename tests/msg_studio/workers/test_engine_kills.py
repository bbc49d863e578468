"""kill -9 on the real engine at each of its stages, and on the window while the engine works."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from engine.answers import Exported, FilmOpened, TakesMade
from engine.clip import open_clip
from engine.orders import ExportStems, FindEvents, GenerateTakes, OpenFilm, Order, ScoreTake
from engine.project.project import EventSetup, Project, new_project
from engine.project.project_file import open_project, save_project
from engine.project.snapshot import project_to_json
from engine.project.take_files import sound_hash
from engine.protocol import Hello, JobProgress, Message
from engine.records import Event, HitPoint
from engine.timing import TimeRange
from msg_studio.workers.engine_client import INTERRUPTED, EngineClient, Patience
from msg_studio.workers.engine_process import EngineProcess, engine_command
from tests.coded_film import even_pts, impulse_at, make_film
from tests.engine.project.samples import take, write_wav
from tests.engine.small_networks import write_small_model
from tests.msg_studio.workers.test_engine_client import Diary

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kill -9 and /proc")

RESTART_AT_ONCE = Patience(pauses_s=(0.0,) * 40)
EVENT = Event("e001", "props", "METLImpt", TimeRange(28_800, 144_000), (HitPoint(36_000),), 1.0, "")
START_TIMEOUT_MS = 60_000

# 20 kills: so many right after the hello; then an order, the stage, and how many of its messages to let pass.
STARTING = 6
AT_WORK = [
    ("open", "read picture", 0),
    ("find", "read picture", 0), ("find", "features", 0), ("find", "find events", 0),
    ("generate", "features", 0), ("generate", "denoise", 0), ("generate", "denoise", 30),
    ("generate", "decode", 0), ("generate", "decode", 2), ("generate", "score", 3),
    ("score", "score", 0),
    ("export", "write stems", 0), ("export", "write preview", 0), ("export", "draw heatmaps", 0),
]  # fmt: skip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "walk.mp4"
    return make_film(path, pts=even_pts(200, Fraction(25)), sound=impulse_at(24_000, length=384_000))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_small_model(folder, "starter")
    return folder


@pytest.fixture
def client(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineClient]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    made = EngineClient(
        command=engine_command("--models-folder", str(models), "--threads", "1"),
        patience=RESTART_AT_ONCE,
        log_folder=tmp_path / "log",
    )
    yield made
    made.shut_down()
    made.deleteLater()


def project_with_a_take(film: Path, folder: Path) -> Project:
    """A saved project whose event has a take of silence."""
    length = EVENT.range.duration_samples
    one = take("e001_s1", "e001", folder.parent)
    write_wav(one.path, bytes(2 * length))
    fields = {"range": EVENT.range, "sha256": sound_hash(one.path)}
    one = type(one)(**{**vars(one), **fields})
    project = new_project("Walk", open_clip(film).info)
    project = project.with_event(EVENT, EventSetup(prompt="metal", status="approved")).with_takes([one])
    return save_project(project, folder)


def orders(film: Path, project: Project, folder: Path, out: Path) -> dict[str, Order]:
    """One order of each kind, large enough to be met at work."""
    return {
        "open": OpenFilm(film),
        "find": FindEvents(film),
        "generate": GenerateTakes(
            film, EVENT, "metal", "", 4, 100, 40, 2.5, folder, folder.parent / "maps"
        ),
        "score": ScoreTake(film, project.takes[0], EVENT, folder.parent / "maps"),
        "export": ExportStems(project_to_json(project), out, preview=True, cue_sheet=True, heatmaps=True),
    }  # fmt: skip


def another_name(film: Path) -> Path:
    """The film at a place where nobody has read it."""
    path = film.with_name(f"{uuid.uuid4().hex}.mp4")
    path.hardlink_to(film)
    return path


def contents(folder: Path) -> dict[str, str]:
    """Hash of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


class Assassin:
    """Kills the engine of a client at a moment of its work, as soon as its frame arrives."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._moment: Callable[[Message], bool] = lambda _: False
        self.kills = 0
        self._look_out = QTimer(client, interval=5)  # new engines come without a word
        self._look_out.timeout.connect(self.follow)
        self._look_out.start()

    def follow(self) -> None:
        """Listen to the engine of now as well."""
        for process in self._client.findChildren(EngineProcess):
            if not process.property("followed"):
                process.setProperty("followed", True)
                process.said.connect(self.look)

    def wait_for(self, moment: Callable[[Message], bool]) -> None:
        """Kill at this moment, once."""
        self._moment = moment

    def look(self, message: Message) -> None:
        """Kill if this is the moment."""
        if self._moment(message):
            self._moment = lambda _: False
            os.kill(self._client.pid, signal.SIGKILL)
            self.kills += 1


def at_stage(stage: str, skip: int) -> Callable[[Message], bool]:
    """The moment a stage was told of for the (skip + 1)th time."""
    left = [skip]

    def moment(message: Message) -> bool:
        if not isinstance(message, JobProgress) or message.progress.stage != stage:
            return False
        left[0] -= 1
        return left[0] < 0

    return moment


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_twenty_kills_at_all_stages_cost_a_job_each_and_nothing_else(
    qtbot: QtBot, client: EngineClient, film: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "Walk.msgproj"
    project = project_with_a_take(film, folder)
    before = contents(folder)
    wishes = orders(film, project, folder, tmp_path / "out")
    diary, assassin = Diary(client), Assassin(client)

    def ends(job: int) -> list[object]:
        return [end for number, end in diary.ends if number == job]

    def wait(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=START_TIMEOUT_MS)

    waiting = client.submit(OpenFilm(film))
    client.start()
    for number in range(STARTING):
        assassin.wait_for(lambda message: isinstance(message, Hello))
        wait(lambda number=number: assassin.kills == number + 1)
    wait(lambda: bool(ends(waiting)))
    assert isinstance(ends(waiting)[0], FilmOpened)

    for kind, stage, skip in AT_WORK:
        for _attempt in range(5):  # the engine may be done before the signal reaches it
            assassin.wait_for(at_stage(stage, skip))
            order = wishes[kind]
            if stage == "read picture":  # a film that is known is not read again
                order = replace(order, film=another_name(film))
            victim = client.submit(order)
            wait(lambda victim=victim: bool(ends(victim)))
            if ends(victim) == [INTERRUPTED]:
                break
        assert ends(victim) == [INTERRUPTED], (kind, stage)
        assert "ended by signal 9" in diary.sentences[victim]
        assert contents(folder) == before, (kind, stage)

    assert assassin.kills >= STARTING + len(AT_WORK) == 20
    last = {kind: client.submit(order) for kind, order in wishes.items()}
    wait(lambda: all(ends(job) for job in last.values()))
    (takes,), (export,) = ends(last["generate"]), ends(last["export"])
    assert isinstance(takes, TakesMade)
    assert isinstance(export, Exported)
    assert [made.seed for made in takes.takes] == list(range(100, 104))
    assert all(sound_hash(made.path) == made.sha256 for made in takes.takes)
    assert open_project(folder) == project
    client.shut_down()
    assert not list(tmp_path.glob("msg-engine-*"))  # the last start cleared what the dead ones left
    assert not list((tmp_path / "out").rglob(".*"))  # the last export as well


WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from engine.orders import GenerateTakes
from engine.records import Event
from engine.timing import TimeRange
from msg_studio.workers.engine_client import EngineClient
from msg_studio.workers.engine_process import engine_command

models, film, folder = sys.argv[1:]
application = QCoreApplication([])
client = EngineClient(application, command=engine_command("--models-folder", models), log_folder=Path(folder))
event = Event("e001", "props", "METLImpt", TimeRange(28_800, 384_000), (), 1.0, "")
client.submit(GenerateTakes(Path(film), event, "", "", 16, 1, 200, 2.5, Path(folder), Path(folder)))
client.progressed.connect(
    lambda job, progress: progress.stage == "denoise" and print(client.pid, progress.done, flush=True)
)
client.start()
application.exec()
"""


def is_running(pid: int) -> bool:
    """Whether a process lives; one that waits for its parent's word has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def test_engine_ends_with_a_window_that_is_killed(film: Path, models: Path, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW, models, film, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(tmp_path)},
        cwd=tmp_path,
    )
    assert window.stdout is not None
    engine = int(window.stdout.readline().split()[0])
    assert is_running(engine)
    window.kill()
    window.wait()
    window.stdout.close()
    rest, left = threading.Event(), 500
    while is_running(engine) and left:
        rest.wait(0.02)
        left -= 1
    assert not is_running(engine)
    assert not list(tmp_path.glob("msg-engine-*"))
