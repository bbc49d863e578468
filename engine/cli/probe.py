"""msg-engine probe: what a film is."""

from collections.abc import Iterator

from engine.cli.documents import clip_fields, headed
from engine.cli.options import AsJson, ClipPath
from engine.cli.output import answer
from engine.media.video_reader import probe
from engine.records import ClipInfo
from engine.timing import samples_to_seconds


def probe_command(clip: ClipPath, as_json: AsJson = False) -> None:
    """Say what a film is: length, rate, size, sound."""
    info = probe(clip)
    answer(headed("probe", clip_fields(info)), _lines(info), as_json=as_json)


def _lines(info: ClipInfo) -> Iterator[str]:
    rate = f"{float(info.fps):.3f} fps ({info.fps}{', variable' if info.variable_rate else ''})"
    yield f"{info.path.name}: {samples_to_seconds(info.duration_samples):.3f} s, {info.frame_count} pictures"
    turned = f", turned by {info.rotation} degrees" if info.rotation else ""
    yield f"picture: {info.width} x {info.height}{turned}, {rate}, {info.video_codec} {info.pixel_format}"
    if info.audio is None:
        yield "sound: none"
    else:
        yield f"sound: {info.audio.codec}, {info.audio.rate_hz} Hz, {info.audio.channels} channels"
