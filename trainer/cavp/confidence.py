"""Calibrate SF-CAVP's confidence on held-out scenes, half of them; the other half judges."""

import torch
from torch import Tensor

from engine.cavp.confidence import PeakFeatures, confidence_of
from engine.cavp.model import SFCAVP
from trainer.evaluation.alignment import OffsetTrials, offset_trials
from trainer.scenes.pool import ScenePool


def fit_logistic(peak: PeakFeatures, right: Tensor, *, steps: int = 400) -> Tensor:
    """Weights (3,) of the logistic that predicts ``right`` (N,) from height and margin."""
    weights = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=steps, line_search_fn="strong_wolfe")
    height, margin = 10 * peak.height.detach(), 10 * peak.margin.detach()

    def closure() -> Tensor:
        optimizer.zero_grad()
        logits = weights[0] + weights[1] * height + weights[2] * margin
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, right.float())
        loss = loss + 1e-3 * weights.square().sum()
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(closure)
    return weights.detach()


def calibrate(network: SFCAVP, held_out: ScenePool) -> float:
    """Set the network's confidence weights; returns the mean confidence on the calibration half."""
    trials: OffsetTrials = offset_trials(network, held_out, scenes=range(0, held_out.scenes, 2))
    network.confidence_weights.copy_(fit_logistic(trials.peak, trials.right))
    return float(confidence_of(trials.peak, network.confidence_weights).mean())
