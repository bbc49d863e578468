import csv
import os
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.ucs import (
    KINDS,
    LANES,
    SoundClass,
    class_for,
    class_from_prompt,
    load_classes,
    prompt_of,
    ucs_file_name,
)


def test_every_class_has_a_lane_a_kind_and_words() -> None:
    classes = load_classes()
    assert len(classes) == 151
    assert len({sound.name for sound in classes}) == 151
    assert {sound.lane for sound in classes} == set(LANES)
    assert {sound.kind for sound in classes} == set(KINDS)
    assert all(word == word.strip() != "" for sound in classes for word in sound.words)


def test_ambience_kind_and_ambience_lane_go_together() -> None:
    assert all((sound.kind == "ambience") == (sound.lane == "ambience") for sound in load_classes())


def test_every_cat_id_is_one_of_the_official_list() -> None:
    place = os.environ.get("UCS_CATIDS", "")
    if not Path(place).is_file():
        pytest.skip("UCS_CATIDS does not name the official CatID list (catids.tsv)")
    with Path(place).open(encoding="utf-8", newline="") as table:
        official = {row["CatID"] for row in csv.DictReader(table, delimiter="\t")}
    assert {sound.cat_id for sound in load_classes()} <= official


def test_class_is_found_by_name_and_by_cat_id_in_any_case() -> None:
    assert class_for("FEET_gravel").cat_id == "FEETHmn"
    assert class_for("feethors").name == "FEET_horse"


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("", "FEET_generic"),
        ("heavy boots walking on gravel", "FEET_gravel"),
        ("woman in heels, stone floor", "FEET_stone"),
        ("steps through fresh snow", "FEET_snow"),
        ("something else entirely", "FEET_generic"),
    ],
)
def test_prompt_chooses_between_the_classes_of_one_cat_id(prompt: str, name: str) -> None:
    assert class_for("FEETHmn", prompt).name == name


@pytest.mark.parametrize(
    ("cat_id", "name"),
    [
        ("DOORWood", "DOOR_close"),
        ("WOODImpt", "IMPT_wood"),
        ("MUSCPerc", "DRUM_snare"),
        ("OBJMisc", "IMPT_generic"),
    ],
)
def test_plainest_class_stands_for_a_shared_cat_id(cat_id: str, name: str) -> None:
    assert class_for(cat_id).name == name


def test_unknown_class_names_the_nearest_ones() -> None:
    with pytest.raises(InputError, match="'FEETHuman'; nearest: FEETHmn"):
        class_for("FEETHuman")


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a door closing slowly", "DOOR_close"),
        ("glass shattering", "GLAS_break"),
        ("car horn", "VEHI_horn"),
        ("Rain", "RAIN"),
        ("sea waves", "WATR_waves"),
    ],
)
def test_prompt_alone_finds_a_class(prompt: str, name: str) -> None:
    found = class_from_prompt(prompt)
    assert found is not None
    assert found.name == name


def test_prompt_without_a_known_word_finds_no_class() -> None:
    assert class_from_prompt("qwertz") is None


def test_file_name_keeps_the_rules_of_ucs() -> None:
    name = ucs_file_name("DOORWood", "Cupboard Close 014 T3", "JDOE", "MyFilm", "01:00:12:07")
    assert name == "DOORWood_Cupboard Close 014 T3_JDOE_MyFilm_01001207.wav"


def test_file_name_has_separators_only_between_blocks() -> None:
    name = ucs_file_name("FEETHmn", "boots_on-gravel / heavy", "J_DOE", "My-Film_2")
    assert name == "FEETHmn_boots on gravel heavy_JDOE_MyFilm2.wav"


def test_file_name_spells_accents_plainly() -> None:
    assert ucs_file_name("DOORWood", "Café-Tür", "Zoë", "Été") == "DOORWood_Cafe Tur_Zoe_Ete.wav"


def test_long_fx_name_is_cut_to_a_possible_file_name() -> None:
    name = ucs_file_name("FEETHmn", "step " * 100, "JDOE", "Film")
    assert len(name) <= 200
    assert name.endswith("step_JDOE_Film.wav")


@pytest.mark.parametrize(
    ("cat_id", "fx_name", "creator", "message"),
    [
        ("feet", "step", "JDOE", "'feet' is no UCS CatID"),
        ("FEET_Hmn", "step", "JDOE", "is no UCS CatID"),
        ("FEETHmn", "/_-", "JDOE", "FX name '/_-' leaves nothing"),
        ("FEETHmn", "step", "東京", "creator '東京' leaves nothing"),
        ("FEETHmn", "step", "J" * 300, "too long"),
    ],
)
def test_impossible_file_names_say_which_block_is_wrong(
    cat_id: str, fx_name: str, creator: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ucs_file_name(cat_id, fx_name, creator, "Film")


@pytest.mark.parametrize("sound", load_classes(), ids=lambda sound: sound.name)
def test_prompt_of_a_class_leads_back_to_it(sound: SoundClass) -> None:
    assert class_for(sound.cat_id, prompt_of(sound)) == sound
