"""What the walk through the loop of preference decides itself; the walk is run by hand, for it trains."""

import importlib.util
import random
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from engine.errors import InputError
from engine.project.project_file import open_project
from tests.msg_studio.scene import STEP, make_take

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "vote_loop.py"


@pytest.fixture(scope="module")
def loop() -> ModuleType:
    """The script as a module; it gives the window's orders, so it needs Qt."""
    pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)
    spec = importlib.util.spec_from_file_location("vote_loop", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_copied_sample_finds_the_copied_film(loop: ModuleType, tmp_path: Path) -> None:
    loop.copy_sample(tmp_path / "new")
    clip = open_project(tmp_path / "new" / loop.PROJECT).clip
    assert clip is not None
    assert clip.path.samefile(tmp_path / "new" / "demo.mp4")


def test_a_folder_with_something_in_it_is_left_alone(loop: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="ascii")
    with pytest.raises(InputError, match="is not empty"):
        loop.copy_sample(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_eight_different_pairs_of_an_event_are_offered_on_either_side(loop: ModuleType) -> None:
    takes = tuple(make_take(STEP, seed) for seed in range(loop.VOTED_TAKES))
    pairs = list(loop.offered([loop.Batch(takes, voted=True)], random.Random(1)))
    assert len({frozenset((first.id, second.id)) for first, second in pairs}) == len(pairs) == 8
    assert {first.seed < second.seed for first, second in pairs} == {True, False}


def test_only_takes_nobody_voted_on_say_whether_it_was_learned(
    loop: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "brightness_of", lambda take: float(take.seed))
    dark, bright = make_take(STEP, 1), make_take(STEP, 2)
    by_heart = [loop.Heard(dark, bright, voted=True)] * 3
    assert loop.learned([*by_heart, loop.Heard(dark, bright, voted=False)])
    assert not loop.learned([*by_heart, loop.Heard(dark, replace(dark, id="tuned"), voted=False)])
