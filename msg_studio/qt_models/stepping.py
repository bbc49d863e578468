"""From timeline positions to film frames and back, as the transport steps."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from engine.timing import PROJECT_RATE_HZ
from msg_studio.qt_models.project_model import ProjectModel


@dataclass(frozen=True)
class Stepping:
    """How one frame forward is found.

    Attributes:
        frame_of: Number of the frame that a position in samples lies in, 0 for the first picture.
        sample_of: Position where a frame begins; numbers outside of the film are allowed.
    """

    frame_of: Callable[[int], int]
    sample_of: Callable[[int], int]

    def moved(self, position: int, frames: int) -> int:
        """Where the frame begins that lies so many frames away."""
        return self.sample_of(self.frame_of(position) + frames)


def even_stepping(model: ProjectModel) -> Stepping:
    """Frames of equal length at the project's rate, whatever project is open."""

    def frame_of(sample: int) -> int:
        # Half a sample of grace: the sample nearest to a frame's begin belongs to that frame.
        return math.floor((sample + Fraction(1, 2)) * model.project.rate.fps / PROJECT_RATE_HZ)

    def sample_of(frame: int) -> int:
        return round(frame * PROJECT_RATE_HZ / model.project.rate.fps)

    return Stepping(frame_of, sample_of)
