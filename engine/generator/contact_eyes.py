"""The generator's own eyes for contacts: where the picture shows that the asked class sounds.

Where no hit track is given, what these eyes see stands in its place. They learn from exact contacts
(`trainer/flow/contacts.py`) and never from SF-CAVP, which ranks what the generator makes.

Letters: B batch, N tokens at 25 Hz, C grid channels, D channels of a cell, W width, K classes, P = 16
cells of the 4x4 that are left of the grid.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.generator.control import CONTROL_CHANNELS
from engine.nn.temporal import TemporalStack
from engine.timing import MEL_FRAMES_PER_TOKEN, TOKEN_RATE_HZ

LEAST_CHANCE = 0.12  # what is less likely is no hit
ASKED_WIDTH = 64
_DILATIONS = (1, 2, 4, 1, 2, 4)
_REACH = 2  # tokens to either side over which a hit must be the most likely
_RARE = -2.5  # log odds of a contact before anything is learned


class Seen(NamedTuple):
    """What the eyes say of each token, as log odds.

    Attributes:
        contacts: (B, N) that a contact falls here.
        activity: (B, N) that a sound runs on here.
    """

    contacts: Tensor
    activity: Tensor


class ContactEyes(nn.Module):
    """Looks for the asked class in every frame, and follows what it does there over time.

    Attention over cells asks what a cell does now and how it looked over the last second; a second
    attention and the largest values look at the whole picture, whatever was asked.

    Args:
        classes: Names of the K classes; those of one category ("WOOD_...") share what they look for.
        channels: C.
        cell_width: D.
        width: W.
    """

    category_of: Tensor

    def __init__(self, classes: Sequence[str], *, channels: int, cell_width: int, width: int) -> None:
        super().__init__()
        names = [name.split("_")[0] for name in classes]
        categories = sorted(set(names))
        numbers = torch.tensor([*(categories.index(name) for name in names), len(categories)])
        self.register_buffer("category_of", numbers, persistent=False)
        self.conv1 = nn.Conv2d(channels, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, cell_width, 3, stride=2, padding=1)
        self.of_class = nn.Embedding(len(classes) + 1, ASKED_WIDTH)
        self.of_category = nn.Embedding(len(categories) + 1, ASKED_WIDTH)
        self.looks_for = nn.Linear(ASKED_WIDTH, 2 * cell_width)
        self.look = nn.Linear(cell_width, cell_width)
        self.where = nn.Linear(cell_width, 2)
        self.project = nn.Linear(3 * cell_width, width)
        self.expects = nn.Linear(ASKED_WIDTH, 2 * width)
        self.time = TemporalStack(width, _DILATIONS)
        self.out = nn.Linear(width, len(Seen._fields))
        nn.init.normal_(self.of_class.weight, std=0.3)
        for fresh in (self.expects.weight, self.expects.bias):
            nn.init.zeros_(fresh)
        nn.init.constant_(self.out.bias, _RARE)

    def forward(self, grid: Tensor, asked: Tensor) -> Seen:
        """Look for a class in a picture.

        Args:
            grid: (B, N, C, 8, 8) motion grid.
            asked: (B,) class numbers; K for whatever it may be.
        """
        cells = self._cells(grid)  # (B, N, P, D)
        wanted = self.of_class(asked) + self.of_category(self.category_of[asked])  # (B, ASKED_WIDTH)
        now, lasting = self.looks_for(wanted)[:, None, None].chunk(2, dim=-1)  # (B, 1, 1, D)
        fits = (cells * now).sum(-1) + (self.look(_over_a_second(cells)) * lasting).sum(-1)  # (B, N, P)
        own, anywhere = self.where(cells).unbind(-1)
        gathered = [_attended(cells, own + fits), _attended(cells, anywhere), cells.amax(2)]
        scale, shift = self.expects(wanted)[:, None].chunk(2, dim=-1)  # (B, 1, W)
        x = self.project(torch.cat(gathered, dim=-1)) * (1 + scale) + shift
        return Seen(*self.out(self.time(x)).unbind(-1))

    def _cells(self, grid: Tensor) -> Tensor:
        """(B, N, C, 8, 8) -> (B, N, P, D)."""
        first = functional.gelu(self.conv1(grid.flatten(0, 1)))
        second = functional.gelu(self.conv2(first))  # (B * N, D, 4, 4)
        cells: Tensor = second.flatten(2).transpose(1, 2).unflatten(0, grid.shape[:2])
        return cells


def _attended(cells: Tensor, scores: Tensor) -> Tensor:
    """Cells (B, N, P, D) summed by the softmax of scores (B, N, P): (B, N, D)."""
    return (cells * scores.softmax(-1)[..., None]).sum(2)


def _over_a_second(cells: Tensor) -> Tensor:
    """Running mean over TOKEN_RATE_HZ tokens around each, of the same shape."""
    along = cells.flatten(2).transpose(1, 2)  # (B, P * D, N)
    calm = functional.avg_pool1d(
        along, TOKEN_RATE_HZ, stride=1, padding=TOKEN_RATE_HZ // 2, count_include_pad=False
    )
    back: Tensor = calm.transpose(1, 2).unflatten(2, cells.shape[2:])
    return back


@torch.no_grad()
def track_of_seen(seen: Seen) -> Tensor:
    """The control track that stands for what is seen, (B, N, CONTROL_CHANNELS).

    A hit lies where a contact is more likely than within two tokens around. Its strength is the root of
    how likely it is, as if chance were energy, for doubtful hits at their own chance are made too soft;
    its place between the tokens is the top of the parabola through the three log odds.
    """
    odds = seen.contacts.float()
    padded = functional.pad(odds[:, None], (1, 1), mode="replicate")[:, 0]
    before, after = padded[:, :-2], padded[:, 2:]
    around = functional.max_pool1d(odds[:, None], 2 * _REACH + 1, stride=1, padding=_REACH)[:, 0]
    chance = odds.sigmoid()
    hit = (odds >= around) & (chance >= LEAST_CHANCE)
    bend = (2 * odds - before - after).clamp_min(1e-3)
    aside = ((after - before) / (2 * bend)).clamp(-0.49, 0.49)  # in tokens, from the token's middle
    part = ((aside + 0.5) * MEL_FRAMES_PER_TOKEN).long()  # (B, N)
    impulses = (
        functional.one_hot(part, MEL_FRAMES_PER_TOKEN) * torch.where(hit, chance.sqrt(), 0.0)[..., None]
    )
    track = torch.cat([impulses, seen.activity.float().sigmoid()[..., None]], dim=-1)
    assert track.shape[-1] == CONTROL_CHANNELS
    return track
