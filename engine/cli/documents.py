"""Records as JSON: the contract of msg-engine, schema 1, described in README.md.

Every ``*_s`` has a twin ``*_samples`` (48 kHz) that counts; offsets are positive when the sound
is late.
"""

from collections.abc import Iterator
from typing import Any

from engine.adapter_cards import AdapterCard, DamagedAdapter
from engine.leak_detection import leak_of_take
from engine.model_store import ModelCard
from engine.records import ClipInfo, Event, HitPoint, Score, Take
from engine.timing import TimeRange, samples_to_seconds

SCHEMA = 1

Document = dict[str, Any]


def headed(command: str, fields: Document) -> Document:
    """A whole document: schema and command first."""
    return {"schema": SCHEMA, "command": command, **fields}


def at(name: str, samples: int) -> Document:
    """A position or length in seconds and, authoritative, in samples."""
    return {f"{name}_s": samples_to_seconds(samples), f"{name}_samples": samples}


def range_fields(where: TimeRange) -> Document:
    """Start, end and length of a stretch."""
    return {
        **at("start", where.start_samples),
        **at("end", where.end_samples),
        **at("duration", where.duration_samples),
    }


def clip_fields(info: ClipInfo) -> Document:
    """What a film is."""
    audio = info.audio and {
        "codec": info.audio.codec,
        "rate_hz": info.audio.rate_hz,
        "channels": info.audio.channels,
        **at("duration", info.audio.duration_samples),
    }
    return {
        "path": str(info.path.absolute()),
        **at("duration", info.duration_samples),
        "fps_num": info.fps.numerator,
        "fps_den": info.fps.denominator,
        "width": info.width,
        "height": info.height,
        "rotation": info.rotation,
        "start_pts": info.start_pts,
        "time_base_num": info.time_base.numerator,
        "time_base_den": info.time_base.denominator,
        "frame_count": info.frame_count,
        "variable_rate": info.variable_rate,
        "video_codec": info.video_codec,
        "pixel_format": info.pixel_format,
        "audio": audio,
        "fingerprint": info.fingerprint,
    }


def event_fields(event: Event, class_name: str) -> Document:
    """An event and the class it looks most like."""
    return {
        "id": event.id,
        "lane": event.lane,
        "cat_id": event.cat_id,
        "class": class_name,
        **range_fields(event.range),
        **hit_fields(event.hit_points),
        "hit_strengths": [round(hit.strength, 4) for hit in event.hit_points],
        "confidence": event.confidence,
        "reason": event.reason,
    }


def hit_fields(hits: tuple[HitPoint, ...]) -> Document:
    """Positions of hit points."""
    return {
        "hit_points_s": [samples_to_seconds(hit.sample) for hit in hits],
        "hit_points_samples": [hit.sample for hit in hits],
    }


def score_fields(score: Score, clip: ClipInfo) -> Document:
    """How well a sound fits, with the offset in the words of the film's frames."""
    return {
        "reward": score.reward,
        "slow": score.slow,
        "fast": score.fast,
        "offset_ms": score.offset_ms,
        "confidence": score.confidence,
        "measurable": score.measurable,
        "reason": score.reason,
        "offset_words": score.offset_in_words(frame_ms=float(1000 / clip.fps)),
    }


def take_fields(take: Take, clip: ClipInfo, model: ModelCard) -> Document:
    """A take: where it lies, how it was made, how well it fits, what it must not hold.

    Raises:
        InputError: When its file has to be heard and cannot be read.
    """
    return {
        "id": take.id,
        "path": str(take.path.absolute()),
        **range_fields(take.range),
        "seed": take.seed,
        **score_fields(take.score, clip),
        "leak": _leak_fields(take, model),
        "seconds": take.seconds,
        "rtf": take.rtf,
        "model": take.model,
        "model_sha256": take.model_sha256,
        "weights_licence": take.weights_licence,
        "adapter": take.adapter,
        "steps": take.steps,
        "guidance": take.guidance,
        "prompt": take.prompt,
        "device": take.device,
        "batch": take.batch,
        "threads": take.threads,
        "sha256": take.sha256,
    }


def _leak_fields(take: Take, model: ModelCard) -> Document | None:
    """What of speech and music a take may hold; None for a model that can make neither."""
    leak = leak_of_take(take, model)
    if leak is None:
        return None
    return {"speech": leak.speech, "music": leak.music, "words": leak.words}


def leak_lines(takes: list[Document]) -> Iterator[str]:
    """A line for each take that should be listened to first."""
    for take in takes:
        if take["leak"] and take["leak"]["words"]:
            yield f"{take['id']} {take['leak']['words']}"


def card_fields(card: ModelCard) -> Document:
    """A model's card."""
    parts = [
        {"name": part.name, "file": part.file, "family": part.family}
        | {"sha256": part.sha256, "parameters": part.parameters}
        for part in card.parts
    ]
    return {
        "name": card.name,
        "family": card.family,
        "version": card.version,
        "sample_rate_hz": card.sample_rate_hz,
        "licence": card.licence,
        "source": card.source,
        "trained_with": card.trained_with,
        "folder": str(card.folder.absolute()),
        "bytes_total": card.bytes_total,
        "parts": parts,
    }


def adapter_fields(card: AdapterCard | DamagedAdapter) -> Document:
    """An adapter's card; of one that cannot be used its name, its folder and what is wrong."""
    place = {"name": card.name, "folder": str(card.folder.absolute())}
    if isinstance(card, DamagedAdapter):
        return {**place, "problem": card.reason}
    return {
        **place,
        "base_model": card.base_model,
        "base_sha256": card.base_sha256,
        "sha256": card.sha256,
        "rank": card.rank,
        "alpha": card.alpha,
        "created": card.created,
        "trained_with": card.trained_with,
        "pairs": card.pairs,
        "agreement": card.agreement,
        "licence": card.licence,
        "problem": None,
    }
