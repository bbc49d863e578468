"""Which of its classes the generator takes for what a user asked for, said in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import InputError
from engine.ucs import SoundClass, class_for, class_from_prompt, load_classes

MOST_LETTERS = 80


@dataclass(frozen=True)
class ClassChoice:
    """The class a take is made with.

    Attributes:
        sound: The class.
        how: How it followed from class and prompt, in words; empty when it was named itself.
    """

    sound: SoundClass
    how: str


def choose_class(asked: str, prompt: str, *, known: Sequence[str]) -> ClassChoice:
    """The generator's class for a CatID or class name and a prompt.

    Args:
        asked: CatID or one of our class names; empty to go by the prompt alone.
        prompt: The user's words.
        known: Classes of the generator.

    Raises:
        InputError: When the generator has no such class; the message names some it has.
    """
    wanted = class_for(asked, prompt) if asked else class_from_prompt(prompt)
    if wanted is None:
        raise InputError(
            f"Neither class nor prompt '{in_short(prompt)}' names a sound: give a UCS CatID such as FEETHmn."
            if prompt
            else "Neither a class nor a prompt was given: give a UCS CatID such as FEETHmn, or words."
        )
    if wanted.name not in known:
        wanted = _of_same_category(wanted, prompt, known)
    if asked.casefold() == wanted.name.casefold():
        return ClassChoice(wanted, "")
    words = f"{asked or 'no class'}{f' with prompt {in_short(prompt)!r}' if prompt else ''}"
    return ClassChoice(
        wanted,
        f"{words} was taken as {wanted.name} ({wanted.words[0]}); this model hears classes, not sentences",
    )


def _of_same_category(wanted: SoundClass, prompt: str, known: Sequence[str]) -> SoundClass:
    classes = [class_for(name) for name in known]
    same = [sound for sound in classes if sound.cat_id == wanted.cat_id]
    if same:
        return next((sound for sound in same if sound == class_for(wanted.cat_id, prompt)), same[0])
    near = [sound.name for sound in classes if sound.lane == wanted.lane] or list(known)
    raise InputError(
        f"The generator does not know {wanted.cat_id} ({wanted.name}); nearest are {', '.join(near[:6])}. "
        "`msg-engine models` lists all it knows."
    )


def choose_unwanted(
    words: str, *, known: Sequence[str], wanted: str = ""
) -> tuple[tuple[SoundClass, ...], str]:
    """Classes that a user's words keep away from.

    Args:
        words: Parted by commas ("rain, wind"); empty for none.
        known: Classes of the generator.
        wanted: The class asked for, which cannot be kept away from.

    Returns:
        The classes, and what is to be said of words that name none, or the class asked for.
    """
    found: list[SoundClass] = []
    unknown: list[str] = []
    asked_for: list[str] = []
    for part in (part.strip() for part in words.split(",")):
        sound = class_from_prompt(part) if part else None
        if sound is not None and sound.name == wanted:
            asked_for.append(part)
        elif sound is not None and sound.name in known:
            found.append(sound)
        elif part:
            unknown.append(part)
    told = (("unknown to this model", unknown), ("asked for, so not kept away from", asked_for))
    sentences = (f"Not wanted, but {why}: {_listed(parts)}." for why, parts in told if parts)
    return tuple(dict.fromkeys(found)), " ".join(sentences)


def in_short(words: str) -> str:
    """A user's words as a message can hold them."""
    line = " ".join(words.split())
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 4]} ..."


def _listed(parts: Sequence[str]) -> str:
    return in_short(", ".join(dict.fromkeys(parts)))


def classes_of_others(cat_ids: Sequence[str], *, known: Sequence[str]) -> list[str]:
    """Names of the generator's classes for events that sound at the same time, unknown CatIDs left out."""
    ours = {
        sound.cat_id: sound.name for sound in reversed(load_classes())
    }  # the first of a CatID stands for it
    names = (ours.get(cat_id, "") for cat_id in cat_ids)
    return [name for name in names if name in known]
