"""What a sync map says, in plain words."""

from engine.records import Score

IN_TIME_FRAMES = 0.5
NOT_MEASURABLE = "Timing not measurable here."


def verdict(score: Score, *, frame_ms: float) -> str:
    """Sentences for people: is the sound in time, and how alike are what is heard and seen.

    The slow number is stated, not judged: on film sound the starter's slow agreement of wrong
    sounds lies as high as that of right ones.

    Args:
        score: What was measured.
        frame_ms: Length of a picture of the film.
    """
    timing = timing_sentence(score, frame_ms=frame_ms)
    if score.measurable:
        timing = f"{timing.removesuffix('.')}: {score.offset_in_words(frame_ms=frame_ms)}."
    return f"{timing} Seen and heard are {signed(score.slow)} alike."


def timing_sentence(score: Score, *, frame_ms: float) -> str:
    """How late or early the sound is, in frames; in time when it is within half a frame."""
    if not score.measurable:
        return NOT_MEASURABLE
    frames = score.offset_ms / frame_ms
    if abs(frames) <= IN_TIME_FRAMES:
        return "In time."
    count = max(1, round(abs(frames)))
    unit = "frame" if count == 1 else "frames"
    return f"{count} {unit} {'late' if frames > 0 else 'early'}."


def pointer_words(*, picture_s: float, sound_s: float, similarity: float) -> str:
    """What lies under the pointer: both clip times and the cosine there."""
    return f"picture {clock(picture_s)} · sound {clock(sound_s)} · similarity {signed(similarity)}"


def signed(value: float) -> str:
    """Two decimals, a real minus sign."""
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def clock(seconds: float) -> str:
    """Clip time as minutes, seconds and hundredths: 00:12.32."""
    hundredths = round(max(0.0, seconds) * 100)
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"
