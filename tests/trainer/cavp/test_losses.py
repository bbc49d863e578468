import math

import pytest
import torch

from trainer.cavp.losses import (
    frame_class_loss,
    frame_contrast_loss,
    lag_softmax_loss,
    onset_loss,
    pooled_contrast_loss,
)

SHARPNESS_ONE = torch.tensor(0.0)


def test_lag_softmax_loss_is_the_cross_entropy_worked_out_by_hand() -> None:
    video = torch.tensor([[[1.0], [0.0], [0.0], [-1.0]]])
    audio = torch.tensor([[[0.0], [1.0], [0.0], [-1.0]]])
    # The curve at lags -1, 0, 1 is 0, 1/2, 1/sqrt(2); the target is a Gaussian around lag 1.
    curve = [0.0, 0.5, 0.5**0.5]
    target = [math.exp(-0.5 * ((lag - 1) / 0.7) ** 2) for lag in (-1, 0, 1)]
    log_sum = math.log(sum(math.exp(value) for value in curve))
    wanted = sum(t / sum(target) * (log_sum - c) for t, c in zip(target, curve, strict=True))
    assert wanted == pytest.approx(0.89838, abs=1e-5)
    loss = lag_softmax_loss(video, audio, torch.tensor([1]), SHARPNESS_ONE, reach=1)
    assert float(loss) == pytest.approx(wanted, abs=1e-6)


def test_lag_softmax_loss_is_least_at_the_true_lag() -> None:
    scene = torch.randn(1, 60, 4, generator=torch.Generator().manual_seed(1))
    video, audio = scene[:, 13:53], scene[:, 10:50]  # picture step t is sound step t + 3
    losses = {
        lag: float(lag_softmax_loss(video, audio, torch.tensor([lag]), torch.tensor(2.3), reach=6))
        for lag in range(-6, 7)
    }
    assert min(losses, key=losses.__getitem__) == 3


def test_frame_contrast_is_info_nce_in_both_directions() -> None:
    video = torch.tensor([[[2.0, 0.0], [0.0, 3.0]]])
    audio = torch.tensor([[[1.0, 0.0], [1.0, 1.0]]])
    # Cosines of picture step 0 with both sounds: 1, 0.7071; of picture step 1: 0, 0.7071.
    half = 0.5**0.5
    forward = (math.log(math.e + math.exp(half)) - 1 + math.log(1 + math.exp(half)) - half) / 2
    backward = (math.log(math.e + 1) - 1 + math.log(2)) / 2
    loss = frame_contrast_loss(video, audio, SHARPNESS_ONE)
    assert float(loss) == pytest.approx((forward + backward) / 2, abs=1e-6)


def test_pooled_contrast_is_info_nce_over_the_batch() -> None:
    video = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    audio = torch.tensor([[0.6, 0.8], [0.0, 1.0]])
    # Rows of the similarity: 0.6, 0 and 0.8, 1.
    forward = (math.log(math.exp(0.6) + 1) - 0.6 + math.log(math.exp(0.8) + math.e) - 1) / 2
    backward = (math.log(math.exp(0.6) + math.exp(0.8)) - 0.6 + math.log(1 + math.e) - 1) / 2
    loss = pooled_contrast_loss(video, audio, SHARPNESS_ONE)
    assert float(loss) == pytest.approx((forward + backward) / 2, abs=1e-6)


def test_sharper_scale_lowers_the_loss_of_a_right_pairing() -> None:
    both = torch.eye(3)
    losses = [float(pooled_contrast_loss(both, both, torch.tensor(scale))) for scale in (0.0, 1.0, 2.0)]
    assert losses == sorted(losses, reverse=True)


def test_missed_contact_costs_six_times_a_false_one() -> None:
    wanted = (6 * math.log(2) + math.log(2)) / 2
    loss = onset_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    assert float(loss) == pytest.approx(wanted, abs=1e-6)


def test_frames_without_a_class_are_left_out() -> None:
    logits = torch.zeros(1, 3, 4)
    logits[0, 2, 1] = 50.0  # of a frame that does not count
    assert float(frame_class_loss(logits, torch.tensor([[0, 3, -1]]))) == pytest.approx(math.log(4))


def test_batch_without_any_class_costs_nothing_and_can_go_backward() -> None:
    logits = torch.ones(1, 2, 4, requires_grad=True)
    loss = frame_class_loss(logits, torch.full((1, 2), -1))
    loss.backward()
    assert loss.item() == 0.0
    assert logits.grad is not None
    assert not logits.grad.any()
