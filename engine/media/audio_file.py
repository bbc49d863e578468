"""Reads sound out of films and sound files, laid on the film's own timeline.

Letters: C channels, N samples, n samples of a block. Nothing here needs torch, so that the
window may use it.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from engine.errors import InputError, MediaError
from engine.media.resampling import Resampler
from engine.media.sound_source import sound_pieces
from engine.media.survey import survey
from engine.records import FloatArray, Take
from engine.timing import PROJECT_RATE_HZ, rescale

_BLOCK_SAMPLES = 1 << 16
Tell = Callable[[int, int], None]


def read_take(take: Take) -> FloatArray:
    """The sound of a take's file, (S,).

    Raises:
        InputError: When the file is not there, cannot be read, or is not mono at 48 kHz.
    """
    return read_take_file(take.path, take.id)


def read_take_file(path: Path, take_id: str) -> FloatArray:
    """The sound of the file of a take, (S,).

    Args:
        path: The file.
        take_id: The take, for messages.

    Raises:
        InputError: When the file is not there, cannot be read, or is not mono at 48 kHz.
    """
    try:
        sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise InputError(
            f"Take {take_id} cannot be read from {path}: make it again, or choose another take."
        ) from error
    if rate_hz != PROJECT_RATE_HZ or sound.shape[1] != 1:
        raise InputError(
            f"Take {take_id} at {path} has {sound.shape[1]} channels at {rate_hz} Hz, "
            f"wanted is mono at {PROJECT_RATE_HZ} Hz: make it again, or choose another take."
        )
    mono: FloatArray = sound[:, 0]
    return mono


def read_clip_audio(
    path: Path, *, rate_hz: int = PROJECT_RATE_HZ, tell: Tell = lambda _done, _length: None
) -> FloatArray:
    """The film's own sound, laid so that sample 0 sounds with the first picture.

    Args:
        path: The film.
        rate_hz: Sample rate wanted.
        tell: Called again and again with the samples read and those of the whole; what it
            raises ends the reading.

    Returns:
        (C, N) float32 of the picture's length: sound before the first picture and after the
        last is cut, missing sound is silence.

    Raises:
        MediaError: When the film cannot be used or has no sound that can be decoded.
    """
    length = _clip_length(path, rate_hz)

    def told() -> Iterator[FloatArray]:
        done = 0
        for block in clip_audio_blocks(path, rate_hz=rate_hz):
            tell(done, length)
            yield block
            done += block.shape[1]

    sound = _joined(told(), length=length)
    tell(length, length)
    return sound


def clip_audio_blocks(path: Path, *, rate_hz: int = PROJECT_RATE_HZ) -> Iterator[FloatArray]:
    """The film's own sound as ``read_clip_audio`` gives it, decoded block by block.

    Args:
        path: The film.
        rate_hz: Sample rate wanted.

    Yields:
        (C, n) float32, one after the other; C changes where that of the film does.

    Raises:
        MediaError: When the film cannot be used or has no sound that can be decoded.
    """
    info = survey(path).info
    origin_s = info.start_pts * info.time_base
    yield from _laid(path, origin_s=origin_s, rate_hz=rate_hz, length=_clip_length(path, rate_hz))


def read_audio(path: Path, *, rate_hz: int) -> FloatArray:
    """A sound file, or the sound of a film, from its own first sample to its last.

    Samples are not limited: some recordings decode above 1.0.

    Args:
        path: The file.
        rate_hz: Sample rate wanted.

    Returns:
        (C, N) float32.

    Raises:
        MediaError: When there is no sound at ``path`` that can be decoded.
    """
    blocks = list(audio_blocks(path, rate_hz=rate_hz))
    return _joined(blocks, length=sum(block.shape[1] for block in blocks))


def audio_blocks(path: Path, *, rate_hz: int) -> Iterator[FloatArray]:
    """A sound as ``read_audio`` gives it, decoded block by block.

    Args:
        path: The file.
        rate_hz: Sample rate wanted.

    Yields:
        (C, n) float32, one after the other; C changes where that of the file does.

    Raises:
        MediaError: When there is no sound at ``path`` that can be decoded.
    """
    yield from _laid(path, origin_s=None, rate_hz=rate_hz, length=None)


def _clip_length(path: Path, rate_hz: int) -> int:
    return rescale(survey(path).info.duration_samples, from_hz=PROJECT_RATE_HZ, to_hz=rate_hz)


def _joined(blocks: Iterable[FloatArray], *, length: int) -> FloatArray:
    """Blocks of a sound one after the other, (C, length).

    C is the most channels that any block has; the channels others lack are silent.
    """
    whole = np.zeros((0, length), dtype=np.float32)
    filled = 0
    for block in blocks:
        if len(block) > len(whole):
            silent = np.zeros((len(block) - len(whole), length), dtype=np.float32)
            whole = np.concatenate([whole, silent]) if len(whole) else silent
        whole[: len(block), filled : filled + block.shape[1]] = block
        filled += block.shape[1]
    return whole


def _laid(path: Path, *, origin_s: Fraction | None, rate_hz: int, length: int | None) -> Iterator[FloatArray]:
    """All sound of a file on a timeline, silence where there is none.

    Where sound begins before what came ahead of it has ended (a damaged file), its begin is cut.

    Args:
        path: The file.
        origin_s: Time of the timeline's sample 0 on the container's clock; that of the first sound when None.
        rate_hz: Rate of the timeline.
        length: Samples of the timeline; up to the sound's end when None.
    """
    timeline = _Timeline(length)
    resampler: Resampler | None = None
    for piece in sound_pieces(path):
        if resampler is None or piece.before == 0:
            if resampler is not None:
                yield from timeline.lay(resampler.finish())
            origin_s = piece.start_s if origin_s is None else origin_s
            resampler = Resampler(piece.channels, from_hz=piece.rate_hz, to_hz=rate_hz)
            begin = round((piece.start_s - origin_s) * rate_hz)
            yield from timeline.silence_until(begin, channels=piece.channels)
        yield from timeline.lay(resampler.push(piece.samples))
    if resampler is None:
        raise MediaError(f"No sound of {path} can be decoded: it may be damaged. Export it again.")
    rest = resampler.finish()
    yield from timeline.lay(rest)
    yield from timeline.silence_until(length or 0, channels=len(rest))


class _Timeline:
    """A timeline on its way out, block by block.

    Args:
        length: Its samples, None when it has no end.
    """

    def __init__(self, length: int | None) -> None:
        self._length = length
        self._out = 0
        self._next = 0  # place of the next sound; what lies before the samples that are out is cut

    def silence_until(self, sample: int, *, channels: int) -> Iterator[FloatArray]:
        """The silence up to a sample, where the next sound will lie."""
        self._next = sample
        end = self._inside(sample)
        while self._out < end:
            silence = np.zeros((channels, min(_BLOCK_SAMPLES, end - self._out)), dtype=np.float32)
            self._out += silence.shape[1]
            yield silence

    def lay(self, sound: FloatArray) -> Iterator[FloatArray]:
        """The part of the next sound, (C, n), that lies on the timeline."""
        begin, self._next = self._next, self._next + sound.shape[1]
        end = self._inside(self._next)
        if end > self._out:
            kept = sound[:, self._out - begin : end - begin]
            self._out = end
            yield kept

    def _inside(self, sample: int) -> int:
        return sample if self._length is None else min(sample, self._length)
