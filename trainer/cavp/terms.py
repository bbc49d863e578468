"""The terms of SF-CAVP's loss over one batch, each with its weight.

Letters: B batch, T fast steps, R lag reach, E embedding size.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.cavp.lag import balanced
from engine.cavp.model import SFCAVP, Embedded
from trainer.cavp.batches import CavpBatch, SceneLabels
from trainer.cavp.losses import (
    class_set_loss,
    film_block_loss,
    frame_class_loss,
    frame_contrast_loss,
    lag_softmax_loss,
    onset_loss,
    pooled_contrast_loss,
)

LAG_REACH = 32


@dataclass(frozen=True)
class TermWeights:
    """Share of every term; a term of weight 0 is not computed.

    Attributes:
        lag: Softmax over lags of the fast streams (when).
        frame: Contrast between the frames of one clip (when).
        slow: InfoNCE of the slow streams over the global batch (what).
        blocks: InfoNCE between the crops of one film, by the pooled fast streams (when).
        classes: Classes in the clip, both sides; scenes only, as all that follow.
        onsets: Contacts, both sides.
        active: What goes on and on, both sides.
        frame_classes: Class of each frame, both sides.
    """

    lag: float = 1.0
    frame: float = 0.15
    slow: float = 0.3
    blocks: float = 0.0
    classes: float = 0.4
    onsets: float = 1.5
    active: float = 0.5
    frame_classes: float = 0.3


def batch_losses(network: SFCAVP, batch: CavpBatch, weights: TermWeights) -> dict[str, Tensor]:
    """Weighted terms of one batch, by the names of ``TermWeights``."""
    video = network.embed_video(batch.picture)
    audio = network.embed_audio(batch.mel)
    terms = {**_contrast_terms(network, video, audio, batch, weights)}
    if batch.labels is not None:
        terms |= _label_terms(video, audio, batch.labels, weights)
    return {name: getattr(weights, name) * value for name, value in terms.items()}


def _contrast_terms(
    network: SFCAVP, video: Embedded, audio: Embedded, batch: CavpBatch, weights: TermWeights
) -> dict[str, Tensor]:
    terms: dict[str, Tensor] = {}
    if weights.lag:
        voices = balanced(video.fast), balanced(audio.fast)
        terms["lag"] = lag_softmax_loss(*voices, batch.lags, network.lag_scale, reach=LAG_REACH)
    if weights.frame:
        aligned = _aligned(video.fast[..., :-1], audio.fast[..., :-1], batch.lags)  # the learned voice
        terms["frame"] = frame_contrast_loss(*aligned, network.lag_scale)
    if weights.slow:
        terms["slow"] = pooled_contrast_loss(video.pooled, audio.pooled, network.slow_scale)
    if weights.blocks:
        seen, heard = (functional.normalize(side.fast.mean(1), dim=-1) for side in (video, audio))
        terms["blocks"] = film_block_loss(seen, heard, batch.films, network.slow_scale)
    return terms


def _label_terms(
    video: Embedded, audio: Embedded, labels: SceneLabels, weights: TermWeights
) -> dict[str, Tensor]:
    bce = functional.binary_cross_entropy_with_logits
    terms: dict[str, Tensor] = {}
    if weights.classes:
        terms["classes"] = class_set_loss(video.class_logits, labels.seen)
        terms["classes"] = terms["classes"] + class_set_loss(audio.class_logits, labels.heard)
    if weights.onsets:
        terms["onsets"] = onset_loss(video.onset_logits, labels.onsets)
        terms["onsets"] = terms["onsets"] + onset_loss(audio.onset_logits, labels.audio_onsets)
    if weights.active:
        terms["active"] = bce(video.active_logits, labels.active)
        terms["active"] = terms["active"] + bce(audio.active_logits, labels.audio_active)
    if weights.frame_classes:
        terms["frame_classes"] = frame_class_loss(video.frame_class_logits, labels.frame_class)
        terms["frame_classes"] = terms["frame_classes"] + frame_class_loss(
            audio.frame_class_logits, labels.audio_frame_class
        )
    return terms


def _aligned(video: Tensor, audio: Tensor, lags: Tensor) -> tuple[Tensor, Tensor]:
    """The common middle of both sides: picture step t with sound step t + lag, (B, T - 2R, E)."""
    steps = video.shape[1] - 2 * LAG_REACH
    ticks = torch.arange(steps, device=lags.device) + LAG_REACH
    rows = torch.arange(len(lags), device=lags.device)[:, None]
    return video[:, LAG_REACH : LAG_REACH + steps], audio[rows, ticks[None] + lags[:, None]]
