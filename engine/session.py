"""EngineSession: the door of the engine. Records in, records out."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from engine.adapter_cards import find_adapter
from engine.cavp.model import Embedded
from engine.clip import Clip, open_clip
from engine.contact_evidence import places_of_movement, with_evidence
from engine.embedding import SoundEmbedder, cut_embedded, embed_clip_once
from engine.errors import DeviceError, InputError
from engine.event_detection import PICTURE_ALONE, WITH_SOUND, Finding, detect_events
from engine.feature_cache import FeatureCache
from engine.media.audio_file import read_take
from engine.model_store import StarterModel, find_card
from engine.progress import CancelToken, Progress, ProgressListener, silent
from engine.records import Event, FloatArray, HitPoint, SyncMap, Take
from engine.scoring import nearest_stretch, score_sound
from engine.sound_side import PlacedSound, SoundSide, checked_sound
from engine.step_range import StepRange, own_steps
from engine.take_maker import TakeMaker
from engine.take_sound import event_class, take_sound
from engine.takes import MadeTake, RangeOrder, TakeOrder
from engine.timing import TimeRange
from engine.ucs import class_for

KEPT_FILMS = 2


class EngineSession:
    """Opens clips, finds events, scores sound and generates takes with one model.

    Args:
        model: Name of the model.
        models_folder: Where models lie; the bundled ones when None.
        device: "cpu" or "cuda".
        cache: Where features are kept between sessions, None for memory only.

    Raises:
        InputError: When there is no such model.
        DeviceError: When the device is not there.
    """

    def __init__(
        self,
        *,
        model: str = "starter",
        models_folder: Path | None = None,
        device: str = "cpu",
        cache: FeatureCache | None = None,
    ) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise DeviceError("Device 'cuda' was asked for, but no CUDA GPU is usable here: use 'cpu'.")
        if device != "cpu":
            raise DeviceError(f"Device '{device}': the starter runs on 'cpu' in this version.")
        self.device = device
        self.model = StarterModel(find_card(model, folder=models_folder))
        self._cache = cache
        self._embedded: dict[str, Embedded] = {}
        self._maker = TakeMaker(self.model, self._agreement, device=device)

    def use_adapter(self, name: str) -> None:
        """Make takes with one of the user's adapters from now on, with the base alone where none is named.

        Raises:
            InputError: When there is no adapter of this name.
            CheckpointError: When it is damaged or made for another model; the base is left then.
        """
        self.model.use_adapter(find_adapter(name) if name else None)

    def open(
        self, path: Path, *, listener: ProgressListener = silent, cancel: CancelToken | None = None
    ) -> Clip:
        """Read a film.

        Args:
            path: The film.
            listener: Told of progress.
            cancel: Asked after each picture whether to go on.

        Raises:
            MediaError: When it cannot be read.
            Cancelled: When the token was set.
        """
        listener(Progress("read picture", 0, 0, path.name))
        return open_clip(path, listener=listener, cancel=cancel, cache=self._cache)

    @cached_property
    def _ear(self) -> SoundEmbedder:
        return SoundEmbedder(self.model.cavp, weights=self.model.cavp_sha256, cache=self._cache)

    def embed(
        self, clip: Clip, *, listener: ProgressListener = silent, cancel: CancelToken | None = None
    ) -> Embedded:
        """SF-CAVP features of the picture in half precision, computed once per film.

        Args:
            clip: The film.
            listener: Told of progress.
            cancel: Asked again and again whether to go on.

        Raises:
            Cancelled: When the token was set.
        """
        key = clip.content or clip.info.fingerprint
        if key in self._embedded:
            listener(Progress("features", 1, 1))
        else:
            self._embedded[key] = embed_clip_once(
                self.model.cavp, clip, weights=self.model.cavp_sha256, listener=listener, cancel=cancel
            )
        for old in list(self._embedded)[:-KEPT_FILMS]:
            del self._embedded[old]
        return self._embedded[key]

    def detect_events(
        self, clip: Clip, *, picture_only: bool = False, listener: ProgressListener = silent
    ) -> list[Finding]:
        """Find the events of a clip; always at least one.

        Args:
            clip: The film.
            picture_only: Whether to close the ears to the production sound.
            listener: Told of progress.
        """
        listener(Progress("find events", 0, 1))
        whole = StepRange(0, clip.steps)
        heard_s = None if picture_only else clip.onsets_s
        seen = cut_embedded(self.embed(clip), whole)
        heard = None
        if clip.sound is not None and not picture_only:
            heard = self._ear.embed(clip.sound, whole, clip_steps=clip.steps).frames
        findings = detect_events(
            with_evidence(seen, clip.motion, heard=heard),
            heard_s=heard_s or (),
            steady_s=() if picture_only else clip.steady_s,
            places=places_of_movement(clip.motion),
            classes=tuple(class_for(name) for name in self.model.cavp.config.classes),
            cuts=clip.cuts,
            duration_samples=clip.info.duration_samples,
            config=PICTURE_ALONE if heard is None else WITH_SOUND,
        )
        listener(Progress("find events", 1, 1, f"{len(findings)} found"))
        return findings

    def score(
        self,
        clip: Clip,
        *,
        sound: FloatArray | SoundSide | None = None,
        where: TimeRange | None = None,
        hits: Sequence[HitPoint] = (),
        class_name: str = "",
    ) -> SyncMap:
        """Compare a sound with the picture.

        Args:
            clip: The film.
            sound: (C, S) at 48 kHz from the clip's start, or a sound side; the production sound when None.
            where: The stretch to judge; the whole clip when None.
            hits: Its hit points, if it is an event that has some.
            class_name: Its sound class, if it is an event.

        Raises:
            InputError: When there is no sound to score, or one with samples that are no numbers.
        """
        heard = clip.sound if sound is None else sound
        if heard is None:
            raise InputError(
                f"{clip.info.path.name} has no sound of its own: give a sound file with --audio to score."
            )
        if isinstance(heard, np.ndarray):
            heard = PlacedSound(checked_sound(heard, name="the sound given"))
        stretch = where or TimeRange(0, clip.info.duration_samples)
        still = clip.is_still(own_steps(stretch, clip_steps=clip.steps))
        return score_sound(
            self.model.cavp,
            self.embed(clip),
            heard,
            stretch,
            hits=hits,
            class_name=class_name,
            still=still,
            ear=self._ear,
        )

    def score_take(self, clip: Clip, take: Take, event: Event) -> SyncMap:
        """Compare a take, laid at its place, with the picture of its event.

        Raises:
            InputError: When its file cannot be read or holds samples that are no numbers.
        """
        return self.score(
            clip,
            sound=take_sound(take),
            where=event.range,
            hits=event.hit_points,
            class_name=event_class(event, take.prompt),
        )

    def _agreement(self, clip: Clip, sound: PlacedSound, event: Event, class_name: str) -> SyncMap:
        return self.score(clip, sound=sound, where=event.range, hits=event.hit_points, class_name=class_name)

    def nearest_event(self, clip: Clip, take: Take, events: Sequence[Event]) -> Event:
        """The event whose picture a take fits best by what is heard, among those of a project.

        Args:
            clip: The film.
            take: The take, judged over the range of its own event where that is given.
            events: Events to choose from, at least one.

        Raises:
            InputError: When its file cannot be read or holds samples that are no numbers.
        """
        own = next((event.range for event in events if event.id == take.event_id), take.range)
        ranges = [event.range for event in events]
        number = nearest_stretch(
            self.model.cavp, self.embed(clip), take_sound(take), own, ranges, ear=self._ear
        )
        return events[number]

    def generate(
        self,
        clip: Clip,
        order: TakeOrder,
        folder: Path,
        *,
        listener: ProgressListener = silent,
        cancel: CancelToken | None = None,
    ) -> list[Take]:
        """Generate, score and write the takes of an event, best reward first.

        Args:
            clip: The film.
            order: What to make.
            folder: Where the WAV files go; it must exist.
            listener: Told of the steps of the generator.
            cancel: Asked between steps whether to go on.

        Raises:
            InputError: When the order asks for something the model cannot do.
            OutputLocationError: When nothing can be written in the folder.
            Cancelled: When the token was set.
        """

        def steps_only(progress: Progress) -> None:
            if progress.stage == "generate":
                listener(progress)

        made = [
            made.take for made in self.make_takes(clip, order, folder, listener=steps_only, cancel=cancel)
        ]
        return sorted(made, key=lambda take: take.score.reward, reverse=True)

    def make_takes(
        self,
        clip: Clip,
        order: TakeOrder,
        folder: Path,
        *,
        listener: ProgressListener = silent,
        cancel: CancelToken | None = None,
    ) -> Iterator[MadeTake]:
        """Generate the takes of an event together, then give each as soon as it is scored and written.

        The listener hears of every stage: features, generate, decode, score. Arguments and
        errors are those of ``generate``.
        """
        cancel = cancel or CancelToken()
        self.embed(clip, listener=listener, cancel=cancel)
        yield from self._maker.make(clip, order, folder, listener=listener, cancel=cancel)

    def regenerate(
        self,
        clip: Clip,
        take: Take,
        asked: RangeOrder,
        folder: Path,
        *,
        listener: ProgressListener = silent,
        cancel: CancelToken | None = None,
    ) -> Iterator[MadeTake]:
        """Make a stretch of a take anew, once for each seed; outside the joins it stays bit for bit.

        The old take and its file stay as they are; the new ones are named after it and their seed.

        Args:
            clip: The film.
            take: The old take.
            asked: What to make anew, and how.
            folder: Where the WAV files go; it must exist.
            listener: Told of every stage: features, generate, decode, score.
            cancel: Asked between steps whether to go on.

        Raises:
            InputError: When the stretch leaves the take, its file cannot be read or the order asks for
                something the model cannot do.
            OutputLocationError: When nothing can be written in the folder.
            Cancelled: When the token was set.
        """
        cancel = cancel or CancelToken()
        old = checked_sound(read_take(take)[None], name=str(take.path))[0]
        self.embed(clip, listener=listener, cancel=cancel)
        yield from self._maker.remake(clip, take, old, asked, folder, listener=listener, cancel=cancel)
