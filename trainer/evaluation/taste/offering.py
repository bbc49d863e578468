"""Which two takes an artist is offered, and the pairs that follow from the votes.

Letters: E events, K takes of an event, F mel frames, M bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.codec.mel_codec import MelCodec
from trainer.evaluation.taste.events import TasteEvent
from trainer.flow.loudness import at_level
from trainer.preference.artist import SyntheticArtist
from trainer.preference.material import TuningPair
from trainer.preference.reward import level_db
from trainer.preference.tastes import Taste

_FRAMES, _BANDS = 4, 8  # a cell of 40 ms and 8 bands: finer detail is chance
_FAINT = -60.0  # dB under the loudest cell


@dataclass(frozen=True)
class VotedMaterial:
    """What the votes of an artist gave.

    Attributes:
        pairs: To tune on.
        ties: Votes without a better side.
        right: Share of the votes that follow the taste.
    """

    pairs: list[TuningPair]
    ties: int
    right: float


def most_different(mels: Tensor) -> tuple[int, int]:
    """The two of K log-mels (K, F, M) that are farthest apart in what happens over time, whatever the taste.

    Loudness and mean spectrum of each are taken out first. Left in, the pairs differ most in overall
    colour; over a few dozen of them the liked sides are then darker or brighter by chance, and that is
    what a network learns most easily.

    Raises:
        ValueError: When there are fewer than two.
    """
    if len(mels) < 2:
        raise ValueError(f"most_different takes two log-mels at least, got {len(mels)}")
    power_db = (20 / torch.log(torch.tensor(10.0))) * mels.float()
    cells = functional.avg_pool2d(power_db[:, None], (_FRAMES, _BANDS))[:, 0]
    cells = cells - cells.amax((1, 2), keepdim=True)
    heard = cells.clamp_min(_FAINT)
    course = (heard - heard.mean(1, keepdim=True)).flatten(1)  # (K, cells)
    distances = torch.cdist(course, course)
    first, second = divmod(int(distances.argmax()), len(mels))
    return min(first, second), max(first, second)


def vote_on(
    artist: SyntheticArtist, events: Sequence[TasteEvent], mels: Tensor, codec: MelCodec
) -> VotedMaterial:
    """Offer two takes of each event to an artist, and make a pair of each vote.

    Args:
        artist: Votes blind.
        events: E events.
        mels: (E, K, F, M) of their takes, as they sound.
        codec: Takes what was heard back to latents.
    """
    pairs: list[TuningPair] = []
    right = 0
    for number, (event, takes) in enumerate(zip(events, mels, strict=True)):
        offered = most_different(takes)
        first, second = (at_mean_level(takes[list(offered)])[side] for side in artist.sides(number))
        verdict = artist.vote(first, second, event.stem.moments_s, number=number)
        if verdict not in ("first", "second"):
            continue
        chosen, rejected = (first, second) if verdict == "first" else (second, first)
        right += likes(artist.taste, chosen, rejected, event)
        latents = codec.encode(torch.stack([chosen, rejected]))
        pairs.append(TuningPair(latents[0], latents[1], event.given))
    return VotedMaterial(pairs, len(events) - len(pairs), right / max(1, len(pairs)))


def likes(taste: Taste, one: Tensor, other: Tensor, event: TasteEvent) -> bool:
    """Whether a taste likes one log-mel (F, M) of an event better than another."""
    return taste(one, event.stem.moments_s) > taste(other, event.stem.moments_s)


def at_mean_level(mels: Tensor) -> Tensor:
    """Log-mels (K, F, M) made equally loud, as loud as before on the whole."""
    levels = torch.tensor([level_db(mel) for mel in mels])
    return at_level(mels, levels.mean() - levels)
