"""Quick figures of a generator in training: does sound land on given hits, and is its level right.

Letters: B takes, F mel frames, M bands.
"""

import copy

from torch import Tensor

from engine.codec.mel_codec import MelCodec
from engine.errors import InputError
from engine.generator.starter import StarterGenerator
from engine.progress import silent
from trainer.evaluation.generator.columns import Maker, TimingFigures, study_timing
from trainer.evaluation.generator.takes import SoundMaker, TakeSettings
from trainer.evaluation.generator.trials import Trial, timing_trials
from trainer.scenes.pool import ScenePool

STEMS = 8
STEPS = 10


class ProgressFigures:
    """The same few held-out stems with their hits given, asked again and again while a run goes.

    Args:
        pool: Held-out scenes, numbered by the generator's classes.
        codec: Of the generator; a copy on the CPU is kept.

    Raises:
        InputError: When no stem of the pool is made of contacts of a class that the generator has.
    """

    def __init__(self, pool: ScenePool, codec: MelCodec) -> None:
        self.trials = timing_trials(pool, STEMS)
        if not self.trials:
            raise InputError(
                "No held-out stem of the pool is made of contacts of a class that the generator has: "
                "render other scenes, or set [loop] evaluate_every = 0."
            )
        self.codec = copy.deepcopy(codec).cpu()
        self.truth = self._heard(lambda trial, takes: _true_mels(trial))

    def of(self, network: StarterGenerator) -> dict[str, float]:
        """Onset F1 within 50 ms, and what mean and deviation of the mel are off truth, as shares of it."""
        maker = SoundMaker(copy.deepcopy(network).cpu().eval(), self.codec)  # evaluated on the CPU
        settings = TakeSettings(steps=STEPS)
        made = self._heard(lambda trial, takes: maker.mels(trial.wish, settings, [trial.number]))
        levels, true = made.levels, self.truth.levels
        return {
            "held_out_onset_f1": made.onsets.f1,
            "held_out_mel_mean_off": abs(levels.mel_mean - true.mel_mean) / abs(true.mel_mean),
            "held_out_mel_std_off": abs(levels.mel_std - true.mel_std) / true.mel_std,
        }

    def _heard(self, make: Maker) -> TimingFigures:
        return study_timing(make, self.trials, takes=1, name="progress", listener=silent)


def _true_mels(trial: Trial) -> Tensor:
    """The stem of a trial, (1, F, M)."""
    assert trial.truth is not None  # timing trials are stems
    return trial.truth[None]
