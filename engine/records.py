"""Records that cross the engine's boundary: clip, event, take, score, sync map.

Times are integers (48 kHz samples; picture pts with its time base). Arrays are numpy.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.timing import TimeRange

FloatArray = NDArray[np.float32]

# FFmpeg writes the bits of a component at the end of a pixel format's name: yuv420p10le, p010le.
_DEEP_FORMAT = re.compile(r"(9|10|12|14|16|20|32|48|64)(le|be)$")
_BITS_OF_ENDING = {"20": 10, "48": 16, "64": 16}
_CODEC_TITLES = {
    "h264": "H.264",
    "hevc": "H.265",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4",
    "prores": "ProRes",
    "dnxhd": "DNxHD",
    "dvvideo": "DV",
    "mjpeg": "MJPEG",
    "vp8": "VP8",
    "vp9": "VP9",
    "av1": "AV1",
    "libdav1d": "AV1",
    "ffv1": "FFV1",
    "cfhd": "CineForm",
}


@dataclass(frozen=True)
class AudioInfo:
    """The sound stream of a clip."""

    codec: str
    rate_hz: int
    channels: int
    duration_samples: int  # at 48 kHz


@dataclass(frozen=True)
class ClipInfo:
    """What a film is, read without decoding all of it.

    Attributes:
        path: The file.
        fingerprint: SHA-256 over size, first and last MiB and duration.
        duration_samples: Length of the picture at 48 kHz.
        fps: Average frame rate, exact.
        variable_rate: Whether frame distances differ.
        width: Shown width in square pixels, rotation and pixel aspect applied.
        height: Shown height in square pixels, rotation and pixel aspect applied.
        rotation: Counter-clockwise degrees the picture is turned for display.
        start_pts: First picture pts, in time_base units.
        time_base: Seconds per pts unit.
        frame_count: Pictures in the film.
        video_codec: Codec name.
        pixel_format: Pixel format name.
        audio: The sound stream, None for a silent film.
        colour: Colour space in words ("BT.709", "HDR PQ"), empty where the film was not looked at. This
            and the fields below are found anew whenever a film is opened and are no part of what
            makes two records equal: projects do not store them.
        colour_approximate: Whether what we show is only near the colours meant (HDR on a plain screen).
        pixel_aspect: Width over height of a stored pixel; other than 1 for anamorphic film.
        interlaced: Whether a picture holds two fields of different times.
    """

    path: Path
    fingerprint: str
    duration_samples: int
    fps: Fraction
    variable_rate: bool
    width: int
    height: int
    rotation: int
    start_pts: int
    time_base: Fraction
    frame_count: int
    video_codec: str
    pixel_format: str
    audio: AudioInfo | None
    colour: str = field(default="", compare=False)
    colour_approximate: bool = field(default=False, compare=False)
    pixel_aspect: Fraction = field(default=Fraction(1), compare=False)
    interlaced: bool = field(default=False, compare=False)

    @property
    def bit_depth(self) -> int:
        """Bits of each colour component."""
        found = _DEEP_FORMAT.search(self.pixel_format)
        return 8 if found is None else _BITS_OF_ENDING.get(found[1]) or int(found[1])

    @property
    def picture_words(self) -> str:
        """The picture in one line, for people: size, rate, codec and whatever is special about it."""
        codec = _CODEC_TITLES.get(self.video_codec, self.video_codec)
        rate = f"{float(self.fps):.3f}".rstrip("0").rstrip(".")
        facts = [
            f"{self.width}x{self.height}",
            f"{rate} fps on average, variable" if self.variable_rate else f"{rate} fps",
            f"{codec} {self.bit_depth} bit" if self.bit_depth > 8 else codec,
            f"{self.colour}: preview is approximate" if self.colour_approximate else self.colour,
            f"turned by {self.rotation} degrees" if self.rotation else "",
            f"anamorphic, pixels {self.pixel_aspect.numerator}:{self.pixel_aspect.denominator}"
            if self.pixel_aspect != 1
            else "",
            "interlaced: both fields are shown together" if self.interlaced else "",
        ]
        return ", ".join(fact for fact in facts if fact)


@dataclass(frozen=True)
class HitPoint:
    """A moment of contact inside an event.

    Attributes:
        sample: Timeline position at 48 kHz.
        strength: 0 (hardly) to 1 (full force).
    """

    sample: int
    strength: float = 1.0


@dataclass(frozen=True)
class Event:
    """Something seen that should sound.

    Attributes:
        id: Stable name inside the project ("e001").
        lane: feet, moves, props, ambience or fx.
        cat_id: UCS CatID of the suggested class.
        range: Where it lies on the timeline.
        hit_points: Moments of contact, in time order; empty for continuous sounds.
        confidence: 0 to 1.
        reason: Why it was found, in words.
    """

    id: str
    lane: str
    cat_id: str
    range: TimeRange
    hit_points: tuple[HitPoint, ...]
    confidence: float
    reason: str


@dataclass(frozen=True)
class FoundEvent:
    """An event as found.

    Attributes:
        event: The event.
        class_name: Sound class it looks like.
        prompt: Words that choose this class among those of its CatID.
    """

    event: Event
    class_name: str
    prompt: str


@dataclass(frozen=True)
class Score:
    """How well picture and sound agree.

    Attributes:
        reward: The number takes are ranked by; higher is better.
        slow: Agreement of what is seen and heard, -1 to 1.
        fast: Agreement of when, at zero offset, -1 to 1.
        offset_ms: Best lag; positive means the sound is late.
        confidence: 0 to 1, how far the offset can be trusted.
        measurable: Whether an offset can be stated at all.
        reason: Why not, in words; empty where it can. Projects do not store it, so it is no part of
            what makes two scores equal.
    """

    reward: float
    slow: float
    fast: float
    offset_ms: float
    confidence: float
    measurable: bool
    reason: str = field(default="", compare=False)

    def offset_in_words(self, *, frame_ms: float = 40.0) -> str:
        """The offset as a sentence, for people."""
        if not self.measurable:
            return "offset not measurable here"
        if abs(self.offset_ms) < 1:
            return f"in sync, confidence {self.confidence_word}"
        side = "late" if self.offset_ms > 0 else "early"
        size = abs(self.offset_ms)
        return f"audio {side} {size:.0f} ms ({size / frame_ms:.1f} fr), confidence {self.confidence_word}"

    @property
    def confidence_word(self) -> str:
        """low, medium or high."""
        if self.confidence >= 0.66:
            return "high"
        return "medium" if self.confidence >= 0.33 else "low"


@dataclass(frozen=True)
class SyncMap:
    """Similarity of every audio time with every picture time, the matter of the heatmaps.

    Attributes:
        slow: (A_slow, V_slow) cosine of the slow streams (what), audio rows, picture columns.
        fast: (A_fast, V_fast) cosine of the fast streams (when).
        slow_step_s: Seconds per slow step.
        fast_step_s: Seconds per fast step.
        start_s: Clip time of the first step.
        lag_ms: (L,) lags of the lag curve; positive means the sound is late.
        lag_score: (L,) agreement at each lag.
        score: The numbers drawn from the map.
    """

    slow: FloatArray
    fast: FloatArray
    slow_step_s: float
    fast_step_s: float
    start_s: float
    lag_ms: FloatArray
    lag_score: FloatArray
    score: Score


@dataclass(frozen=True)
class TakeLayer:
    """A stretch of a take that came unchanged from another take.

    Attributes:
        source_take_id: The other take; it may be gone by now.
        range: The stretch, counted from the begin of both files.
    """

    source_take_id: str
    range: TimeRange


@dataclass(frozen=True)
class Take:
    """One generated candidate for an event, with everything needed to make it again.

    Attributes:
        id: Stable name ("e001_t2").
        event_id: The event it was made for.
        path: WAV file at 48 kHz.
        range: Where the file lies on the timeline (event plus handles).
        seed: Noise seed of this take.
        steps: Euler steps.
        guidance: Guidance weight.
        prompt: Text given, may be empty.
        model: Name of the model card.
        model_sha256: Hash of the generator weights.
        weights_licence: Licence of the weights.
        clip_fingerprint: The film it was made for.
        device: Device kind ("cpu").
        batch: Takes made together.
        threads: CPU threads used.
        sha256: Hash of the WAV's samples.
        seconds: Time it took to make.
        score: Agreement with the picture.
        negative_prompt: Text of what was not wanted, may be empty.
        adapter: SHA-256 of the adapter that was switched on, empty for none.
        layers: What it keeps of an older take, in the order of time; empty for a take of its own.
    """

    id: str
    event_id: str
    path: Path
    range: TimeRange
    seed: int
    steps: int
    guidance: float
    prompt: str
    model: str
    model_sha256: str
    weights_licence: str
    clip_fingerprint: str
    device: str
    batch: int
    threads: int
    sha256: str
    seconds: float
    score: Score
    negative_prompt: str = ""
    adapter: str = ""
    layers: tuple[TakeLayer, ...] = ()

    @property
    def remade(self) -> TimeRange | None:
        """The stretch of the timeline that was made anew, joins included; None for a take of its own."""
        length = self.range.duration_samples
        kept = [layer.range for layer in self.layers]
        start = next((where.end_samples for where in kept if where.start_samples <= 0), 0)
        end = next((where.start_samples for where in kept if where.end_samples >= length), length)
        if not kept or start >= end:
            return None
        return TimeRange(start, end).shifted(self.range.start_samples)

    @property
    def rtf(self) -> float:
        """Real-time factor: seconds of work per second of sound."""
        return self.seconds / self.range.duration_s
