import pytest

from engine.class_choice import choose_class
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
