"""Takes for a stretch of a clip: conditions, noise per seed, flow sampling, codec, waveform.

Letters: B takes, N tokens at 25 Hz, L latent channels, S samples.
"""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from engine.clip import Clip
from engine.codec.mel_codec import MelCodec
from engine.codec.vocoder import GriffinLim, Vocoder
from engine.errors import InputError
from engine.generator.control import control_track
from engine.generator.flow import Kept, draw_noise, sample
from engine.generator.guidance import GuidanceWeights
from engine.generator.starter import StarterGenerator, StarterInputs
from engine.media.resampling import resample
from engine.memory_shortage import shortage_named
from engine.progress import CancelToken, ProgressListener, silent
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
LEAD_TOKENS = 4  # made before the stretch and cut away: a take's first moments sound before anything happens
LOUDEST_DB, SOFTEST_DB = 12.0, -24.0
WITHOUT_WEIGHTS = GriffinLim()
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
        guidance: Weight of each condition.
        use_video: Whether the picture guides the take.
        variation: How much takes differ from the first: 1 fully, 0 not at all.
        level_db: Louder or softer than usual.
        unwanted: Sound classes to keep away from.

    Raises:
        InputError: When the level is out of range.
    """

    range: TimeRange
    sounding: TimeRange | None
    class_name: str
    hit_points: tuple[HitPoint, ...]
    seeds: tuple[int, ...]
    steps: int = 15
    guidance: GuidanceWeights = field(default_factory=GuidanceWeights)
    use_video: bool = True
    variation: float = 1.0
    level_db: float = 0.0
    unwanted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not SOFTEST_DB <= self.level_db <= LOUDEST_DB:
            raise InputError(f"Level {self.level_db} dB: give {SOFTEST_DB:.0f} to {LOUDEST_DB:.0f} dB.")


@dataclass(frozen=True)
class Conditioned:
    """A request brought onto the tokens of the picture's grid.

    Attributes:
        inputs: Of one sample, N tokens, the lead among them.
        noise: (B, N, L) one a take.
        begin: Place of the first token on the timeline in samples at 48 kHz; below 0 at a film's begin.
        unwanted: Numbers of the classes to keep away from.
    """

    inputs: StarterInputs
    noise: Tensor
    begin: int
    unwanted: tuple[int, ...]


@torch.no_grad()
def generate_takes(
    generator: StarterGenerator,
    codec: MelCodec,
    clip: Clip,
    request: GenerationRequest,
    *,
    vocoder: Vocoder = WITHOUT_WEIGHTS,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> FloatArray:
    """Generate one sound per seed.

    Args:
        generator: The generator.
        codec: Its codec.
        clip: The film.
        request: What to make.
        vocoder: What makes sound of the codec's mels.
        listener: Told of the steps.
        cancel: Asked between steps.

    Returns:
        (B, S) at 48 kHz, S = range.duration_samples. Stretches longer than WINDOW_TOKENS are
        made in windows that share their noise and are joined by equal-power cross-fades.

    Raises:
        InputError: When the class is unknown to the generator or no seed is given.
        Cancelled: When the token was set.
    """
    given = conditioned(generator, clip, request)
    joined: Tensor | None = None
    spans = windows(given.noise.shape[1])
    with shortage_named(takes=len(request.seeds)):
        for number, (start, end) in enumerate(spans, start=1):
            told = listener if len(spans) == 1 else _of_window(listener, number, len(spans))
            latents = sample_window(generator, given, (start, end), request, listener=told, cancel=cancel)
            sound = sound_of(codec, latents, request.seeds, vocoder=vocoder, listener=told, cancel=cancel)
            joined = sound if joined is None else _cross_faded(joined, sound, start)
    if joined is None:
        raise InputError(f"Range {request.range} holds no token: choose a longer stretch.")
    made = to_project_rate(joined, request.range.end_samples - given.begin)
    return made[:, request.range.start_samples - given.begin :]


def conditioned(generator: StarterGenerator, clip: Clip, request: GenerationRequest) -> Conditioned:
    """Conditions and noise of a request, from LEAD_TOKENS before it on.

    Raises:
        InputError: When a class is unknown to the generator, no seed is given or the variation is none.
    """
    if not request.seeds:
        raise InputError("No takes were asked for: give at least one seed.")
    first = request.range.start_samples // _SAMPLES_PER_TOKEN * _SAMPLES_PER_TOKEN  # on the picture's grid
    begin = first - LEAD_TOKENS * _SAMPLES_PER_TOKEN
    tokens = token_count(request.range.end_samples - begin)
    channels = generator.config.latent_channels
    return Conditioned(
        inputs=_inputs(generator, clip, request, begin=begin, tokens=tokens),
        noise=draw_noise(request.seeds, tokens, channels, variation=request.variation),
        begin=begin,
        unwanted=tuple(_class_number(generator, name) for name in request.unwanted),
    )


def windows(tokens: int) -> list[tuple[int, int]]:
    """Overlapping windows that cover ``tokens``, each at most WINDOW_TOKENS long."""
    found = [(0, min(tokens, WINDOW_TOKENS))]
    while found[-1][1] < tokens:
        start = found[-1][1] - OVERLAP_TOKENS
        found.append((start, min(tokens, start + WINDOW_TOKENS)))
    return found


def _class_number(generator: StarterGenerator, name: str) -> int:
    if name not in generator.config.classes:
        known = ", ".join(generator.config.classes[:6])
        raise InputError(
            f"The generator does not know the class '{name}'; it knows {known} ... "
            "(`msg-engine models` lists them all)."
        )
    return generator.config.classes.index(name)


def _inputs(
    generator: StarterGenerator, clip: Clip, request: GenerationRequest, *, begin: int, tokens: int
) -> StarterInputs:
    wanted = _class_number(generator, request.class_name)
    hits = [((hit.sample - begin) / PROJECT_RATE_HZ, hit.strength) for hit in request.hit_points]
    activity = _activity(request, begin=begin, tokens=tokens)
    control = torch.from_numpy(control_track(tokens, hits=hits, activity=activity))
    yes = torch.ones(1, dtype=torch.bool)
    return StarterInputs(
        grid=_pictures(clip, begin // _SAMPLES_PER_TOKEN, tokens)[None],
        control=control[None],
        classes=torch.tensor([wanted]),
        level=torch.tensor([request.level_db]),
        keep_video=yes & request.use_video,
        keep_control=yes,
        keep_class=yes,
    )


def _pictures(clip: Clip, first: int, tokens: int) -> Tensor:
    """Motion grid of ``tokens`` pictures from number ``first`` on, (N, C, 8, 8); held before and after."""
    inside = StepRange(min(max(first, 0), clip.steps - 1), min(max(first + tokens, 1), clip.steps))
    grid = clip.pictures(inside)
    before = min(max(-first, 0), tokens - 1)
    grid = torch.cat([grid[:1].expand(before, -1, -1, -1), grid])[:tokens]
    return torch.cat([grid, grid[-1:].expand(tokens - len(grid), -1, -1, -1)])


def _activity(request: GenerationRequest, *, begin: int, tokens: int) -> FloatArray | None:
    if request.sounding is None:
        return None
    ticks = (torch.arange(tokens) + 0.5) * _SAMPLES_PER_TOKEN + begin
    inside = (ticks >= request.sounding.start_samples) & (ticks < request.sounding.end_samples)
    activity: FloatArray = inside.float().numpy()
    return activity


def sample_window(
    generator: StarterGenerator,
    given: Conditioned,
    window: tuple[int, int],
    request: GenerationRequest,
    *,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
    kept: Kept | None = None,
) -> Tensor:
    """Latents (B, N, L) of the tokens from ``window[0]`` to ``window[1]``.

    Args:
        generator: The generator.
        given: The request on the token grid.
        window: First token and the one behind the last.
        request: Its steps and guidance count here.
        listener: Told after each step.
        cancel: Asked before each step.
        kept: What stays of an older take, of this window's tokens.

    Raises:
        Cancelled: When the token was set.
    """
    cut = slice(*window)
    part = replace(given.inputs, grid=given.inputs.grid[:, cut], control=given.inputs.control[:, cut])
    velocity = generator.guided_velocity(
        part, takes=len(given.noise), guidance=request.guidance, unwanted=given.unwanted
    )
    noise = given.noise[:, cut]
    return sample(velocity, noise, steps=request.steps, listener=listener, cancel=cancel, kept=kept)


def _of_window(listener: ProgressListener, number: int, windows: int) -> ProgressListener:
    return lambda progress: listener(replace(progress, note=f"window {number} of {windows}"))


def sound_of(
    codec: MelCodec,
    latents: Tensor,
    seeds: tuple[int, ...],
    *,
    vocoder: Vocoder = WITHOUT_WEIGHTS,
    listener: ProgressListener = silent,
    cancel: CancelToken | None = None,
) -> Tensor:
    """Waveforms (B, S) at 44.1 kHz of latents (B, N, L); each take's phases come from its own seed."""
    mels = torch.cat([codec.decode(latent[None]) for latent in latents])  # a take alone has the same bits
    return vocoder.vocode(mels, seeds, listener=listener, cancel=cancel)


def _cross_faded(left: Tensor, right: Tensor, start_token: int) -> Tensor:
    """Join two stretches of sound with equal power over their overlap."""
    start = start_token * (MODEL_RATE_HZ // TOKEN_RATE_HZ)
    overlap = left.shape[1] - start
    angle = torch.linspace(0, torch.pi / 2, overlap)
    blend = left[:, start:] * angle.cos() + right[:, :overlap] * angle.sin()
    return torch.cat([left[:, :start], blend, right[:, overlap:]], dim=1)


def to_project_rate(sound: Tensor, samples: int) -> FloatArray:
    """(B, S) at 44.1 kHz -> (B, samples) at 48 kHz, silence where it is too short."""
    moved = resample(sound.numpy(), from_hz=MODEL_RATE_HZ, to_hz=PROJECT_RATE_HZ)
    fitted: FloatArray = torch.zeros(len(moved), samples).numpy()
    length = min(samples, moved.shape[1])
    fitted[:, :length] = moved[:, :length]
    return fitted
