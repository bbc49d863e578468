"""What SF-CAVP is made of: each part with its output for four seconds of film and its parameters.

The network is built and run on the meta device: shapes only, no memory, no arithmetic.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.cavp.audio_encoder import AudioEncoder
from engine.cavp.model import SFCAVP, CavpConfig, Heads
from engine.cavp.slow_fast_audio import SlowFastAudio
from engine.cavp.slow_fast_trunk import SlowFastTrunk
from engine.cavp.slow_fast_video import SlowFastVideo
from engine.cavp.video_encoder import VideoEncoder
from engine.features.motion_grid import GRID_SIDE
from engine.timing import MEL_FRAMES_PER_TOKEN, TOKEN_RATE_HZ

SHOWN_STEPS = 4 * TOKEN_RATE_HZ
_OPENED = (VideoEncoder, AudioEncoder, SlowFastVideo, SlowFastAudio, SlowFastTrunk, nn.ModuleDict, Heads)


@dataclass(frozen=True)
class PartRow:
    """One part.

    Attributes:
        part: Its name in the network, "video.trunk.slow.res2".
        output: Shape of what it gives for four seconds of film, "1 x 256 x 25 x 56 x 56"; empty
            when it is no step of its own.
        parameters: How many numbers are trained.
    """

    part: str
    output: str
    parameters: int


def parameter_table(config: CavpConfig) -> list[PartRow]:
    """Every part with parameters, in the order of the network; none is counted twice."""
    with torch.device("meta"):
        network = SFCAVP(config).eval()
    parts = dict(_parts(network, ""))
    outputs = _outputs(network, config, parts)
    rows = [PartRow(name, outputs.get(name, ""), _size(part)) for name, part in parts.items()]
    bare = [PartRow(name, "", value.numel()) for name, value in network.named_parameters(recurse=False)]
    return [row for row in rows if row.parameters] + bare


def together(rows: list[PartRow]) -> list[PartRow]:
    """Sums over each side, each pair of pathways, and all rows."""
    prefixes = ("video.trunk", "audio.trunk", "video", "audio", "video_heads", "audio_heads")
    sums = [
        PartRow(f"{prefix} together", "", sum(r.parameters for r in rows if r.part.startswith(f"{prefix}.")))
        for prefix in prefixes
    ]
    return [*(row for row in sums if row.parameters), PartRow("all", "", sum(r.parameters for r in rows))]


def _parts(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        if isinstance(child, _OPENED):
            yield from _parts(child, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", child


@torch.no_grad()
def _outputs(network: SFCAVP, config: CavpConfig, parts: dict[str, nn.Module]) -> dict[str, str]:
    """Shape of the first output of every part during one pass."""
    shapes: dict[str, str] = {}

    def note(name: str, given: object) -> None:
        first = given[0] if isinstance(given, tuple) else given
        if isinstance(first, Tensor):
            shapes.setdefault(name, " x ".join(str(size) for size in first.shape))

    for name, part in parts.items():
        part.register_forward_hook(lambda _module, _inputs, given, name=name: note(name, given))
    network.embed_video(_picture(config))
    network.embed_audio(torch.empty(1, SHOWN_STEPS * MEL_FRAMES_PER_TOKEN, config.mel_bands, device="meta"))
    return shapes


def _picture(config: CavpConfig) -> Tensor:
    shape = {
        "grid": (config.grid_channels, GRID_SIDE, GRID_SIDE),
        "frames": (3, config.picture_height, config.picture_width),
    }[config.picture_kind]
    return torch.empty(1, SHOWN_STEPS, *shape, device="meta")


def _size(part: nn.Module) -> int:
    return sum(value.numel() for value in part.parameters())
