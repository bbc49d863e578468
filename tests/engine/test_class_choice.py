import pytest

from engine.class_choice import choose_class, choose_unwanted
from engine.errors import InputError

KNOWN = ("FEET_generic", "FEET_gravel", "IMPT_metal")


@pytest.mark.parametrize(
    ("asked", "prompt", "name"),
    [
        ("FEET_gravel", "", "FEET_gravel"),
        ("feet_gravel", "snow", "FEET_gravel"),
        ("FEETHmn", "", "FEET_generic"),
        ("FEETHmn", "boots on gravel", "FEET_gravel"),
        ("FEETHmn", "deep snow", "FEET_generic"),  # FEET_snow is none of its classes
        ("METLImpt", "a tin can", "IMPT_metal"),  # nor is IMPT_tin
        ("", "a loud clang", "IMPT_metal"),
    ],
)
def test_class_follows_from_category_and_words(asked: str, prompt: str, name: str) -> None:
    choice = choose_class(asked, prompt, known=KNOWN)
    assert choice.sound.name == name
    named_itself = asked.casefold() == name.casefold()
    assert (choice.how == "") == named_itself
    assert named_itself or name in choice.how


def test_category_without_a_class_names_those_of_its_lane() -> None:
    with pytest.raises(InputError, match=r"does not know OBJKey \(OBJT_keys\); nearest are IMPT_metal\."):
        choose_class("OBJKey", "", known=KNOWN)


def test_unknown_category_names_the_nearest() -> None:
    with pytest.raises(InputError, match="'FEETHmm'; nearest: FEETHmn"):
        choose_class("FEETHmm", "", known=KNOWN)


def test_neither_class_nor_telling_words_is_refused() -> None:
    with pytest.raises(InputError, match="Neither class nor prompt 'xyzzy' names a sound"):
        choose_class("", "xyzzy", known=KNOWN)


def test_nothing_given_is_refused_with_both_remedies() -> None:
    with pytest.raises(InputError, match="Neither a class nor a prompt was given.*FEETHmn, or words"):
        choose_class("", "", known=KNOWN)


def test_a_prompt_of_any_length_fits_into_a_message() -> None:
    choice = choose_class("", "clang " * 5000, known=KNOWN)
    assert choice.sound.name == "IMPT_metal"
    assert len(choice.how) < 250
    assert choice.how.startswith("no class with prompt 'clang clang")


def test_unwanted_words_become_classes_and_the_rest_is_told() -> None:
    classes, told = choose_unwanted("clang, qwertz, qwertz, ", known=KNOWN)
    assert [sound.name for sound in classes] == ["IMPT_metal"]
    assert told == "Not wanted, but unknown to this model: qwertz."
    assert choose_unwanted("", known=KNOWN) == ((), "")


def test_what_is_asked_for_is_not_kept_away_from() -> None:
    classes, told = choose_unwanted("clang, boots on gravel", known=KNOWN, wanted="IMPT_metal")
    assert [sound.name for sound in classes] == ["FEET_gravel"]
    assert told == "Not wanted, but asked for, so not kept away from: clang."
