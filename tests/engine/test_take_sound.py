from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.records import Take, TakeLayer
from engine.take_sound import new_part
from engine.timing import TimeRange
from tests.engine.project.samples import take

RAMP = np.arange(1_000, dtype=np.float32) / 1_024  # whole steps of 16 bits


@pytest.fixture
def old(tmp_path: Path) -> Take:
    """A take of 1000 samples from sample 48000 on."""
    made = replace(take("t1", "e001", tmp_path), range=TimeRange(48_000, 49_000))
    soundfile.write(made.path, RAMP, 48_000, subtype="PCM_24")
    return made


def test_all_of_a_take_of_its_own_is_new(old: Take) -> None:
    assert np.array_equal(new_part(old), RAMP)


def test_what_a_take_kept_of_another_is_not_new(old: Take) -> None:
    kept = (TakeLayer("t0", TimeRange(0, 100)), TakeLayer("t0", TimeRange(400, 1_000)))
    assert np.array_equal(new_part(replace(old, layers=kept)), RAMP[100:400])
