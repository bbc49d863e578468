"""A take as it is judged: its sound at its place, and the class that it should be of."""

from engine.media.audio_file import read_take
from engine.records import Event, FloatArray, Take
from engine.sound_side import PlacedSound, checked_sound
from engine.ucs import class_for, load_classes


def event_class(event: Event, prompt: str) -> str:
    """Our name of the class an event's sound should have, empty where its CatID is none of ours."""
    known = any(sound.cat_id == event.cat_id for sound in load_classes())
    return class_for(event.cat_id, prompt).name if known else ""


def take_sound(take: Take) -> PlacedSound:
    """A take's sound at its place.

    Raises:
        InputError: When its file cannot be read or holds samples that are no numbers.
    """
    sound = checked_sound(read_take(take)[None], name=str(take.path))
    return PlacedSound(sound, take.range.start_samples)


def new_part(take: Take) -> FloatArray:
    """What of a take (S,) was made for it: all of it, or the stretch that was made anew.

    Raises:
        InputError: When its file cannot be read.
    """
    sound = read_take(take)
    where = take.remade
    if where is None:
        return sound
    begin = take.range.start_samples
    part: FloatArray = sound[where.start_samples - begin : where.end_samples - begin]
    return part
