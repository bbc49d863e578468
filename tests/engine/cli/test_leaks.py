"""What the takes of a model say that could make speech or music, in every command that makes takes."""

from pathlib import Path

import pytest

from engine.leak_detection import Leak
from tests.engine.cli.program import Outcome, engine

WORDS = "may hold speech (0.80): listen before you use it"
SPOKEN = {"speech": 0.8, "music": 0.1, "words": WORDS}


def generate(film: Path, models: Path, out: Path, *more: object) -> Outcome:
    where = ("--start", 0.5, "--end", 1.1, "--class", "METLImpt", "--takes", 1)
    return engine("generate", film, *where, "--steps", 1, "--models-folder", models, "-o", out, *more)


def regenerate(take: Path, film: Path, models: Path, out: Path, *more: object) -> Outcome:
    where = ("--film", film, "--start", 0.7, "--end", 0.9, "--class", "METLImpt", "--hits", 0.8)
    return engine("regenerate", take, *where, "--steps", 1, "--models-folder", models, "-o", out, *more)


def foley(film: Path, models: Path, out: Path, *more: object) -> Outcome:
    return engine("foley", film, "-o", out, "--takes", 1, "--steps", 1, "--models-folder", models, *more)


@pytest.fixture
def talking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model as one that could make speech, and a guard that hears some in everything."""
    monkeypatch.setattr("engine.leak_detection.FAMILIES_WITHOUT_LEAKS", frozenset())
    monkeypatch.setattr("engine.leak_detection.detect_leak", lambda sound: Leak(0.8, 0.1))


def test_takes_of_the_starter_are_not_heard(film: Path, models: Path, tmp_path: Path) -> None:
    (take,) = generate(film, models, tmp_path, "--json").document["takes"]
    assert take["leak"] is None


@pytest.mark.usefixtures("talking")
def test_generate_and_regenerate_say_what_may_have_leaked(film: Path, models: Path, tmp_path: Path) -> None:
    (take,) = generate(film, models, tmp_path / "a", "--json").document["takes"]
    assert take["leak"] == SPOKEN
    path = Path(take["path"])
    (anew,) = regenerate(path, film, models, tmp_path / "b", "--json").document["takes"]
    assert anew["leak"] == SPOKEN
    assert f"e001_t1 {WORDS}" in generate(film, models, tmp_path / "a").out
    assert f"e001_t1_r1 {WORDS}" in regenerate(path, film, models, tmp_path / "c").out


@pytest.mark.usefixtures("talking")
def test_foley_says_what_may_have_leaked(film: Path, models: Path, tmp_path: Path) -> None:
    document = foley(film, models, tmp_path / "a", "--json").document
    assert [take["leak"] for event in document["events"] for take in event["takes"]] == [SPOKEN]
    assert WORDS in foley(film, models, tmp_path / "b").out


def test_what_the_small_model_makes_is_heard_by_the_guard_itself(
    film: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.leak_detection.FAMILIES_WITHOUT_LEAKS", frozenset())
    (take,) = generate(film, models, tmp_path, "--json").document["takes"]
    assert 0.0 <= take["leak"]["speech"] < 0.5
    assert 0.0 <= take["leak"]["music"] < 0.5
    assert take["leak"]["words"] == ""
