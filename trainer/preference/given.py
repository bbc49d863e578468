"""What a take was made for, as tensors of one sample: cropped, put together to batches, kept on the disk.

The starter generator is given a picture, a hit track and a class; an MM-DiT of the published layout is
given features that their own encoders made.

Letters: B samples, N tokens, C CLIP tokens, S sync tokens, D channels.
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.features.motion_grid import STATISTIC_CHANNELS
from engine.generator.conditioning import Conditions, Features, join_batches
from engine.generator.flow import VelocityField, conditional_field
from engine.generator.mmdit import MMDiT
from engine.generator.starter import StarterGenerator, StarterInputs
from trainer.preference.stems import Stem

Given = StarterInputs | Features
Network = StarterGenerator | MMDiT

_ALONG_TOKENS = ("grid", "control")
_FEATURES = ("clip", "sync", "text")
_HEADER = "multisoundgen_given"


def given_of_stem(stem: Stem, *, classes: Sequence[str], hits: bool) -> StarterInputs:
    """What a take of a stem is made for, of one sample.

    Args:
        stem: The stem.
        classes: Of the generator.
        hits: Whether the hit track is given; the picture and the class always are.
    """
    yes = torch.ones(1, dtype=torch.bool)
    return StarterInputs(
        grid=stem.grid[None, :, :STATISTIC_CHANNELS],
        control=stem.control[None],
        classes=torch.tensor([list(classes).index(stem.entry.class_name)]),
        level=torch.zeros(1),
        keep_video=yes,
        keep_control=yes & hits,
        keep_class=yes,
    )


def moved_given(given: Given, device: torch.device) -> Given:
    """The same on another device."""
    if isinstance(given, StarterInputs):
        return StarterInputs(**{f.name: getattr(given, f.name).to(device) for f in fields(StarterInputs)})
    return Features(*(value.to(device) for value in given))


def cropped_given(given: Given, start: int, tokens: int, *, whole: int) -> Given:
    """The part of a sample that goes with ``tokens`` tokens from ``start`` on.

    Raises:
        InputError: When these are features, which belong to a whole take, and a part is asked for.
    """
    if tokens == whole:
        return given
    if not isinstance(given, StarterInputs):
        raise InputError(
            f"Takes of an MM-DiT cannot be cropped to {tokens} of {whole} tokens: their features belong to "
            "the whole. Set [tune] crop_tokens = 0, and give pairs of one length."
        )
    part = slice(start, start + tokens)
    whole_inputs = {f.name: getattr(given, f.name) for f in fields(StarterInputs)}
    return StarterInputs(**{**whole_inputs, **{name: whole_inputs[name][:, part] for name in _ALONG_TOKENS}})


def joined_given(samples: Sequence[Given]) -> Given:
    """Samples of one kind and length as a batch.

    Raises:
        InputError: When they are of two kinds.
    """
    inputs = [sample for sample in samples if isinstance(sample, StarterInputs)]
    features = [sample for sample in samples if isinstance(sample, Features)]
    if inputs and features:
        raise InputError("Pairs of a starter generator and of an MM-DiT cannot be tuned on together.")
    if features:
        return Features(*(torch.cat(values) for values in zip(*features, strict=True)))
    return StarterInputs(
        **{f.name: torch.cat([getattr(one, f.name) for one in inputs]) for f in fields(StarterInputs)}
    )


def mmdit_of(network: Network) -> MMDiT:
    """The MM-DiT that a generator is, or has inside."""
    return network.mmdit if isinstance(network, StarterGenerator) else network


def conditions_of(network: Network, given: Given, *, tokens: int) -> Conditions:
    """Conditions of a batch for latents of so many tokens.

    Raises:
        InputError: When the network cannot be given such.
    """
    if isinstance(network, StarterGenerator) and isinstance(given, StarterInputs):
        return network.conditions(given)
    if isinstance(network, MMDiT) and isinstance(given, Features):
        return network.prepare_conditions(given.clip, given.sync, given.text, tokens)
    raise InputError(
        f"A {type(network).__name__} cannot be given {type(given).__name__}: use pairs made for it."
    )


def field_of_pairs(network: Network, given: Given, *, tokens: int) -> VelocityField:
    """The field of B pairs under their conditions, which are prepared once: of 2B samples."""
    conditions = conditions_of(network, given, tokens=tokens)
    return conditional_field(mmdit_of(network), join_batches([conditions, conditions]))


def write_given(path: Path, given: Given) -> None:
    """Keep a sample as a file of tensors; its folder must exist.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    kind = "starter" if isinstance(given, StarterInputs) else "features"
    names = [f.name for f in fields(StarterInputs)] if kind == "starter" else list(_FEATURES)
    tensors = {name: getattr(given, name).cpu().clone().contiguous() for name in names}  # none shared
    with written_atomically(path) as temporary:
        save_file(tensors, temporary, metadata={_HEADER: json.dumps({"kind": kind})})


def read_given(path: Path) -> Given:
    """A sample that ``write_given`` kept.

    Raises:
        InputError: When the file is absent or damaged.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            kind = json.loads((stored.metadata() or {})[_HEADER])["kind"]
            tensors: dict[str, Tensor] = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        return StarterInputs(**tensors) if kind == "starter" else Features(**tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as problem:
        raise InputError(
            f"Conditions {path} are absent or damaged ({problem!r}): make them again."
        ) from problem


def frozen(network: Network) -> Network:
    """The network in evaluation mode, nothing of it trained."""
    return network.eval().requires_grad_(False)
