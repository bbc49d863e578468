from pathlib import Path

import pytest
import soundfile

from engine.project.take_files import sound_hash
from tests.engine.cli.program import Outcome, assert_refused, engine


def generate(film: Path, models: Path, out: Path, *more: object, sound: str = "METLImpt") -> Outcome:
    where = () if "--start" in more else ("--start", 0.5, "--end", 1.1)
    asked = (*where, "--class", sound, "--steps", 1, "--models-folder", models)
    return engine("generate", film, *asked, "-o", out, *more)


def test_document_holds_the_takes_best_first(film: Path, models: Path, tmp_path: Path) -> None:
    more = ("--hits", "0.75,0.6", "--takes", 2, "--seed", 7, "--guidance", 1.5, "--json")
    outcome = generate(film, models, tmp_path / "new" / "takes", *more)
    document = outcome.document
    assert (outcome.status, document["command"], document["class"]) == (0, "generate", "IMPT_metal")
    assert document["event"]["hit_points_samples"] == [28_800, 36_000]
    takes = document["takes"]
    assert [take["reward"] for take in takes] == sorted((take["reward"] for take in takes), reverse=True)
    assert sorted(take["seed"] for take in takes) == [7, 8]
    for take in takes:
        # 0.5 to 1.1 s with half a second on both sides, cut at the film's ends.
        assert (take["start_samples"], take["end_samples"], take["duration_samples"]) == (0, 76_800, 76_800)
        assert soundfile.info(take["path"]).frames == 76_800
        assert take["sha256"] == sound_hash(Path(take["path"]))
        assert take["rtf"] == pytest.approx(take["seconds"] / 1.6)
        assert (take["model"], take["steps"], take["guidance"], take["batch"]) == ("starter", 1, 1.5, 2)
        assert {"offset_ms", "confidence", "measurable", "threads", "weights_licence"} <= set(take)
    assert {path.name for path in (tmp_path / "new" / "takes").iterdir()} == {"e001_t1.wav", "e001_t2.wav"}
    assert outcome.stages == ["read picture", "generate"]


def test_same_seed_gives_the_same_sound(film: Path, models: Path, tmp_path: Path) -> None:
    hashes = [
        generate(film, models, tmp_path / name, "--takes", 1, "--seed", seed, "--json").document["takes"][0][
            "sha256"
        ]
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_knobs_are_heeded_and_told(film: Path, models: Path, tmp_path: Path) -> None:
    plain = ("--takes", 2, "--json", "--steps", 2)
    more = ("--not", "jet", "--variation", 0, "--guidance-hits", 4, "--level", -6)
    usual = generate(film, models, tmp_path / "a", *plain).document
    turned = generate(film, models, tmp_path / "b", *plain, *more).document
    assert turned["guidance_weights"] == {"hits": 4.0, "sound": 2.5, "picture": 2.5}
    assert (turned["unwanted"], turned["variation"], turned["level_db"]) == (["AERO_jet"], 0.0, -6.0)
    assert usual["take_distance"] > 4 * turned["take_distance"]
    assert usual["takes"][0]["sha256"] != turned["takes"][0]["sha256"]


def test_unwanted_words_nobody_knows_are_said(film: Path, models: Path, tmp_path: Path) -> None:
    document = generate(film, models, tmp_path, "--takes", 1, "--not", "qwertz", "--json").document
    assert "qwertz" in document["class_choice"]
    assert document["unwanted"] == []


def test_mapped_class_is_said(film: Path, models: Path, tmp_path: Path) -> None:
    more = ("--prompt", "boots on gravel", "--takes", 1)
    document = generate(film, models, tmp_path, *more, "--json", sound="FEETHmn").document
    assert (document["class"], document["cat_id"]) == ("FEET_gravel", "FEETHmn")
    assert "taken as FEET_gravel" in document["class_choice"]
    text = generate(film, models, tmp_path, *more, sound="FEETHmn").out
    assert document["class_choice"] in text
    assert "e001_t1.wav" in text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--hits", "0.6,soon"), "--hits '0.6,soon' cannot be read: give seconds parted by commas"),
        (("--hits", "nan"), "--hits nan is no time"),
        (("--hits", "1.2"), "1.200 s lies outside 0.500 to 1.100 s"),
        (("--start", "1", "--end", "1"), "empty"),
        (("--start", "1", "--end", "1.7"), "leaves the clip, which lasts 1.600 s"),
        (("--start", "inf", "--end", "1"), "--start inf is no time"),
        (("--start", "1e300", "--end", "1e301"), "--start 1e+300 is no time: give seconds, such as 1.5."),
        (("--variation", "-1"), "variation -1.0 is out of range: give a value from 0 to 1."),
        (("--variation", "nan"), "variation nan is out of range"),
        (("--level", "nan"), "level_db nan is out of range"),
        (("--guidance", "nan"), "'--guidance'"),
        (("--steps", "0"), "greater than or equal to 1"),
        (("--guidance-hits", "nan"), "Guidance of the hits = nan"),
        (("--guidance-sound", "50"), "Guidance of the sound = 50"),
        (("--variation", "2"), "variation 2.0 is out of range"),
        (("--level", "90"), "level_db 90.0 is out of range"),
        (("--steps", "10000"), "less than or equal to 200"),
    ],
)
def test_wrong_times_are_refused_and_nothing_is_made(
    more: tuple[str, ...], words: str, film: Path, models: Path, tmp_path: Path
) -> None:
    assert_refused(generate(film, models, tmp_path / "takes", *more), 2, words)
    assert list(tmp_path.iterdir()) == []


def test_class_the_model_lacks_is_refused(film: Path, models: Path, tmp_path: Path) -> None:
    outcome = generate(film, models, tmp_path / "takes", sound="OBJKey")
    assert_refused(outcome, 2, "does not know OBJKey", "msg-engine models")


def test_neither_class_nor_prompt_is_refused(film: Path, models: Path, tmp_path: Path) -> None:
    outcome = generate(film, models, tmp_path / "takes", sound="")
    assert_refused(outcome, 2, "Neither a class nor a prompt was given")


def test_an_event_of_ten_milliseconds_and_many_hits_on_one_sample_are_made(
    film: Path, models: Path, tmp_path: Path
) -> None:
    hits = ",".join(["0.502"] * 50)
    short = ("--start", 0.5, "--end", 0.51, "--takes", 1, "--hits", hits, "--json")
    outcome = generate(film, models, tmp_path / "takes", *short)
    assert outcome.document["event"]["hit_points_samples"] == [24_096]
    assert outcome.document["takes"][0]["duration_samples"] == 480 + 24_000 + 24_000  # with its handles


def test_ten_thousand_hit_points_are_made(film: Path, models: Path, tmp_path: Path) -> None:
    hits = ",".join(f"{0.5 + number * 5e-5:.5f}" for number in range(10_000))
    outcome = generate(film, models, tmp_path / "takes", "--takes", 1, "--hits", hits, "--json")
    assert len(outcome.document["event"]["hit_points_samples"]) == 10_000
