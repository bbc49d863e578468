"""Which of its classes the generator takes for what a user asked for, said in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import InputError
from engine.ucs import SoundClass, class_for, class_from_prompt


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
            f"Neither class nor prompt '{prompt}' names a sound: give a UCS CatID such as FEETHmn."
        )
    if wanted.name not in known:
        wanted = _of_same_category(wanted, prompt, known)
    if asked.casefold() == wanted.name.casefold():
        return ClassChoice(wanted, "")
    words = f"{asked or 'no class'}{f' with prompt {prompt!r}' if prompt else ''}"
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
