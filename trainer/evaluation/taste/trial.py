"""One taste from votes to win rate: does tuning on an artist's votes give takes the artist likes better.

Takes of held-out events are made by the base and by the tuned generator from the same noise, and the
hidden taste, free of voting errors, says which it likes better.

Letters: E events, K takes of an event, N tokens, L latent channels, F mel frames, M bands.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.model_store import StarterModel
from engine.nn.lora import lora_switched_off, remove_lora
from engine.progress import ProgressListener, silent
from trainer.evaluation.taste.events import AT_ONCE, TakeSettings, TasteEvent, heard_mels, latents_of
from trainer.evaluation.taste.offering import vote_on
from trainer.preference.agreement import wilson_interval
from trainer.preference.artist import SyntheticArtist
from trainer.preference.reward import RewardConfig, StemReward
from trainer.preference.tastes import Taste
from trainer.preference.tune import TuneConfig, tune_on_pairs
from trainer.preference.tune_votes import few_pairs
from trainer.run_directory import RunDirectory


@dataclass(frozen=True)
class TasteConfig:
    """How tastes are tried out.

    Attributes:
        pairs: Votes of the artist.
        trials: Held-out events, one take of base and tuned generator each.
        takes: K, of which the two most different ones are offered.
        noise: Share of votes given to the wrong side.
        seed: Of events, takes and votes.
        made: How takes are made.
        tune: How the generator is tuned.
    """

    pairs: int = 40
    trials: int = 200
    takes: int = 6
    noise: float = 0.1
    seed: int = 1
    made: TakeSettings = field(default_factory=TakeSettings)
    tune: TuneConfig = field(default_factory=few_pairs)


@dataclass(frozen=True)
class BaseTakes:
    """What the base makes; the same for all tastes.

    Attributes:
        voted: Events that the artist votes on.
        voted_mels: (E, K, F, M) of their takes.
        held_out: Events kept apart.
        seeds: Of their takes.
        latents: (E', N, L) of their takes.
        mels: (E', F, M) of their takes.
        rewards: SF-CAVP's reward of each.
    """

    voted: Sequence[TasteEvent]
    voted_mels: Tensor
    held_out: Sequence[TasteEvent]
    seeds: Sequence[int]
    latents: Tensor
    mels: Tensor
    rewards: Sequence[float]


@dataclass(frozen=True)
class TasteResult:
    """What one taste gave.

    Attributes:
        taste: Its name.
        pairs: Pairs tuned on.
        votes_right: Share of them that follow the taste.
        trials: Held-out events.
        wins: Those whose tuned take is liked better than the base's; a tie counts half.
        reward_base: Mean SF-CAVP reward of the base's takes.
        reward_tuned: Of the tuned ones.
        tuning_s: Seconds of tuning.
        restored: Whether the base came back bit for bit with the adapter switched off.
    """

    taste: str
    pairs: int
    votes_right: float
    trials: int
    wins: float
    reward_base: float
    reward_tuned: float
    tuning_s: float
    restored: bool

    @property
    def win_rate(self) -> float:
        """Share of the trials."""
        return self.wins / self.trials

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the win rate (Wilson)."""
        return wilson_interval(self.wins, self.trials)

    @property
    def reward_loss(self) -> float:
        """Share of the base's reward that is lost; below 0 where it rose."""
        return (self.reward_base - self.reward_tuned) / max(abs(self.reward_base), 1e-9)

    def plain(self) -> dict[str, Any]:
        """For a JSON file."""
        return asdict(self)


def rewards_of(model: StarterModel, events: Sequence[TasteEvent], mels: Tensor) -> list[float]:
    """SF-CAVP's reward of one log-mel (F, M) of each event."""
    config = RewardConfig()
    return [
        StemReward(model.cavp, event.stem, config).of(mel[None])[0]
        for event, mel in zip(events, mels, strict=True)
    ]


def try_taste(
    name: str,
    taste: Taste,
    model: StarterModel,
    base: BaseTakes,
    config: TasteConfig,
    run: Path,
    *,
    listener: ProgressListener = silent,
) -> TasteResult:
    """Vote, tune, make held-out takes again from the same noise, and count.

    The generator of the model is without adapters afterwards.

    Args:
        name: Of the taste.
        taste: The taste, hidden from all but the artist and the count.
        model: The base.
        base: What it makes.
        config: How.
        run: Folder of the tuning, which goes on from its state.
        listener: Told of progress.

    Raises:
        InputError: When the artist found no pair with a better side.
        WorkError: When a loss is no finite number.
        RunStopped: When it was asked to stop while tuning.
    """
    artist = SyntheticArtist(taste, config.noise, config.seed)
    material = vote_on(artist, base.voted, base.voted_mels, model.codec)
    begun = time.monotonic()
    try:
        tune_on_pairs(
            model.generator,
            material.pairs,
            config.tune,
            RunDirectory(run),
            base_sha256=model.generator_sha256,
            listener=listener,
        )
        tuning_s = time.monotonic() - begun
        tuned = latents_of(
            model.generator, base.held_out, base.seeds, config.made, name=name, listener=listener
        )
        restored = _restored(model, base, config)
    finally:
        remove_lora(model.generator)
    mels = heard_mels(model.codec, tuned, base.seeds)
    rewards = rewards_of(model, base.held_out, mels)
    return TasteResult(
        taste=name,
        pairs=len(material.pairs),
        votes_right=material.right,
        trials=len(base.held_out),
        wins=wins_of(taste, mels, base),
        reward_base=sum(base.rewards) / len(base.rewards),
        reward_tuned=sum(rewards) / len(rewards),
        tuning_s=tuning_s,
        restored=restored,
    )


def wins_of(taste: Taste, mels: Tensor, base: BaseTakes) -> float:
    """How often a taste likes a log-mel (E', F, M) better than the base's; a tie counts half."""
    wins = 0.0
    for event, tuned, before in zip(base.held_out, mels, base.mels, strict=True):
        new, old = taste(tuned, event.stem.moments_s), taste(before, event.stem.moments_s)
        wins += 1.0 if new > old else 0.5 if new == old else 0.0
    return wins


def _restored(model: StarterModel, base: BaseTakes, config: TasteConfig) -> bool:
    """Whether the first takes of the base come out bit for bit with the adapter switched off."""
    first = slice(0, AT_ONCE)
    with lora_switched_off(model.generator):
        again = latents_of(model.generator, base.held_out[first], base.seeds[first], config.made)
    return torch.equal(again, base.latents[first])
