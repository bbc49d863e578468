import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.answers import MapMade
from engine.orders import GenerateTakes, OpenFilm
from engine.protocol import (
    PROTOCOL_VERSION,
    Heartbeat,
    Hello,
    JobDone,
    JobFailed,
    JobProgress,
    Ready,
    StartFailed,
)
from tests.engine.engine_child import EVENT, PATIENCE_S, EngineChild
from tests.engine.small_networks import write_small_model

ODD = Path(__file__).with_name("odd_server.py")


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[EngineChild]:
    child = EngineChild((ODD,), tmp_path)
    yield child
    child.close()


def test_hello_comes_first_and_the_model_is_named(models: Path, tmp_path: Path) -> None:
    child = EngineChild(("-m", "engine.server", "--models-folder", models), tmp_path)
    hello, ready = child.next(), child.until(Ready)
    assert isinstance(hello, Hello)
    assert (hello.protocol, hello.pid) == (PROTOCOL_VERSION, child.process.pid)
    assert (ready.model, ready.licence, ready.device) == ("starter", "CC BY 4.0", "cpu")
    assert child.close() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["stderr.txt"]  # the scratch folder went along


def test_hello_needs_no_torch() -> None:
    probe = "import sys, engine.server; print({'torch', 'av', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_engine_loads_no_plotting_library_to_be_ready() -> None:
    probe = "import sys, engine.server_work; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_weights_that_are_missing_are_told_in_a_sentence(tmp_path: Path) -> None:
    write_small_model(tmp_path / "models", "starter")
    (tmp_path / "models" / "starter" / "codec.safetensors").unlink()
    child = EngineChild(("-m", "engine.server", "--models-folder", tmp_path / "models"), tmp_path)
    failed = child.until(StartFailed)
    assert (failed.kind, "codec.safetensors" in failed.message) == ("CheckpointError", True)
    assert child.process.wait(PATIENCE_S) == 3
    child.close()


def test_engine_ends_in_the_middle_of_its_work_when_the_window_is_gone(
    models: Path, film: Path, tmp_path: Path
) -> None:
    child = EngineChild(("-m", "engine.server", "--models-folder", models), tmp_path)
    child.until(Ready)
    (tmp_path / "project").mkdir()
    child.ask(
        GenerateTakes(film, EVENT, "metal", "", 16, 1, 200, 2.5, tmp_path / "project", tmp_path / "maps")
    )
    while child.until(JobProgress).progress.stage != "denoise":
        pass
    assert child.close() == 0
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["stderr.txt"]


def test_what_libraries_print_goes_to_stderr(odd: EngineChild) -> None:
    assert odd.answer(OpenFilm(Path("good")), JobDone).result == MapMade(Path("a.npz"))
    assert odd.close() == 0
    assert {"loading", "libraries print", "and native ones too"} <= set(odd.stderr.splitlines())


def test_error_of_ours_is_a_sentence_without_a_traceback(odd: EngineChild) -> None:
    failed = odd.answer(OpenFilm(Path("media")), JobFailed)
    assert (failed.kind, failed.message) == ("MediaError", "walk.mp4 cannot be read: choose another film.")
    assert "Traceback" not in odd.stderr


def test_engine_survives_a_fault_of_its_own(odd: EngineChild) -> None:
    failed = odd.answer(OpenFilm(Path("fault")), JobFailed)
    assert failed.kind == "ZeroDivisionError"
    assert "division by zero" in failed.message
    assert "Traceback" in odd.stderr
    odd.answer(OpenFilm(Path("good")), JobDone)


def test_engine_survives_an_allocator_that_refuses_and_says_what_to_do(odd: EngineChild) -> None:
    failed = odd.answer(OpenFilm(Path("allocator")), JobFailed)
    assert failed.kind == "DeviceMemoryError"
    assert failed.message.endswith("is used up: close programs, or choose a shorter event.")
    odd.answer(OpenFilm(Path("good")), JobDone)


@pytest.mark.parametrize(("fault", "kind"), [("memory", "DeviceMemoryError"), ("device", "RuntimeError")])
def test_engine_ends_after_a_fault_of_the_device(odd: EngineChild, fault: str, kind: str) -> None:
    assert odd.answer(OpenFilm(Path(fault)), JobFailed).kind == kind
    assert odd.process.wait(PATIENCE_S) == 4


@pytest.mark.parametrize(
    ("fault", "kind", "status", "remedy"),
    [
        ("weights", "CheckpointError", 3, "reinstall the model"),
        ("import", "ImportError", 4, "reinstall the program"),
        ("allocator", "RuntimeError", 4, "close other programs"),
    ],
)
def test_engine_that_cannot_load_says_why_and_what_to_do(
    tmp_path: Path, fault: str, kind: str, status: int, remedy: str
) -> None:
    child = EngineChild((ODD, fault), tmp_path)
    assert isinstance(child.next(), Hello)
    failed = child.until(StartFailed)
    assert failed.kind == kind
    assert remedy in failed.message
    assert child.process.wait(PATIENCE_S) == status
    child.close()


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{}"], ids=["length", "message"])
def test_engine_ends_when_what_it_hears_is_none_of_ours(odd: EngineChild, data: bytes) -> None:
    odd.until(Ready)
    odd.send_bytes(data)
    assert odd.process.wait(PATIENCE_S) == 4
    assert "restart the engine" in odd.stderr


def test_idle_engine_gives_signs_of_life(odd: EngineChild) -> None:
    assert odd.until(Heartbeat) == Heartbeat(None)
