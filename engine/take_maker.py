"""Takes made with one model: sounds from the generator, scored, named and written as WAV files."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from engine.clip import Clip
from engine.codec.vocoder import vocoder_for
from engine.generation import GenerationRequest, generate_takes
from engine.model_store import StarterModel
from engine.progress import CancelToken, Progress, ProgressListener
from engine.project.take_files import sound_hash
from engine.records import Event, FloatArray, SyncMap, Take
from engine.regeneration import RangeRequest, regenerate
from engine.sound_side import PlacedSound
from engine.take_sound import event_class
from engine.takes import (
    MadeTake,
    RangeOrder,
    TakeOrder,
    gain_below_clipping,
    kept_layers,
    regenerated_name,
    take_name,
    take_seeds,
    write_take,
)
from engine.timing import PROJECT_RATE_HZ, TimeRange

HANDLE_SAMPLES = PROJECT_RATE_HZ // 2

Agreement = Callable[[Clip, PlacedSound, Event, str], SyncMap]


class TakeMaker:
    """Makes takes with one model, one at a time as they are scored and written.

    Args:
        model: The model.
        agreement: Compares a sound with the picture of an event, given its sound class.
        device: Where the model works.
    """

    def __init__(self, model: StarterModel, agreement: Agreement, *, device: str) -> None:
        self._model = model
        self._agreement = agreement
        self._device = device

    def make(
        self, clip: Clip, order: TakeOrder, folder: Path, *, listener: ProgressListener, cancel: CancelToken
    ) -> Iterator[MadeTake]:
        """Generate the takes of an event together, then give each as soon as it is scored and written.

        Args:
            clip: The film.
            order: What to make.
            folder: Where the WAV files go; it must exist.
            listener: Told of the stages generate, decode and score.
            cancel: Asked between steps whether to go on.

        Raises:
            InputError: When the order asks for something the model cannot do.
            OutputLocationError: When nothing can be written in the folder.
            Cancelled: When the token was set.
        """
        request = generation_request(clip, order)
        begun = time.perf_counter()
        sounds = generate_takes(
            self._model.generator,
            self._model.codec,
            clip,
            request,
            vocoder=vocoder_for(self._model.decoder),
            listener=listener,
            cancel=cancel,
        )
        seconds = (time.perf_counter() - begun) / len(sounds)
        for number, (seed, sound) in enumerate(zip(request.seeds, sounds, strict=True), start=1):
            cancel.check()
            listener(Progress("score", number - 1, len(sounds)))
            name = take_name(order, seed)
            yield self._finished(clip, order, request.range, seed, sound, seconds, folder / f"{name}.wav")
            listener(Progress("score", number, len(sounds)))

    def remake(
        self,
        clip: Clip,
        take: Take,
        old: FloatArray,
        asked: RangeOrder,
        folder: Path,
        *,
        listener: ProgressListener,
        cancel: CancelToken,
    ) -> Iterator[MadeTake]:
        """Make a stretch of a take anew, once for each seed; outside the joins it stays bit for bit.

        Args:
            clip: The film.
            take: The old take.
            old: Its samples (S,).
            asked: What to make anew, and how.
            folder: Where the WAV files go; it must exist.
            listener: Told of the stages generate, decode and score.
            cancel: Asked between steps whether to go on.

        Raises:
            InputError: When the stretch leaves the take or the order asks for something the model
                cannot do.
            OutputLocationError: When nothing can be written in the folder.
            Cancelled: When the token was set.
        """
        request = replace(generation_request(clip, asked.order), range=take.range)
        begun = time.perf_counter()
        made = regenerate(
            self._model.generator,
            self._model.codec,
            clip,
            old,
            RangeRequest(take.range, asked.where, request, asked.strength),
            vocoder=vocoder_for(self._model.decoder),
            listener=listener,
            cancel=cancel,
        )
        seconds = (time.perf_counter() - begun) / len(made.sounds)
        for number, (seed, sound) in enumerate(zip(request.seeds, made.sounds, strict=True), start=1):
            cancel.check()
            listener(Progress("score", number - 1, len(made.sounds)))
            path = folder / f"{regenerated_name(take, seed)}.wav"
            one = self._finished(clip, asked.order, take.range, seed, sound, seconds, path)
            new = replace(one.take, layers=kept_layers(take, asked.where, made.joins))
            yield replace(one, take=new, joins=made.joins)
            listener(Progress("score", number, len(made.sounds)))

    def _finished(
        self,
        clip: Clip,
        order: TakeOrder,
        where: TimeRange,
        seed: int,
        sound: FloatArray,
        seconds: float,
        path: Path,
    ) -> MadeTake:
        audible = sound * np.float32(gain_below_clipping(sound))  # what the file will hold
        event = order.event
        placed = PlacedSound(audible[None], where.start_samples)
        sync_map = self._agreement(clip, placed, event, event_class(event, order.prompt))
        adapter = self._model.adapter
        take = Take(
            id=path.stem,
            event_id=order.event.id,
            path=path,
            range=where,
            seed=seed,
            steps=order.steps,
            guidance=order.guidance,
            prompt=order.prompt,
            model=self._model.card.name,
            model_sha256=self._model.generator_sha256,
            weights_licence=self._model.card.licence,
            clip_fingerprint=clip.info.fingerprint,
            device=self._device,
            batch=order.takes,
            threads=torch.get_num_threads(),
            sha256="",
            seconds=seconds,
            score=sync_map.score,
            negative_prompt=order.negative_prompt,
            adapter=adapter.sha256 if adapter else "",
        )
        write_take(take, sound, clip.info, number=seed - order.seed + 1, made=datetime.now(UTC))
        return MadeTake(replace(take, sha256=sound_hash(take.path)), sync_map)


def generation_request(clip: Clip, order: TakeOrder) -> GenerationRequest:
    """What the generator is asked for: the event of an order with its handles."""
    event = order.event
    return GenerationRequest(
        range=event.range.widened(by_samples=HANDLE_SAMPLES, within_samples=clip.info.duration_samples),
        sounding=None if event.hit_points else event.range,
        class_name=order.class_name,
        hit_points=event.hit_points,
        seeds=take_seeds(order),
        steps=order.steps,
        guidance=order.guidance_weights,
        variation=order.variation,
        level_db=order.level_db,
        unwanted=tuple(name for name in order.unwanted if name != order.class_name),
    )
