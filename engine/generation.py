"""Takes for a stretch of a clip: conditions, noise per seed, flow sampling, codec, waveform.

Letters: B takes, N tokens at 25 Hz, L latent channels, S samples.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.clip import Clip
from engine.codec.griffin_lim import griffin_lim
from engine.codec.mel_codec import MelCodec
from engine.errors import InputError
from engine.generator.control import control_track
from engine.generator.flow import draw_noise, sample
from engine.generator.starter import StarterGenerator, StarterInputs
from engine.media.resampling import resample
from engine.progress import CancelToken, Progress, ProgressListener, silent
from engine.records import FloatArray, HitPoint
from engine.step_range import StepRange
from engine.timing import (
    MODEL_RATE_HZ,
    PROJECT_RATE_HZ,
    TOKEN_RATE_HZ,
    TimeRange,
    token_count,
)

WINDOW_TOKENS = 256
OVERLAP_TOKENS = 32
_SAMPLES_PER_TOKEN = PROJECT_RATE_HZ // TOKEN_RATE_HZ


@dataclass(frozen=True)
class GenerationRequest:
    """What to generate.

    Attributes:
        range: Stretch of the timeline to fill (event plus handles).
        sounding: Stretch inside it where a continuous sound runs; None for contacts only.
        class_name: Sound class of the generator.
        hit_points: Contacts on the timeline.
        seeds: One per take.
        steps: Euler steps.
        guidance: Guidance weight; below 1 switches guidance off.
        use_video: Whether the picture guides the take.
    """

    range: TimeRange
    sounding: TimeRange | None
    class_name: str
    hit_points: tuple[HitPoint, ...]
    seeds: tuple[int, ...]
    steps: int = 15
    guidance: float = 2.5
    use_video: bool = True


@torch.no_grad()
def generate_takes(
    generator: StarterGenerator,
    codec: MelCodec,
    clip: Clip,
    request: GenerationRequest,
    *,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> FloatArray:
    """Generate one sound per seed.

    Returns:
        (B, S) at 48 kHz, S = range.duration_samples. Stretches longer than WINDOW_TOKENS are
        made in windows that share their noise and are joined by equal-power cross-fades.

    Raises:
        InputError: When the class is unknown to the generator or no seed is given.
        Cancelled: When the token was set.
    """
    if not request.seeds:
        raise InputError("No takes were asked for: give at least one seed.")
    begin = request.range.start_samples // _SAMPLES_PER_TOKEN * _SAMPLES_PER_TOKEN  # on the picture's grid
    tokens = token_count(request.range.end_samples - begin)
    noise = draw_noise(request.seeds, tokens, generator.config.latent_channels)
    inputs = _inputs(generator, clip, request, begin=begin, tokens=tokens)
    joined: Tensor | None = None
    spans = windows(tokens)
    for number, (start, end) in enumerate(spans, start=1):
        told = listener if len(spans) == 1 else _of_window(listener, number, len(spans))
        latents = _sample_window(generator, inputs, noise, (start, end), request, told, cancel)
        sound = _sound_of(codec, latents, request.seeds, listener=told, cancel=cancel)
        joined = sound if joined is None else _cross_faded(joined, sound, start)
    if joined is None:
        raise InputError(f"Range {request.range} holds no token: choose a longer stretch.")
    return _to_project_rate(joined, request.range.end_samples - begin)[
        :, request.range.start_samples - begin :
    ]


def windows(tokens: int) -> list[tuple[int, int]]:
    """Overlapping windows that cover ``tokens``, each at most WINDOW_TOKENS long."""
    found = [(0, min(tokens, WINDOW_TOKENS))]
    while found[-1][1] < tokens:
        start = found[-1][1] - OVERLAP_TOKENS
        found.append((start, min(tokens, start + WINDOW_TOKENS)))
    return found


def _inputs(
    generator: StarterGenerator, clip: Clip, request: GenerationRequest, *, begin: int, tokens: int
) -> StarterInputs:
    if request.class_name not in generator.config.classes:
        known = ", ".join(generator.config.classes[:6])
        raise InputError(
            f"The generator does not know the class '{request.class_name}'; it knows {known} ... "
            "(`msg-engine models` lists them all)."
        )
    first = begin // _SAMPLES_PER_TOKEN
    hits = [((hit.sample - begin) / PROJECT_RATE_HZ, hit.strength) for hit in request.hit_points]
    activity = _activity(request, begin=begin, tokens=tokens)
    control = torch.from_numpy(control_track(tokens, hits=hits, activity=activity))
    grid = clip.pictures(StepRange(min(first, clip.steps - 1), min(first + tokens, clip.steps)))
    if len(grid) < tokens:
        grid = torch.cat([grid, grid[-1:].expand(tokens - len(grid), -1, -1, -1)])
    yes = torch.ones(1, dtype=torch.bool)
    return StarterInputs(
        grid=grid[None],
        control=control[None],
        classes=torch.tensor([generator.config.classes.index(request.class_name)]),
        keep_video=yes & request.use_video,
        keep_control=yes,
        keep_class=yes,
    )


def _activity(request: GenerationRequest, *, begin: int, tokens: int) -> FloatArray | None:
    if request.sounding is None:
        return None
    ticks = (torch.arange(tokens) + 0.5) * _SAMPLES_PER_TOKEN + begin
    inside = (ticks >= request.sounding.start_samples) & (ticks < request.sounding.end_samples)
    activity: FloatArray = inside.float().numpy()
    return activity


def _sample_window(
    generator: StarterGenerator,
    inputs: StarterInputs,
    noise: Tensor,
    window: tuple[int, int],
    request: GenerationRequest,
    listener: ProgressListener,
    cancel: CancelToken | None,
) -> Tensor:
    cut = slice(*window)
    part = StarterInputs(
        grid=inputs.grid[:, cut],
        control=inputs.control[:, cut],
        classes=inputs.classes,
        keep_video=inputs.keep_video,
        keep_control=inputs.keep_control,
        keep_class=inputs.keep_class,
    )
    velocity = generator.guided_velocity(part, takes=len(noise), guidance=request.guidance)
    return sample(velocity, noise[:, cut], steps=request.steps, listener=listener, cancel=cancel)


def _of_window(listener: ProgressListener, number: int, windows: int) -> ProgressListener:
    return lambda progress: listener(replace(progress, note=f"window {number} of {windows}"))


def _sound_of(
    codec: MelCodec,
    latents: Tensor,
    seeds: tuple[int, ...],
    *,
    listener: ProgressListener,
    cancel: CancelToken | None,
) -> Tensor:
    """Waveforms (B, S) at 44.1 kHz; each take's phases come from its own seed."""
    sounds: list[Tensor] = []
    for latent, seed in zip(latents, seeds, strict=True):
        if cancel is not None:
            cancel.check()
        listener(Progress("decode", len(sounds), len(seeds)))
        sounds.append(griffin_lim(codec.decode(latent[None]), chance=torch.Generator().manual_seed(seed)))
    listener(Progress("decode", len(seeds), len(seeds)))
    return torch.cat(sounds)


def _cross_faded(left: Tensor, right: Tensor, start_token: int) -> Tensor:
    """Join two stretches of sound with equal power over their overlap."""
    start = start_token * (MODEL_RATE_HZ // TOKEN_RATE_HZ)
    overlap = left.shape[1] - start
    angle = torch.linspace(0, torch.pi / 2, overlap)
    blend = left[:, start:] * angle.cos() + right[:, :overlap] * angle.sin()
    return torch.cat([left[:, :start], blend, right[:, overlap:]], dim=1)


def _to_project_rate(sound: Tensor, samples: int) -> FloatArray:
    moved = resample(sound.numpy(), from_hz=MODEL_RATE_HZ, to_hz=PROJECT_RATE_HZ)
    fitted: FloatArray = torch.zeros(len(moved), samples).numpy()
    length = min(samples, moved.shape[1])
    fitted[:, :length] = moved[:, :length]
    return fitted
