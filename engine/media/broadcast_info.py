"""What a broadcast wave file says about itself: the record behind its bext and iXML chunks."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction


@dataclass(frozen=True)
class BroadcastInfo:
    """What a sound file says about itself.

    Attributes:
        description: What it is; the first 64 characters should make sense alone.
        originator_reference: Our stable id of the take or stem, at most 32 characters.
        time_reference: First sample, counted from midnight at the file's rate.
        frame_rate: Frame rate of the project's timecode.
        drop_frame: Whether its timecode is drop-frame.
        project: Name of the project.
        scene: Reel or scene.
        tape: Lane ("MSG_FEET").
        take: Number of the take.
        circled: Whether this is the chosen take.
        note: Free words.
        track_names: One name for each channel.
        user: Provenance (model, adapter, seed, prompt); survives in iXML.
        coding_history: Provenance for the T= field of the coding history, one line.
        loudness_lufs: Integrated loudness, None where it was not measured.
        origination: When it was made.
    """

    description: str
    originator_reference: str
    time_reference: int
    frame_rate: Fraction
    drop_frame: bool
    project: str
    scene: str
    tape: str
    take: int
    circled: bool
    note: str
    track_names: tuple[str, ...]
    user: str
    coding_history: str
    loudness_lufs: float | None
    origination: datetime
