"""Votes of a studio project as pairs to tune on.

What the artist heard is read back: the takes' files at the levels at which they were compared, taken to
latents by the codec, and the conditions that generation makes for the event as it is in the last save.
Nothing is locked and nothing written, so a project may be open in the studio meanwhile.

Letters: N tokens, L latent channels, S samples at 48 kHz.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from engine.class_choice import choose_class
from engine.clip import Clip, open_clip
from engine.errors import InputError
from engine.feature_cache import FeatureCache
from engine.generation import LEAD_TOKENS, LOUDEST_DB, SOFTEST_DB, conditioned
from engine.media.audio_file import read_take_file
from engine.model_store import StarterModel
from engine.progress import Progress, ProgressListener, silent
from engine.project.project import Project
from engine.project.project_file import open_saved_project
from engine.project.take_files import sound_hash, take_path
from engine.project.vote_journal import JOURNAL, read_good_votes
from engine.project.votes import HeardTake, Vote
from engine.records import Event, FloatArray
from engine.regeneration import latents_of_take
from engine.sound_side import checked_sound
from engine.take_maker import generation_request
from engine.takes import TakeOrder
from trainer.preference.material import TuningPair, cropped, half_precision
from trainer.preference.vote_sorting import SortedVotes, WeightedChoice, sort_votes


@dataclass(frozen=True)
class VotedPair:
    """A pair and where it comes from.

    Attributes:
        pair: Latents, conditions, weight.
        event: Project and event: pairs of one event share takes, and are kept together in tests.
        takes: Hashes of both sounds.
    """

    pair: TuningPair
    event: str
    takes: tuple[str, str]


@dataclass(frozen=True)
class ProjectPairs:
    """What a project's votes gave.

    Attributes:
        folder: The project.
        sorted: Its votes, sorted.
        other_model: Choices between takes of another model than the one to tune.
        left_out: Choices that could not be used, in words: the vote, and the reason.
        unusable: How many choices these are.
        bad_lines: Lines of the journal that are no votes, each named.
        pairs: What can be tuned on.
    """

    folder: Path
    sorted: SortedVotes
    other_model: int
    left_out: tuple[str, ...]
    unusable: int
    bad_lines: tuple[str, ...]
    pairs: tuple[VotedPair, ...]

    def account(self) -> list[str]:
        """What became of the votes, line by line."""
        counts = {
            "ties": self.sorted.ties,
            "called both bad": self.sorted.both_bad,
            "hidden repeats": self.sorted.repeats.repeats,
            "contradict each other": self.sorted.cancelled,
            "contradicted by a tie": self.sorted.doubted,
            "of another model": self.other_model,
            "not usable": self.unusable,
        }
        told = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
        first = f"{self.folder}: {self.sorted.votes} votes give {len(self.pairs)} pairs"
        rate = self.sorted.repeats.rate
        trust = [] if rate is None else [f"{self.folder}: repeats judged alike: {rate:.0%}"]
        return [f"{first} ({told})" if told else first, *trust, *self.bad_lines, *self.left_out]


def pairs_of_project(
    folder: Path,
    model: StarterModel,
    *,
    cache: FeatureCache | None = None,
    listener: ProgressListener = silent,
) -> ProjectPairs:
    """Make pairs of the votes of a project.

    Args:
        folder: Name.msgproj.
        model: The model to tune.
        cache: Where the features of films are kept, None for memory.
        listener: Told of progress.

    Raises:
        ProjectError: When there is no project that can be read, or its journal cannot.
    """
    project = open_saved_project(folder)
    journal = read_good_votes(folder, project.votes)
    found = sort_votes(journal.votes)
    own = [choice for choice in found.choices if _is_of(model, choice)]
    maker = _PairMaker(folder, project, model, cache, listener)
    pairs: list[VotedPair] = []
    left_out: list[tuple[str, str]] = []
    for done, choice in enumerate(own, start=1):
        try:
            pairs.append(maker.pair_of(choice))
        except InputError as problem:
            left_out.append((_name_of(choice.pair.vote), str(problem)))
        listener(Progress("read votes", done, len(own), folder.name))
    return ProjectPairs(
        folder=folder,
        sorted=found,
        other_model=len(found.choices) - len(own),
        left_out=_in_short(left_out),
        unusable=len(left_out),
        bad_lines=tuple(
            f"{folder / JOURNAL} line {line.number} was left out: {line.reason}" for line in journal.bad_lines
        ),
        pairs=tuple(pairs),
    )


def _is_of(model: StarterModel, choice: WeightedChoice) -> bool:
    """Whether both takes were made with the model's weights, with or without an adapter."""
    made_with = {choice.pair.chosen.model_sha256, choice.pair.rejected.model_sha256}
    return made_with == {model.generator_sha256}


def _name_of(vote: Vote) -> str:
    return f"vote {vote.id[:8]} ({vote.first.take_id} against {vote.second.take_id})"


def _in_short(left_out: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """One line for each reason: the first vote it concerns, and how many more."""
    votes_of: dict[str, list[str]] = {}
    for vote, reason in left_out:
        votes_of.setdefault(reason, []).append(vote)
    return tuple(
        f"{votes[0]}{f' and {len(votes) - 1} more' if len(votes) > 1 else ''}: {reason}"
        for reason, votes in votes_of.items()
    )


class _PairMaker:
    """Makes the pairs of one project; its film is read once.

    Args:
        folder: The project folder.
        project: Its last save.
        model: The model to tune.
        cache: Where the features of films are kept.
        listener: Told of the film being read.
    """

    def __init__(
        self,
        folder: Path,
        project: Project,
        model: StarterModel,
        cache: FeatureCache | None,
        listener: ProgressListener,
    ) -> None:
        self._folder = folder
        self._project = project
        self._model = model
        self._cache = cache
        self._listener = listener
        self._events = {event.id: event for event in project.events}

    @cached_property
    def _clip(self) -> Clip:
        info = self._project.clip
        if info is None or not info.path.is_file():
            where = "none was chosen" if info is None else f"{info.path} is not there"
            raise InputError(
                f"the film of {self._folder.name} is missing ({where}): locate it in the studio and save."
            )
        return open_clip(info.path, cache=self._cache, listener=self._listener)

    def pair_of(self, choice: WeightedChoice) -> VotedPair:
        """Latents and conditions of a choice.

        Raises:
            InputError: When film, event or a take's file is missing or not the one voted on.
        """
        vote, sides = choice.pair.vote, (choice.pair.chosen, choice.pair.rejected)
        sounds = [self._sound(side, vote) for side in sides]
        event = self._event(vote)
        order = self._order(event, sides)
        given = conditioned(
            self._model.generator,
            self._clip,
            replace(generation_request(self._clip, order), range=vote.range),
        )
        chosen, rejected = (
            latents_of_take(self._model.codec, sound, vote.range, given)[0]
            for sound in at_heard_levels(sounds, [side.gain_db for side in sides])
        )
        seen = given.inputs.grid[:, :, : self._model.generator.config.grid_channels]
        whole = TuningPair(
            chosen, rejected, half_precision(replace(given.inputs, grid=seen)), weight=choice.weight
        )
        # What was made before the stretch was cut away and cannot be compared.
        pair = cropped(whole, LEAD_TOKENS, whole.tokens - LEAD_TOKENS)
        return VotedPair(pair, f"{self._project.id}/{event.id}", choice.takes)

    def _event(self, vote: Vote) -> Event:
        """The event as the last save has it.

        Raises:
            InputError: When it is not in there, or another film is.
        """
        event = self._events.get(vote.event_id)
        if event is None:
            raise InputError(f"event {vote.event_id} is not in the last save: it was removed, or save first.")
        if self._clip.info.fingerprint != vote.clip_fingerprint:
            raise InputError(f"these takes were made for another film than {self._clip.info.path}.")
        return event

    def _order(self, event: Event, sides: Sequence[HeardTake]) -> TakeOrder:
        """The order that both takes answer.

        Raises:
            InputError: When their prompts name different sounds, or one that the model does not know.
        """
        known = self._model.generator.config.classes
        names = sorted({choose_class(event.cat_id, side.prompt, known=known).sound.name for side in sides})
        if len(names) > 1:
            raise InputError(f"one take was asked for as {names[0]}, the other as {names[1]}.")
        return TakeOrder(
            event,
            names[0],
            prompt=sides[0].prompt,
            takes=1,
            seed=sides[0].seed,
            level_db=level_of_event(self._project, event.id),
        )

    def _sound(self, side: HeardTake, vote: Vote) -> FloatArray:
        """Samples (S,) of a take.

        Raises:
            InputError: When its file is missing, was changed, or does not fit the stretch.
        """
        path = take_path(self._folder, side.sha256)
        if not path.is_file():
            raise InputError(f"the file of take {side.take_id} is missing ({path.name[:12]}...).")
        if sound_hash(path) != side.sha256:
            raise InputError(f"the file of take {side.take_id} was changed ({path.name[:12]}...).")
        sound: FloatArray = checked_sound(read_take_file(path, side.take_id)[None], name=str(path))[0]
        if len(sound) != vote.range.duration_samples:
            raise InputError(
                f"take {side.take_id} has {len(sound)} samples, its stretch {vote.range.duration_samples}."
            )
        return sound


def level_of_event(project: Project, event_id: str) -> float:
    """Level in dB that the studio makes an event's takes at; it keeps it among the project's settings."""
    stored = project.settings.get(f"level_db of {event_id}", 0.0)
    if isinstance(stored, bool) or not isinstance(stored, int | float):
        return 0.0
    return min(max(SOFTEST_DB, float(stored)), LOUDEST_DB)


def at_heard_levels(sounds: Sequence[FloatArray], gains_db: Sequence[float]) -> list[FloatArray]:
    """Sounds as far apart in level as they were when compared, as loud as before on the whole.

    Else a network would learn how loud the takes were, which the artist was kept from hearing.

    Args:
        sounds: Each (S,).
        gains_db: Level applied to each when they were compared.
    """
    mean = sum(gains_db) / len(gains_db)
    return [
        sound * np.float32(10 ** ((gain - mean) / 20)) for sound, gain in zip(sounds, gains_db, strict=True)
    ]
