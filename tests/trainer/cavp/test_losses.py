import math

import pytest
import torch

from trainer.cavp.losses import (
    alike_rows,
    class_set_loss,
    film_block_loss,
    frame_class_loss,
    frame_contrast_loss,
    lag_softmax_loss,
    onset_loss,
    pooled_contrast_loss,
)

SHARPNESS_ONE = torch.tensor(0.0)


@pytest.mark.parametrize(("given", "width", "by_hand"), [({}, 1.0, 0.96257), ({"width": 0.7}, 0.7, 0.89838)])
def test_lag_softmax_loss_is_the_cross_entropy_worked_out_by_hand(
    given: dict[str, float], width: float, by_hand: float
) -> None:
    video = torch.tensor([[[1.0], [0.0], [0.0], [-1.0]]])
    audio = torch.tensor([[[0.0], [1.0], [0.0], [-1.0]]])
    # The curve at lags -1, 0, 1 is 0, 1/2, 1/sqrt(2); the target is a Gaussian around lag 1.
    curve = [0.0, 0.5, 0.5**0.5]
    target = [math.exp(-0.5 * ((lag - 1) / width) ** 2) for lag in (-1, 0, 1)]
    log_sum = math.log(sum(math.exp(value) for value in curve))
    wanted = sum(t / sum(target) * (log_sum - c) for t, c in zip(target, curve, strict=True))
    assert wanted == pytest.approx(by_hand, abs=1e-5)
    loss = lag_softmax_loss(video, audio, torch.tensor([1]), SHARPNESS_ONE, reach=1, **given)
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


def test_pairs_that_mean_the_same_are_no_negatives() -> None:
    video = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    audio = torch.tensor([[0.6, 0.8], [0.0, 1.0], [1.0, 0.0]])
    same = torch.tensor([[True, False, True], [False, True, False], [True, False, True]])
    # Similarities: 0.6, 0, 1 / 0.8, 1, 0 / 1, 0.8, 0.6; the corners (0, 2) and (2, 0) fall out.
    e = math.exp
    forward = [
        math.log(e(0.6) + e(0)) - 0.6,
        math.log(e(0.8) + e(1) + e(0)) - 1,
        math.log(e(0.8) + e(0.6)) - 0.6,
    ]
    backward = [
        math.log(e(0.6) + e(0.8)) - 0.6,
        math.log(e(0) + e(1) + e(0.8)) - 1,
        math.log(e(0) + e(0.6)) - 0.6,
    ]
    loss = pooled_contrast_loss(video, audio, SHARPNESS_ONE, same=same)
    assert float(loss) == pytest.approx((sum(forward) + sum(backward)) / 6, abs=1e-6)
    assert float(loss) < float(pooled_contrast_loss(video, audio, SHARPNESS_ONE))


def test_batch_of_one_kind_costs_nothing_and_has_no_gradient() -> None:
    video = torch.eye(3).requires_grad_()
    loss = pooled_contrast_loss(video, torch.eye(3), SHARPNESS_ONE, same=torch.ones(3, 3, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0.0
    assert video.grad is not None
    assert not video.grad.any()


def test_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \(3, 3\), got \(2, 2\)"):
        pooled_contrast_loss(
            torch.eye(3), torch.eye(3), SHARPNESS_ONE, same=torch.zeros(2, 2, dtype=torch.bool)
        )


def test_rows_are_alike_when_all_their_classes_are() -> None:
    sets = torch.tensor([[1, 0, 1], [1, 0, 0], [1, 0, 1]])
    assert alike_rows(sets).tolist() == [[True, False, True], [False, True, False], [True, False, True]]


def test_film_blocks_are_info_nce_inside_each_film() -> None:
    video = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [0.8, 0.6], [0.0, 1.0]])
    audio = torch.tensor([[0.6, 0.8], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    # Films of two crops, of one (left out), of two.
    films = torch.tensor([4, 4, 1, 9, 9])
    first = pooled_contrast_loss(video[:2], audio[:2], SHARPNESS_ONE)
    second = pooled_contrast_loss(video[3:], audio[3:], SHARPNESS_ONE)
    loss = film_block_loss(video, audio, films, SHARPNESS_ONE)
    assert float(loss) == pytest.approx(float(first + second) / 2, abs=1e-6)
    assert float(first) != pytest.approx(float(second), abs=1e-2)


def test_film_of_three_crops_weighs_as_much_as_one_of_two() -> None:
    video, audio = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(2)).unbind()
    parts = [
        pooled_contrast_loss(video[rows], audio[rows], SHARPNESS_ONE) for rows in (slice(3), slice(3, 5))
    ]
    loss = film_block_loss(video, audio, torch.tensor([0, 0, 0, 1, 1]), SHARPNESS_ONE)
    assert float(loss) == pytest.approx(float(sum(parts)) / 2, abs=1e-6)


def test_films_of_one_crop_cost_nothing() -> None:
    video = torch.eye(3).requires_grad_()
    loss = film_block_loss(video, torch.eye(3), torch.arange(3), SHARPNESS_ONE)
    loss.backward()
    assert loss.item() == 0.0


def test_crops_of_one_film_that_stand_apart_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must stand together, got films \[1, 2, 1\]"):
        film_block_loss(torch.eye(3), torch.eye(3), torch.tensor([1, 2, 1]), SHARPNESS_ONE)


def test_similarities_stay_exact_under_autocast() -> None:
    sides = torch.randn(2, 6, 16, generator=torch.Generator().manual_seed(4))
    video, audio = torch.nn.functional.normalize(sides, dim=-1).unbind()
    scale = torch.tensor(3.0)

    def losses() -> list[float]:
        return [
            float(pooled_contrast_loss(video, audio, scale)),
            float(film_block_loss(video, audio, torch.tensor([0, 0, 0, 1, 1, 1]), scale)),
            float(frame_contrast_loss(video[None], audio[None], scale)),
            float(lag_softmax_loss(video[None], audio[None], torch.tensor([1]), scale, reach=2)),
        ]

    exact = losses()
    with torch.autocast("cpu", torch.bfloat16):
        assert losses() == exact


def test_missed_contact_costs_six_times_a_false_one() -> None:
    wanted = (6 * math.log(2) + math.log(2)) / 2
    loss = onset_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    assert float(loss) == pytest.approx(wanted, abs=1e-6)


def test_class_set_loss_shares_a_set_and_leaves_empty_rows_out() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [math.log(3.0), 0.0, 0.0, 0.0]])
    sets = torch.tensor([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    # Second row alone: shares of 1/2 each for probabilities 1/2 and 1/6.
    assert float(class_set_loss(logits, sets)) == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(6))
    assert float(class_set_loss(logits, torch.zeros(2, 4))) == 0.0


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
