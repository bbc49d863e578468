"""The generator on held-out scenes with their hit points given: timing, level, variety.

Letters: B takes, N tokens at 25 Hz, F mel frames, M bands.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from engine.codec.griffin_lim import griffin_lim
from engine.codec.mel_codec import MelCodec
from engine.features.mel import log_mel
from engine.generator.control import ACTIVITY_CHANNEL, hits_of_track
from engine.generator.flow import draw_noise, sample
from engine.generator.starter import StarterGenerator, StarterInputs
from engine.onsets import onsets_of_mel
from engine.progress import Progress, ProgressListener
from engine.timing import MEL_RATE_HZ
from trainer.evaluation.hit_matching import MatchCount, match_moments
from trainer.scenes.pool import ScenePool

ONSET_TOLERANCE_S = 0.05
NEAR_HIT_S = 0.1
FLOOR_OVER = 1.0


@dataclass(frozen=True)
class FlowTrialConfig:
    """How the generator is tried.

    Attributes:
        trials: Held-out stems with contacts.
        takes: Takes of each.
        steps: Euler steps.
        guidance: Guidance weight.
        use_video: Whether the picture guides, beside the hit points.
        use_hits: Whether the hit points guide.
    """

    trials: int = 48
    takes: int = 2
    steps: int = 25
    guidance: float = 2.5
    use_video: bool = True
    use_hits: bool = True


@dataclass(frozen=True)
class FlowResult:
    """One line of the evaluation table."""

    onset_f1: float
    onset_precision: float
    onset_recall: float
    ceiling_f1: float
    chance_f1: float
    contrast_db: float
    true_contrast_db: float
    mel_mean: float
    true_mel_mean: float
    mel_std: float
    true_mel_std: float
    take_distance: float
    real_distance: float

    @property
    def variety(self) -> float:
        """Distance of takes as a share of that of different real recordings of the class."""
        return self.take_distance / max(self.real_distance, 1e-6)

    def numbers(self) -> dict[str, float]:
        """The figures by name."""
        return {**asdict(self), "variety": self.variety}


def contact_stems(pool: ScenePool, count: int) -> list[int]:
    """Rows of stems made of contacts, of classes the generator knows, spread over the pool."""
    has_hits = pool.stem_control[..., :ACTIVITY_CHANNEL].float().sum((1, 2)) > 0
    rows = torch.nonzero(has_hits & (pool.stem_class >= 0))[:, 0]
    chosen = rows[torch.linspace(0, len(rows) - 1, min(count, len(rows))).long()]
    return [int(row) for row in chosen]


@torch.no_grad()
def generate_for_stem(
    generator: StarterGenerator, codec: MelCodec, pool: ScenePool, row: int, config: FlowTrialConfig
) -> Tensor:
    """Log-mels (B, F, M) of the sound of fresh takes for one stem, through the waveform."""
    yes = torch.ones(1, dtype=torch.bool)
    inputs = StarterInputs(
        grid=pool.grid[pool.stem_scene[row]][None].float(),
        control=pool.stem_control[row][None].float(),
        classes=pool.stem_class[row][None],
        keep_video=yes & config.use_video,
        keep_control=yes & config.use_hits,
        keep_class=yes,
    )
    field = generator.guided_velocity(inputs, takes=config.takes, guidance=config.guidance)
    seeds = [row * 100 + take for take in range(config.takes)]
    noise = draw_noise(seeds, pool.steps, generator.config.latent_channels)
    latents = sample(field, noise, steps=config.steps)
    return log_mel(griffin_lim(codec.decode(latents), chance=torch.Generator().manual_seed(row)))


def evaluate_flow(
    generator: StarterGenerator,
    codec: MelCodec,
    pool: ScenePool,
    config: FlowTrialConfig,
    *,
    listener: ProgressListener,
) -> FlowResult:
    """Try the generator on held-out stems."""
    rows = contact_stems(pool, config.trials)
    ours, ceiling, chance = MatchCount(0, 0, 0), MatchCount(0, 0, 0), MatchCount(0, 0, 0)
    made, distances = [], []
    for number, row in enumerate(rows):
        takes = generate_for_stem(generator, codec, pool, row, config)
        truth = [time for time, _ in hits_of_track(pool.stem_control[row].float().numpy())]
        true_mel = pool.stem_mel[row].float()
        other = pool.stem_mel[rows[(number + 1) % len(rows)]].float()
        for take in takes:
            ours += match_moments(onsets_of_mel(take), truth, within_s=ONSET_TOLERANCE_S)
        ceiling += match_moments(onsets_of_mel(true_mel), truth, within_s=ONSET_TOLERANCE_S)
        chance += match_moments(onsets_of_mel(other), truth, within_s=ONSET_TOLERANCE_S)
        made.append(takes[0])
        distances.append(_mean_distance(takes))
        listener(Progress("evaluate flow", number + 1, len(rows)))
    true = pool.stem_mel[rows].float()
    generated = torch.stack(made)
    near = torch.stack([_near_hits(pool, row) for row in rows])
    return FlowResult(
        onset_f1=ours.f1,
        onset_precision=ours.precision,
        onset_recall=ours.recall,
        ceiling_f1=ceiling.f1,
        chance_f1=chance.f1,
        contrast_db=_contrast_db(generated, near),
        true_contrast_db=_contrast_db(true, near),
        mel_mean=float(generated.mean()),
        true_mel_mean=float(true.mean()),
        mel_std=float(generated.std()),
        true_mel_std=float(true.std()),
        take_distance=float(torch.tensor(distances).mean()),
        real_distance=real_distance(pool),
    )


def _mean_distance(mels: Tensor) -> float:
    """Mean pairwise log-mel distance where at least one of the two sounds."""
    pairs = [(a, b) for a in range(len(mels)) for b in range(a)]
    return sum(log_mel_distance(mels[a], mels[b]) for a, b in pairs) / max(1, len(pairs))


def log_mel_distance(one: Tensor, other: Tensor) -> float:
    """Mean |difference| of two log-mels (F, M) over frames in which at least one sounds."""
    floor = float(min(one.min(), other.min()))
    sounding = torch.maximum(one.amax(1), other.amax(1)) > floor + FLOOR_OVER
    if not bool(sounding.any()):
        return 0.0
    return float((one - other)[sounding].abs().mean())


def real_distance(pool: ScenePool, *, length_frames: int = 40) -> float:
    """Mean distance between different recordings of one class, each cut at a contact.

    Cuts start at the hit, so that only the sounds differ and not their times.
    """
    cuts: dict[int, list[tuple[int, Tensor]]] = {}
    for row in contact_stems(pool, len(pool.stem_class)):
        for time, strength in hits_of_track(pool.stem_control[row].float().numpy())[:1]:
            start = int(time * MEL_RATE_HZ)
            cut = pool.stem_mel[row, start : start + length_frames].float()
            if len(cut) == length_frames and strength > 0.3:
                cuts.setdefault(int(pool.stem_class[row]), []).append((row, cut))
    distances = [
        log_mel_distance(a, b)
        for found in cuts.values()
        for index, (_, a) in enumerate(found)
        for _, b in found[:index]
        if float((a - b).abs().mean()) > 0.2  # the same recording drawn twice is no pair
    ]
    return sum(distances) / max(1, len(distances))


def _near_hits(pool: ScenePool, row: int) -> Tensor:
    """Frames within 100 ms of a hit (1), far from any (0), in the ring between them (-1), (F,)."""
    frames = pool.stem_mel.shape[1]
    marks = torch.zeros(frames)
    for time, _ in hits_of_track(pool.stem_control[row].float().numpy()):
        centre = time * MEL_RATE_HZ
        ticks = torch.arange(frames)
        marks[(ticks - centre > -12) & (ticks - centre < 120) & (marks < 1)] = -1
        marks[(ticks - centre).abs() <= NEAR_HIT_S * MEL_RATE_HZ] = 1
    return marks


def _contrast_db(mels: Tensor, near: Tensor) -> float:
    """Energy near the hits over energy in the gaps, in dB."""
    power = mels.exp().square().mean(-1)
    return float(10 * torch.log10(power[near == 1].mean() / power[near == 0].mean()))
