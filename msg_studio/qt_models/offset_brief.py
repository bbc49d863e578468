"""The offset of a take in as few words as a table has room for."""

from engine.records import Score

NOT_MEASURABLE = "not measurable"


def offset_in_brief(score: Score) -> str:
    """Side, size and confidence: "late 42 ms, high"; never a bare sign, because conventions differ."""
    if not score.measurable:
        return NOT_MEASURABLE
    if abs(score.offset_ms) < 1:
        return f"in sync, {score.confidence_word}"
    side = "late" if score.offset_ms > 0 else "early"
    return f"{side} {abs(score.offset_ms):.0f} ms, {score.confidence_word}"
