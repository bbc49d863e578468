from pathlib import Path

import pytest

from engine.ucs import load_classes
from trainer.flow.labels import class_of_label, read_labels, write_labels

ALL = tuple(known.name for known in load_classes())


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("FEET_gravel", "FEET_gravel"),
        ("feet_GRAVEL", "FEET_gravel"),
        ("DOORKnck", "DOOR_knock"),
        ("dog barking", "ANML_dog"),
        ("raining", "RAIN"),
    ],
)
def test_names_catids_and_words_are_classes(label: str, name: str) -> None:
    found = class_of_label(label, known=ALL)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("label", ["male singing", "", "people whispering", "FEETXyz"])
def test_label_that_names_nothing_is_no_class(label: str) -> None:
    assert class_of_label(label, known=ALL) is None


def test_class_that_the_generator_lacks_is_not_replaced_by_its_like() -> None:
    assert class_of_label("FEET_gravel", known=("FEET_generic", "RAIN")) is None


def test_account_counts_films_and_names_the_most_frequent_first(tmp_path: Path) -> None:
    labels = ["raining", "male singing", "", "male singing", "FEET_gravel"]
    found = read_labels(labels, known=ALL)
    assert (found.total, found.without_class) == (5, 3)
    assert found.account() == (
        "3 of 5 films have a label that names no class of the generator, their class condition is "
        "dropped: male singing (2), no label (1)"
    )
    write_labels(tmp_path / "run" / "labels.csv", found)
    lines = (tmp_path / "run" / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [
        "label,films,class",
        "male singing,2,",
        "raining,1,RAIN",
        ",1,",
        "FEET_gravel,1,FEET_gravel",
    ]


def test_account_shows_five_labels_and_counts_the_rest() -> None:
    found = read_labels([f"song {number}" for number in range(8)], known=ALL)
    assert found.account().endswith("song 4 (1) and 3 more")
    assert read_labels(["RAIN"], known=ALL).account() == "all 1 films have a class"
