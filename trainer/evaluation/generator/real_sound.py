"""Real recordings of the bank laid where a trial wants sound.

Letters: F mel frames, M bands, S samples at 44.1 kHz.
"""

import numpy as np
import torch
from torch import Tensor

from engine.features.mel import log_mel
from engine.timing import MODEL_RATE_HZ, TOKEN_RATE_HZ
from trainer.evaluation.generator.trials import Trial
from trainer.scenes.bank import SoundBank
from trainer.scenes.plan import Actor
from trainer.scenes.rhythm import Beats
from trainer.scenes.sound import perform_actor


def can_play(bank: SoundBank, trial: Trial) -> bool:
    """Whether the bank has recordings for the trial."""
    sounds = bank.voices if trial.moments_s else bank.ambiences
    return bool(sounds.get(trial.wish.class_name))


def real_mel(bank: SoundBank, trial: Trial, *, seed: int) -> Tensor:
    """Log-mel (F, M) of recordings of the trial's class at its hits or along its activity."""
    hits = np.array(trial.hits, dtype=np.float32).reshape(-1, 2)
    actor = Actor(
        class_name=trial.wish.class_name,
        kind="",
        on_screen=True,
        beats=Beats(hits[:, 0], hits[:, 1]) if len(hits) else None,
        activity=None if len(hits) else trial.activity.numpy(),
        gain=1.0,
        place=(0.5, 0.5),
    )
    length = round(len(trial.wish.control) / TOKEN_RATE_HZ * MODEL_RATE_HZ)
    wave = perform_actor(actor, bank, np.random.default_rng([seed, trial.number]), length, 0.0)
    return log_mel(torch.from_numpy(wave)[None])[0]
