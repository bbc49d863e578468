"""Our sound classes, the UCS category each one has, and file names by the UCS rules."""

import csv
import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from engine.assets import asset_path
from engine.errors import InputError

LANES = ("feet", "moves", "props", "ambience", "fx")
KINDS = ("event", "ambience")

_LONGEST_NAME = 200  # file systems stop at 255 bytes; temporary names and numbers need room
_NOT_IN_A_BLOCK = re.compile(r"[^A-Za-z0-9 .,+&!'()#@=]+")
_LAST_SYLLABLE = ("s", "es", "ing", "ed")


@dataclass(frozen=True)
class SoundClass:
    """A class of sounds the model knows.

    Attributes:
        name: Our name ("FEET_gravel").
        cat_id: UCS 8.2.1 CatID, case as in the official list ("FEETHmn").
        lane: feet, moves, props, ambience or fx.
        words: What people call it, the plainest words first.
        kind: "event" (has a moment) or "ambience" (goes on).
    """

    name: str
    cat_id: str
    lane: str
    words: tuple[str, ...]
    kind: str


@cache
def load_classes() -> tuple[SoundClass, ...]:
    """All classes, in the order of the table.

    Where several classes share a CatID, the first of them stands for it.
    """
    with asset_path("ucs", "classes.tsv").open(encoding="utf-8", newline="") as table:
        return tuple(_class_of_row(row) for row in csv.DictReader(table, delimiter="\t"))


def class_for(cat_id_or_name: str, prompt: str = "") -> SoundClass:
    """The class of a CatID or of our own class name; small and capital letters are alike.

    Args:
        cat_id_or_name: "FEETHmn" or "FEET_gravel".
        prompt: The user's words, which choose between classes of one CatID.

    Raises:
        InputError: When there is no such class; the message names the nearest ones.
    """
    wanted = cat_id_or_name.casefold()
    for sound in load_classes():
        if sound.name.casefold() == wanted:
            return sound
    candidates = [sound for sound in load_classes() if sound.cat_id.casefold() == wanted]
    if not candidates:
        raise InputError(_unknown_class(cat_id_or_name))
    return max(candidates, key=lambda sound: _likeness(sound, prompt))  # max keeps the first of equals


def class_from_prompt(prompt: str) -> SoundClass | None:
    """The class whose words a prompt names best, None when it names none."""
    best = max(load_classes(), key=lambda sound: _likeness(sound, prompt))
    return best if _likeness(best, prompt) > 0 else None


def fitting_class(cat_id: str, prompt: str) -> SoundClass:
    """The class a prompt means for an event of a CatID.

    A class of the CatID when the words name one, else whatever class they do name, else the
    first of the CatID.

    Raises:
        InputError: When there is no such CatID.
    """
    own = class_for(cat_id, prompt)
    if _likeness(own, prompt) > 0:
        return own
    return class_from_prompt(prompt) or own


def ucs_file_name(cat_id: str, fx_name: str, creator: str, source: str, user_data: str = "") -> str:
    """Name of a WAV file: ``CatID_FXName_CreatorID_SourceID[_UserData].wav``.

    Blocks hold plain letters, digits, spaces and simple signs. Everything else, `_` and
    `-` included, becomes a space in the FXName and vanishes from the other blocks, so a
    timecode in the user data reads 01001207. Long FX names are cut.

    Raises:
        InputError: When the CatID is malformed or a block has nothing left to show.
    """
    if not re.fullmatch(r"[A-Z]{2,}[A-Za-z]*", cat_id):
        raise InputError(f"{cat_id!r} is no UCS CatID: give one such as FEETHmn, letters as in the list.")
    tail = [_block("creator", creator, ""), _block("source", source, "")]
    if user_data:
        tail.append(_block("user data", user_data, ""))
    room = _LONGEST_NAME - len("_".join([cat_id, "", *tail])) - len(".wav")
    if room < 1:
        raise InputError(
            f"Creator, source and user data together are too long: {'_'.join(tail)[:60]}… Shorten them."
        )
    return "_".join([cat_id, _cut(_block("FX name", fx_name, " "), room), *tail]) + ".wav"


def prompt_of(sound: SoundClass) -> str:
    """Words with which ``class_for`` chooses this class among those of its CatID."""
    for words in (*sound.words, " ".join(sound.words)):
        if class_for(sound.cat_id, words) == sound:
            return words
    return sound.name


def _class_of_row(row: dict[str, str]) -> SoundClass:
    words = tuple(row["words"].split(","))
    return SoundClass(row["class"], row["cat_id"], row["lane"], words, row["kind"])


def _likeness(sound: SoundClass, prompt: str) -> float:
    """How well a class names what a prompt says: its best phrase counts, the longer the better."""
    spoken = _stems(prompt)
    named = [
        len(stems) ** 2 * (1 - rank / 1000)  # the plainest words come first in the table
        for rank, stems in enumerate(map(_stems, sound.words))
        if stems and stems <= spoken
    ]
    return max(named, default=0.0)


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in re.findall(r"[a-z0-9]+", text.lower())} - {"on", "in", "of", "a", "the"}


def _stem(word: str) -> str:
    for ending in _LAST_SYLLABLE[::-1]:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending).rstrip("e")
    return word.rstrip("e")


def _unknown_class(wanted: str) -> str:
    names = {name.casefold(): name for sound in load_classes() for name in (sound.cat_id, sound.name)}
    near = [names[key] for key in difflib.get_close_matches(wanted.casefold(), names, n=3, cutoff=0.3)]
    advice = f"nearest: {', '.join(near)}" if near else "see assets/ucs/classes.tsv for the list"
    return f"No sound class has the UCS CatID or name {wanted!r}; {advice}."


def _block(what: str, text: str, gap: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    block = " ".join(_NOT_IN_A_BLOCK.sub(gap, plain).split()).strip(" .")
    if not block:
        raise InputError(f"The {what} {text!r} leaves nothing for a file name: give some plain letters.")
    return block


def _cut(text: str, room: int) -> str:
    """As many whole words as fit, at least the begin of the first."""
    if len(text) <= room:
        return text
    return text[: room + 1].rpartition(" ")[0] or text[:room]
