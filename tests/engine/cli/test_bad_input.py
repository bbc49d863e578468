"""Every bad input: a sentence, the right status, no traceback, nothing half made."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.project.project import new_project
from engine.project.project_file import save_project
from tests.engine.cli.bad_films import BAD_FILMS, FilmMaker, without_a_rate
from tests.engine.cli.program import Outcome, assert_refused, assert_refused_in_json, engine
from tests.failing_disk import files_limited_to


def foley(clip: Path, out: Path, models: Path, *more: object) -> Outcome:
    quick = ("--takes", 1, "--steps", 1, "--threads", 1)
    return engine("foley", clip, "-o", out, "--models-folder", models, *quick, *more)


@pytest.mark.parametrize(("make", "sentence"), BAD_FILMS.items())
def test_bad_film_is_refused_by_every_verb(
    make: FilmMaker, sentence: str, models: Path, tmp_path: Path
) -> None:
    film = tmp_path / "clip.mp4"
    make(film)
    assert_refused(engine("probe", film), 2, str(film), sentence)
    assert_refused_in_json(engine("probe", film, "--json"), 2, "MediaError", str(film), sentence)
    folder = ("--models-folder", models)
    assert_refused(engine("events", film, *folder), 2, str(film), sentence)
    assert_refused(engine("score", film, *folder), 2, str(film), sentence)
    assert_refused(engine("bench", "--clip", film, *folder), 2, str(film), sentence)
    asked = ("--start", 0, "--end", 1, "--class", "FEETHmn", "-o", tmp_path / "takes")
    assert_refused(engine("generate", film, *asked, *folder), 2, str(film), sentence)
    assert_refused(foley(film, tmp_path / "deep" / "out", models), 2, str(film), sentence)
    assert {path.name for path in tmp_path.iterdir()} <= {"clip.mp4"}


def test_film_whose_header_states_no_rate_works(models: Path, tmp_path: Path) -> None:
    film = without_a_rate(tmp_path / "clip.mkv")
    document = engine("probe", film, "--json").document
    assert (document["fps_num"], document["fps_den"]) == (25, 1)
    assert foley(film, tmp_path / "out", models).status == 0


def test_film_without_sound_works(silent_film: Path, models: Path, tmp_path: Path) -> None:
    outcome = foley(silent_film, tmp_path / "out", models, "--json")
    assert outcome.status == 0
    assert outcome.document["events"]


def test_film_without_sound_cannot_be_scored_alone(silent_film: Path, models: Path) -> None:
    outcome = engine("score", silent_film, "--models-folder", models)
    assert_refused(outcome, 2, "mute.mp4 has no sound of its own", "--audio")


@pytest.mark.parametrize("place", ["file", "below a file", "stems is a file", "project is a file"])
def test_place_that_cannot_be_written_is_refused_before_any_work(
    place: str, film: Path, models: Path, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    names = {"below a file": "blocked/out", "stems is a file": "out", "project is a file": "out"}
    if place.endswith("is a file"):
        (tmp_path / "out").mkdir()
        blocked = tmp_path / "out" / ("stems" if "stems" in place else "project.msgproj")
    blocked.write_text("mine", encoding="utf-8")
    outcome = foley(film, tmp_path / names.get(place, "blocked"), models, "--json")
    assert_refused_in_json(outcome, 2, "OutputLocationError", str(blocked))
    assert outcome.stages == []
    assert blocked.read_text(encoding="utf-8") == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [blocked]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_device_in_place_of_a_folder_is_refused(film: Path, models: Path) -> None:
    assert_refused(foley(film, Path("/dev/full"), models), 2, "/dev/full is a file, wanted is a folder")


@pytest.mark.parametrize("verb", ["generate", "score"])
def test_other_verbs_refuse_such_a_place_too(verb: str, film: Path, models: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.touch()
    asked = {
        "generate": ("--start", 0, "--end", 1, "--class", "FEETHmn", "-o", blocked),
        "score": ("--heatmaps", blocked),
    }
    outcome = engine(verb, film, *asked[verb], "--models-folder", models, "--json")
    assert_refused_in_json(outcome, 2, "OutputLocationError", str(blocked))
    assert outcome.stages == []


def test_disk_that_fails_during_the_work_leaves_no_file(film: Path, models: Path, tmp_path: Path) -> None:
    with files_limited_to(100_000):  # a take of 1.6 s has 230 400 bytes
        outcome = foley(film, tmp_path / "out", models, "--json")
    assert_refused_in_json(outcome, 4, "WriteError", "No partial file was left", "use another place")
    assert list(tmp_path.iterdir()) == []


def test_disk_that_fails_under_an_earlier_result_leaves_it(film: Path, models: Path, tmp_path: Path) -> None:
    assert foley(film, tmp_path / "out", models).status == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with files_limited_to(100_000):
        assert foley(film, tmp_path / "out", models, "--seed", 2).status == 4
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.fixture
def own_models(models: Path, tmp_path: Path) -> Path:
    """A copy of the models that a test may damage."""
    return Path(shutil.copytree(models, tmp_path / "models"))


def change_card(models: Path, **changes: object) -> None:
    path = models / "starter" / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**card, **changes}), encoding="utf-8")


def lose_weights(models: Path) -> None:
    (models / "starter" / "generator.safetensors").unlink()


def cut_weights(models: Path) -> None:
    path = models / "starter" / "generator.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def change_one_weight(models: Path) -> None:
    path = models / "starter" / "generator.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x40
    path.write_bytes(content)


def take_weights_of_another_family(models: Path) -> None:
    shutil.copy(models / "starter" / "codec.safetensors", models / "starter" / "generator.safetensors")


def another_family(models: Path) -> None:
    change_card(models, family="mmaudio")


def newer_card(models: Path) -> None:
    change_card(models, schema=2)


def damaged_card(models: Path) -> None:
    (models / "starter" / "card.json").write_text("{", encoding="utf-8")


def no_card(models: Path) -> None:
    (models / "starter" / "card.json").unlink()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lose_weights, ("generator.safetensors are not there", "reinstall")),
        (cut_weights, ("generator.safetensors are damaged", "put back")),
        (change_one_weight, ("generator.safetensors have SHA-256", "put back the original")),
        (take_weights_of_another_family, ("are of family 'codec', wanted 'starter_flow'", "choose another")),
        (another_family, ("'starter' is of family 'mmaudio'", "'starter' models")),
        (newer_card, ("has schema 2, this program knows 1", "update")),
        (damaged_card, ("card.json is damaged", "put back the original")),
        (no_card, ("card.json cannot be read", "Reinstall")),
    ],
)
def test_unusable_weights_are_a_missing_component(
    damage: object, words: tuple[str, ...], film: Path, own_models: Path, tmp_path: Path
) -> None:
    assert callable(damage)
    damage(own_models)
    assert_refused(foley(film, tmp_path / "out", own_models), 3, *words)
    assert not (tmp_path / "out").exists()


def test_unknown_model_is_wrong_input(film: Path, models: Path, tmp_path: Path) -> None:
    outcome = foley(film, tmp_path / "out", models, "--model", "big")
    assert_refused(outcome, 2, "No model 'big'", "there are: starter")


def test_project_of_a_newer_version_is_not_replaced(film: Path, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "project.msgproj"
    folder.parent.mkdir()
    save_project(new_project("Film"), folder)
    with closing(sqlite3.connect(folder / "project.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (folder / "project.db").read_bytes()
    outcome = foley(film, tmp_path / "out", models, "--json")
    assert_refused_in_json(outcome, 2, "ProjectError", "schema version 99", "Update")
    assert outcome.stages == []
    assert (folder / "project.db").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["project.msgproj"]


def test_preview_of_an_earlier_run_is_not_taken_for_the_film(
    film: Path, models: Path, tmp_path: Path
) -> None:
    preview = tmp_path / "preview.mp4"
    shutil.copy(film, preview)
    assert_refused(foley(preview, tmp_path, models), 2, "would be replaced by the new preview")
    assert preview.read_bytes() == film.read_bytes()
