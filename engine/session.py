"""EngineSession: the door of the engine. Records in, records out."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from engine.cavp.model import Embedded
from engine.clip import Clip, open_clip
from engine.contact_evidence import places_of_movement, with_evidence
from engine.errors import DeviceError, InputError
from engine.event_detection import Finding, detect_events
from engine.generation import GenerationRequest, generate_takes
from engine.media.audio_file import read_take
from engine.model_store import StarterModel, find_card
from engine.progress import CancelToken, Progress, ProgressListener, silent
from engine.project.take_files import sound_hash
from engine.records import Event, FloatArray, HitPoint, SyncMap, Take
from engine.scoring import embed_clip, score_sound
from engine.shots import find_cuts
from engine.takes import (
    TakeOrder,
    gain_below_clipping,
    laid_on_timeline,
    take_name,
    take_seeds,
    write_take,
)
from engine.timing import PROJECT_RATE_HZ, TimeRange, seconds_to_samples
from engine.ucs import class_for

HANDLE_SAMPLES = PROJECT_RATE_HZ // 2


@dataclass(frozen=True)
class MadeTake:
    """A new take and the sync map its score was drawn from."""

    take: Take
    sync_map: SyncMap


class EngineSession:
    """Opens clips, finds events, scores sound and generates takes with one model.

    Args:
        model: Name of the model.
        models_folder: Where models lie; the bundled ones when None.
        device: "cpu" or "cuda".

    Raises:
        InputError: When there is no such model.
        DeviceError: When the device is not there.
    """

    def __init__(
        self, *, model: str = "starter", models_folder: Path | None = None, device: str = "cpu"
    ) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise DeviceError("Device 'cuda' was asked for, but no CUDA GPU is usable here: use 'cpu'.")
        if device != "cpu":
            raise DeviceError(f"Device '{device}': the starter runs on 'cpu' in this version.")
        self.device = device
        self.model = StarterModel(find_card(model, folder=models_folder))
        self._embedded: dict[str, Embedded] = {}

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
        return open_clip(path, listener=listener, cancel=cancel)

    def embed(
        self, clip: Clip, *, listener: ProgressListener = silent, cancel: CancelToken | None = None
    ) -> Embedded:
        """SF-CAVP features of the picture, computed once per film.

        Args:
            clip: The film.
            listener: Told of progress.
            cancel: Asked again and again whether to go on.

        Raises:
            Cancelled: When the token was set.
        """
        key = clip.info.fingerprint
        if key in self._embedded:
            listener(Progress("features", 1, 1))
        else:
            self._embedded[key] = embed_clip(self.model.cavp, clip, listener=listener, cancel=cancel)
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
        heard_s = None if picture_only else clip.onsets_s
        findings = detect_events(
            with_evidence(self.embed(clip), clip.grid, heard_s=heard_s),
            heard_s=heard_s or (),
            steady_s=() if picture_only else clip.steady_s,
            places=places_of_movement(clip.grid),
            classes=tuple(class_for(name) for name in self.model.cavp.config.classes),
            cuts=find_cuts(clip.grid),
            duration_samples=clip.info.duration_samples,
        )
        listener(Progress("find events", 1, 1, f"{len(findings)} found"))
        return findings

    def score(
        self, clip: Clip, *, sound: FloatArray | None = None, where: TimeRange | None = None
    ) -> SyncMap:
        """Compare a sound with the picture.

        Args:
            clip: The film.
            sound: (C, S) at 48 kHz from the clip's start; the production sound when None.
            where: The stretch to judge; the whole clip when None.

        Raises:
            InputError: When there is no sound to score.
        """
        heard = clip.sound if sound is None else sound
        if heard is None:
            raise InputError(
                f"{clip.info.path.name} has no sound of its own: give a sound file with --audio to score."
            )
        whole = TimeRange(0, clip.info.duration_samples)
        return score_sound(self.model.cavp, self.embed(clip), heard, where or whole)

    def score_take(self, clip: Clip, take: Take, where: TimeRange) -> SyncMap:
        """Compare a take, laid at its place, with the picture over a stretch.

        Raises:
            InputError: When its file cannot be read.
        """
        sound = laid_on_timeline(read_take(take), take.range, clip.info.duration_samples)
        return self.score(clip, sound=sound, where=where)

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
        request = self._request(clip, order)
        begun = time.perf_counter()
        sounds = generate_takes(
            self.model.generator, self.model.codec, clip, request, listener=listener, cancel=cancel
        )
        seconds = (time.perf_counter() - begun) / len(sounds)
        for number, (seed, sound) in enumerate(zip(request.seeds, sounds, strict=True), start=1):
            cancel.check()
            listener(Progress("score", number - 1, len(sounds)))
            yield self._finished(clip, order, request.range, seed, sound, seconds, folder)
            listener(Progress("score", number, len(sounds)))

    def _request(self, clip: Clip, order: TakeOrder) -> GenerationRequest:
        event = order.event
        return GenerationRequest(
            range=event.range.widened(by_samples=HANDLE_SAMPLES, within_samples=clip.info.duration_samples),
            sounding=None if event.hit_points else event.range,
            class_name=order.class_name,
            hit_points=event.hit_points,
            seeds=take_seeds(order),
            steps=order.steps,
            guidance=order.guidance,
        )

    def _finished(
        self,
        clip: Clip,
        order: TakeOrder,
        where: TimeRange,
        seed: int,
        sound: FloatArray,
        seconds: float,
        folder: Path,
    ) -> MadeTake:
        audible = sound * np.float32(gain_below_clipping(sound))  # what the file will hold
        laid = laid_on_timeline(audible, where, clip.info.duration_samples)
        sync_map = self.score(clip, sound=laid, where=order.event.range)
        number = seed - order.seed + 1
        name = take_name(order, seed)
        take = Take(
            id=name,
            event_id=order.event.id,
            path=folder / f"{name}.wav",
            range=where,
            seed=seed,
            steps=order.steps,
            guidance=order.guidance,
            prompt=order.prompt,
            model=self.model.card.name,
            model_sha256=self.model.generator_sha256,
            weights_licence=self.model.card.licence,
            clip_fingerprint=clip.info.fingerprint,
            device=self.device,
            batch=order.takes,
            threads=torch.get_num_threads(),
            sha256="",
            seconds=seconds,
            score=sync_map.score,
            negative_prompt=order.negative_prompt,
        )
        write_take(take, sound, clip.info, number=number, made=datetime.now(UTC))
        return MadeTake(replace(take, sha256=sound_hash(take.path)), sync_map)


def event_by_hand(
    clip: Clip, *, start_s: float, end_s: float, cat_id: str, lane: str, hits: tuple[float, ...]
) -> Event:
    """An event from numbers a user typed.

    Raises:
        InputError: When the range or a hit point lies outside the clip.
    """
    where = TimeRange.from_seconds(start_s, end_s)
    if where.start_samples < 0 or where.end_samples > clip.info.duration_samples:
        raise InputError(
            f"Range {start_s:.3f} to {end_s:.3f} s leaves the clip, which lasts "
            f"{clip.info.duration_samples / PROJECT_RATE_HZ:.3f} s: choose a range inside."
        )
    outside = [hit for hit in hits if not start_s <= hit < end_s]
    if outside:
        raise InputError(
            f"Hit point {outside[0]:.3f} s lies outside {start_s:.3f} to {end_s:.3f} s: move it."
        )
    points = tuple(HitPoint(seconds_to_samples(hit)) for hit in sorted(hits))
    return Event("e001", lane, cat_id, where, points, 1.0, "made by hand")
