"""Picture and sound embedded window by window, and the windows of sound kept for the next time.

Windows overlap by margins as wide as the networks look, so that the embedding of a long clip is
that of the whole, for the memory of one window.

Letters: B batch (one here), T fast steps at 25 Hz, U = T / 4 slow steps, E embedding size.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from engine.cavp.model import SFCAVP, Embedded, pooled_slow
from engine.clip import FEATURE_VERSION, Clip
from engine.feature_cache import FeatureCache, FeatureKey
from engine.progress import CancelToken, Progress, ProgressListener, silent
from engine.sound_side import SoundSide
from engine.step_range import StepRange
from engine.timing import FAST_STEPS_PER_SLOW

MARGIN_STEPS = 64  # as far as networks and plain voice look to either side
SOUND_WINDOW_STEPS = 100
KEPT_SOUND_WINDOWS = 512  # half an hour of sound, some 25 MB

_CHUNK_STEPS = 1500
_NAMES = tuple(field.name for field in fields(Embedded))
_OF_THE_WHOLE = ("pooled", "class_logits")
_STREAMS = ("fast", "slow")
_FRAMES = ("onset_logits", "frame_class_logits")


@dataclass(frozen=True)
class SlowFast:
    """Both streams of one side.

    Attributes:
        fast: (1, T, E_f) fast embeddings.
        slow: (1, U, E_s) slow embeddings.
    """

    fast: Tensor
    slow: Tensor

    def cut(self, steps: StepRange) -> "SlowFast":
        """A stretch of them, whole slow steps, in float32."""
        return streams_of(self, steps)


@dataclass(frozen=True)
class FrameLogits:
    """What one side says of every frame.

    Attributes:
        onset_logits: (1, T) a contact.
        frame_class_logits: (1, T, K) which class.
    """

    onset_logits: Tensor
    frame_class_logits: Tensor


@dataclass(frozen=True)
class SoundWindow:
    """A stretch of an embedded sound, in half precision."""

    streams: SlowFast
    frames: FrameLogits

    @property
    def arrays(self) -> dict[str, Tensor]:
        """All of it by name."""
        return {**vars(self.streams), **vars(self.frames)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Tensor]) -> "SoundWindow":
        """The window of what ``arrays`` gave."""
        streams, frames = ({name: arrays[name] for name in names} for names in (_STREAMS, _FRAMES))
        return cls(SlowFast(**streams), FrameLogits(**frames))

    def cut(self, steps: StepRange) -> "SoundWindow":
        """A stretch of it, whole slow steps."""
        fast = slice(steps.start, steps.end)
        slow = slice(steps.start // FAST_STEPS_PER_SLOW, steps.end // FAST_STEPS_PER_SLOW)
        cuts = {name: value[:, slow if name == "slow" else fast] for name, value in self.arrays.items()}
        return SoundWindow.of_arrays(cuts)


@torch.no_grad()
def embed_clip(
    network: SFCAVP,
    clip: Clip,
    *,
    precision: torch.dtype = torch.float32,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> Embedded:
    """Embed the whole picture, window by window with margins, so that memory stays bounded.

    Args:
        network: SF-CAVP.
        clip: The clip.
        precision: Of the answer; half of it takes half the room.
        listener: Told how many windows are done.
        cancel: Asked before each window whether to go on.

    Raises:
        Cancelled: When the token was set.
    """
    cancel = cancel or CancelToken()
    parts: list[Embedded] = []
    starts = range(0, clip.steps, _CHUNK_STEPS)
    for number, start in enumerate(starts):
        cancel.check()
        listener(Progress("features", number, len(starts)))
        window = StepRange(start, min(clip.steps, start + _CHUNK_STEPS))
        wide = window.widened(MARGIN_STEPS, within=clip.steps)
        embedded = network.embed_video(clip.pictures(wide)[None])
        parts.append(_changed(cut_embedded(embedded, window.inside(wide)), lambda v: v.to(precision).clone()))
    listener(Progress("features", len(starts), len(starts)))
    return parts[0] if len(parts) == 1 else join_embedded(parts)


def embed_clip_once(
    network: SFCAVP,
    clip: Clip,
    *,
    weights: str,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> Embedded:
    """The whole picture embedded, in half precision, from the clip's cache where it was kept there.

    Args:
        network: SF-CAVP.
        clip: The clip.
        weights: Hash of the network's weights.
        listener: Told how many windows are done.
        cancel: Asked before each window whether to go on.

    Raises:
        Cancelled: When the token was set.
    """
    key = FeatureKey("embedding", (clip.content, clip.steps, weights, FEATURE_VERSION))
    kept = None if clip.cache is None else clip.cache.find(key, listener=listener)
    if kept is not None:
        listener(Progress("features", 1, 1))
        return _of_fields({name: kept[name][:][None] for name in kept})
    made = embed_clip(network, clip, precision=torch.float16, listener=listener, cancel=cancel)
    if clip.cache is not None:
        clip.cache.keep(key, {name: value[0] for name, value in _fields_of(made).items()}, listener=listener)
    return made


class SoundEmbedder:
    """Embeds stretches of sounds and keeps every window by a key of what is heard in it.

    Windows lie on a steady grid of SOUND_WINDOW_STEPS. Where a take changes, only the windows that
    hear the change are embedded again, and windows in which nothing sounds are all the same one.

    Args:
        network: SF-CAVP.
        weights: Hash of its weights.
        cache: Where windows are kept between sessions, None for memory only.
    """

    def __init__(self, network: SFCAVP, *, weights: str = "", cache: FeatureCache | None = None) -> None:
        self._network, self._weights, self._cache = network, weights, cache
        self._kept: OrderedDict[FeatureKey, SoundWindow] = OrderedDict()
        self.embedded_windows = 0

    def embed(self, sound: SoundSide, steps: StepRange, *, clip_steps: int) -> SoundWindow:
        """Embed a stretch of a sound, with what lies around it as its context; all of it in memory.

        Args:
            sound: The sound.
            steps: The stretch, whole slow steps.
            clip_steps: Steps of the clip; the sound's context ends there.
        """
        parts = [window.arrays for _, window in self.windows(sound, steps, clip_steps=clip_steps)]
        joined = {name: torch.cat([part[name] for part in parts], 1).float() for name in parts[0]}
        return SoundWindow.of_arrays(joined)

    @torch.no_grad()
    def windows(
        self, sound: SoundSide, steps: StepRange, *, clip_steps: int
    ) -> Iterator[tuple[StepRange, SoundWindow]]:
        """Embed a stretch of a sound piece by piece, for the memory of one piece.

        Args:
            sound: The sound.
            steps: The stretch, whole slow steps.
            clip_steps: Steps of the clip; the sound's context ends there.

        Yields:
            Where each piece lies on the clip, and the piece.
        """
        run: list[tuple[StepRange, FeatureKey]] = []
        for window in _grid_windows(steps, clip_steps):
            key = self._key(sound, window, clip_steps)
            known = self._find(key)
            if run and (known is not None or len(run) * SOUND_WINDOW_STEPS >= _CHUNK_STEPS):
                yield from _inside(steps, self._embed_run(sound, run, clip_steps))
                run = []
            if known is None:
                run.append((window, key))
            else:
                yield from _inside(steps, [(window, known)])
        yield from _inside(steps, self._embed_run(sound, run, clip_steps))

    def _key(self, sound: SoundSide, window: StepRange, clip_steps: int) -> FeatureKey:
        wide = window.widened(MARGIN_STEPS, within=clip_steps)
        place = window.inside(wide)
        return FeatureKey(
            "window", (self._weights, FEATURE_VERSION, sound.key(wide), place.start, place.end, wide.count)
        )

    def _find(self, key: FeatureKey) -> SoundWindow | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        entry = None if self._cache is None else self._cache.find(key)
        if entry is None:
            return None
        return self._remember(key, SoundWindow.of_arrays({name: entry[name][:][None] for name in entry}))

    def _remember(self, key: FeatureKey, window: SoundWindow) -> SoundWindow:
        self._kept[key] = window
        while len(self._kept) > KEPT_SOUND_WINDOWS:
            self._kept.popitem(last=False)
        return window

    def _embed_run(
        self, sound: SoundSide, run: Sequence[tuple[StepRange, FeatureKey]], clip_steps: int
    ) -> list[tuple[StepRange, SoundWindow]]:
        """Neighbouring windows embedded together, which spares their margins."""
        if not run:
            return []
        wide = StepRange(run[0][0].start, run[-1][0].end).widened(MARGIN_STEPS, within=clip_steps)
        embedded = self._network.embed_audio(sound.mel(wide))
        whole = SoundWindow.of_arrays(_fields_of(embedded))
        made = []
        for window, key in run:
            cut = whole.cut(window.inside(wide)).arrays
            values = {name: value.half().clone() for name, value in cut.items()}  # or each holds the run
            if self._cache is not None:
                self._cache.keep(key, {name: value[0] for name, value in values.items()})
            made.append((window, self._remember(key, SoundWindow.of_arrays(values))))
        self.embedded_windows += len(made)
        return made


def _grid_windows(steps: StepRange, clip_steps: int) -> list[StepRange]:
    """The windows of the steady grid that hold a stretch."""
    first, last = steps.start // SOUND_WINDOW_STEPS, -(-steps.end // SOUND_WINDOW_STEPS)
    return [
        StepRange(n * SOUND_WINDOW_STEPS, min(clip_steps, (n + 1) * SOUND_WINDOW_STEPS))
        for n in range(first, last)
    ]


def _inside(
    steps: StepRange, windows: Iterable[tuple[StepRange, SoundWindow]]
) -> Iterator[tuple[StepRange, SoundWindow]]:
    """What of the windows lies inside a stretch."""
    for window, part in windows:
        shared = StepRange(max(window.start, steps.start), min(window.end, steps.end))
        if shared.count > 0:
            yield shared, part.cut(shared.inside(window))


def cut_embedded(whole: Embedded, steps: StepRange) -> Embedded:
    """A stretch of an embedded side in float32; its pooled embedding is that of its slow steps."""
    fast = slice(steps.start, steps.end)
    slow = whole.slow[:, steps.start // FAST_STEPS_PER_SLOW : steps.end // FAST_STEPS_PER_SLOW].float()
    return Embedded(
        fast=whole.fast[:, fast].float(),
        slow=slow,
        pooled=pooled_slow(slow),
        class_logits=whole.class_logits.float(),
        onset_logits=whole.onset_logits[:, fast].float(),
        active_logits=whole.active_logits[:, fast].float(),
        frame_class_logits=whole.frame_class_logits[:, fast].float(),
        where=None if whole.where is None else whole.where[:, fast].float(),
    )


def streams_of(whole: Embedded | SlowFast, steps: StepRange) -> SlowFast:
    """Both streams of a stretch of a side, whole slow steps, in float32."""
    slow = whole.slow[:, steps.start // FAST_STEPS_PER_SLOW : steps.end // FAST_STEPS_PER_SLOW]
    return SlowFast(whole.fast[:, steps.start : steps.end].float(), slow.float())


def frames_of(whole: Embedded) -> FrameLogits:
    """What a side says of every frame, in float32."""
    return FrameLogits(whole.onset_logits.float(), whole.frame_class_logits.float())


def join_embedded(parts: Sequence[Embedded]) -> Embedded:
    """Stretches of one side, one after the other; classes of the whole are the mean of theirs."""
    joined: dict[str, Tensor | None] = {}
    for name in _NAMES:
        values = [getattr(part, name) for part in parts]
        if values[0] is None:
            joined[name] = None
        elif name in _OF_THE_WHOLE:
            joined[name] = torch.stack(values).mean(0)
        else:
            joined[name] = torch.cat(values, dim=1)
    slow = joined["slow"]
    assert slow is not None
    return _of_fields({**joined, "pooled": pooled_slow(slow.float()).to(slow.dtype)})


def _fields_of(embedded: Embedded) -> dict[str, Tensor]:
    values = {name: getattr(embedded, name) for name in _NAMES}
    return {name: value for name, value in values.items() if value is not None}


def _of_fields(values: Mapping[str, Any]) -> Embedded:
    return Embedded(**{"where": None, **values})


def _changed(embedded: Embedded, change: Callable[[Tensor], Tensor]) -> Embedded:
    return _of_fields({name: change(value) for name, value in _fields_of(embedded).items()})
