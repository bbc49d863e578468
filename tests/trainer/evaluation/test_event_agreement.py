import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.model import Embedded
from engine.generator.control import ACTIVITY_CHANNEL, CONTROL_CHANNELS
from engine.scoring import CLASS_SHARE, EVIDENCE_NEPERS
from trainer.evaluation.event_agreement import event_agreement, event_steps

STEPS = 40


def embedded(fast: Tensor, *, class_logits: tuple[float, float] = (0.0, 0.0)) -> Embedded:
    slow = functional.normalize(torch.ones(1, STEPS // 4, 2), dim=-1)
    nothing = torch.zeros(1, STEPS)
    frames = torch.tensor(class_logits).expand(1, STEPS, -1)
    return Embedded(fast, slow, slow[:, 0], frames[:, 0], nothing, nothing, frames, None)


def code(seed: int = 1) -> Tensor:
    return torch.randn(1, STEPS, 4, generator=torch.Generator().manual_seed(seed))


def own(start: int, end: int) -> Tensor:
    steps = torch.zeros(1, STEPS, dtype=torch.bool)
    steps[:, start:end] = True
    return steps


UNKNOWN = torch.tensor([-1])


def test_event_owns_the_steps_around_its_hits_and_where_it_runs() -> None:
    control = torch.zeros(2, STEPS, CONTROL_CHANNELS)
    control[0, 10, 2] = 0.5
    control[1, 20:25, ACTIVITY_CHANNEL] = 1.0
    steps = event_steps(control)
    assert torch.nonzero(steps[0])[:, 0].tolist() == list(range(8, 15))
    assert torch.nonzero(steps[1])[:, 0].tolist() == list(range(20, 25))


def test_score_falls_only_for_the_event_whose_sound_is_gone() -> None:
    whole = code()
    gone = whole.clone()
    gone[:, 5:12] = 0.0
    seen, before, after = embedded(whole), embedded(whole), embedded(gone)
    first, second = own(5, 12), own(25, 32)
    fall = [event_agreement(seen, before, s, UNKNOWN) - event_agreement(seen, after, s, UNKNOWN)
            for s in (first, second)]  # fmt: skip
    assert float(fall[0]) > 0.5
    assert abs(float(fall[1])) < 0.4 * float(fall[0])


def test_class_that_is_heard_lifts_the_score_and_an_unknown_one_is_not_asked() -> None:
    seen = embedded(code())
    heard, missing = embedded(code(), class_logits=(2.0, -2.0)), embedded(code(), class_logits=(-2.0, 2.0))
    steps, first = own(5, 12), torch.tensor([0])
    lift = event_agreement(seen, heard, steps, first) - event_agreement(seen, missing, steps, first)
    share = (
        math.log(2 / (1 + math.exp(-4))),
        math.log(2 / (1 + math.exp(4))),
    )
    near, far = (math.tanh(one / EVIDENCE_NEPERS) for one in share)
    assert float(lift) == pytest.approx(CLASS_SHARE * (near - far), abs=1e-5)
    blind = [float(event_agreement(seen, side, steps, UNKNOWN)) for side in (heard, missing)]
    assert blind[0] == pytest.approx(blind[1])


def test_slow_likeness_counts_in_the_events_own_steps_alone() -> None:
    seen = embedded(code())
    slow = seen.slow.clone()
    slow[:, 6:] *= -1  # steps from 24 on
    heard = replace(embedded(code()), slow=slow)
    early = float(event_agreement(seen, heard, own(4, 12), UNKNOWN))
    alike = float(event_agreement(seen, embedded(code()), own(4, 12), UNKNOWN))
    late = float(event_agreement(seen, heard, own(28, 36), UNKNOWN))
    best = float(event_agreement(seen, embedded(code()), own(28, 36), UNKNOWN))
    assert early == pytest.approx(alike)
    assert best - late == pytest.approx(1.0, abs=1e-5)  # half of the way from 1 to -1
