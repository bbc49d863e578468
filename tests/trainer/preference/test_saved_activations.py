"""Bytes kept for the backward pass: each storage once and whole, weights apart."""

from contextlib import ExitStack

import torch
from torch import nn

from trainer.preference.saved_activations import SavedBytes, counting_saved


def test_kept_tensors_count_once_and_weights_do_not() -> None:
    layer = nn.Linear(3, 5)
    given = torch.rand(4, 3, requires_grad=True)
    with counting_saved(layer) as saved:
        hidden = layer(given)  # keeps its input, 4 x 3, and its weight
        (hidden * hidden).sum()  # keeps hidden twice, 4 x 5
    assert saved.activations == 4 * (4 * 3 + 4 * 5)
    assert saved.weight_copies == 0


def test_a_view_counts_as_the_storage_that_it_keeps_alive() -> None:
    given = torch.rand(6, 4, requires_grad=True)
    with counting_saved(nn.Identity()) as saved:
        (given[:1].clone() * 2).exp()  # keeps its result, 1 x 4
        doubled = 2 * given
        doubled[:1].square()  # keeps one row of 6 x 4
    assert saved.activations == 4 * (4 + 24)


def test_nothing_is_kept_without_gradients() -> None:
    layer = nn.Linear(3, 5)
    with counting_saved(layer) as saved, torch.no_grad():
        layer(torch.rand(4, 3)).square()
    assert saved.activations == 0


def test_copies_of_weights_count_apart_where_they_are_kept() -> None:
    weight = nn.Parameter(torch.rand(5, 3))
    saved = SavedBytes([weight])
    kept, unused = weight.double(), weight.double()
    for copy in (kept, unused):
        saved.note_copy(copy)
    saved.note(kept)
    saved.note(torch.rand(2, 3))
    assert (saved.activations, saved.weight_copies) == (4 * 6, 8 * 15)


def test_blocks_are_watched_until_the_stack_is_unwound() -> None:
    block = nn.Sequential(nn.Linear(3, 5), nn.Tanh())
    given = torch.rand(4, 3, requires_grad=True)
    with counting_saved(block, [block]) as saved:
        block(given.exp())  # the result of exp is the layer's input; tanh keeps its result
        block(given)
    with ExitStack():
        block(given)
    # exp keeps its result, so the first run of the block adds only tanh's.
    assert saved.of_blocks == [4 * 20, 4 * (12 + 20)]
