"""The control track: hit points and sustained activity on the token grid.

Letters: N tokens at 25 Hz, CONTROL_CHANNELS = 4 sub-frame impulses (100 Hz) + activity.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.timing import MEL_FRAMES_PER_TOKEN, MEL_RATE_HZ

FloatArray = NDArray[np.float32]
_ROUNDING = 1e-6  # 0.29 s * 100 Hz is a hair below 29 in floating point
CONTROL_CHANNELS = MEL_FRAMES_PER_TOKEN + 1
ACTIVITY_CHANNEL = MEL_FRAMES_PER_TOKEN


def control_track(
    tokens: int,
    *,
    hits: Sequence[tuple[float, float]] = (),
    activity: FloatArray | None = None,
) -> FloatArray:
    """Impulses of the hits at 100 Hz folded into tokens, and activity per token.

    Args:
        tokens: N.
        hits: (seconds from the first token, strength 0 to 1); hits outside are left out.
        activity: (N,) 0 to 1 for continuous sound, None for silence between hits.

    Returns:
        (N, CONTROL_CHANNELS).

    Raises:
        InputError: When a strength lies outside 0 to 1 or the activity has another length.
    """
    track = np.zeros((tokens, CONTROL_CHANNELS), dtype=np.float32)
    for time_s, strength in hits:
        if not 0.0 <= strength <= 1.0:
            raise InputError(f"Hit strength {strength} at {time_s:.3f} s: give a value from 0 to 1.")
        token, sub = divmod(int(np.floor(time_s * MEL_RATE_HZ + _ROUNDING)), MEL_FRAMES_PER_TOKEN)
        if 0 <= token < tokens:
            track[token, sub] = max(track[token, sub], strength)
    if activity is not None:
        if activity.shape != (tokens,):
            raise InputError(f"Activity of shape {activity.shape}: wanted ({tokens},), one value a token.")
        track[:, ACTIVITY_CHANNEL] = activity
    return track


def hits_of_track(track: FloatArray) -> list[tuple[float, float]]:
    """Hits of a control track (N, CONTROL_CHANNELS) as (seconds, strength), in time order."""
    impulses = track[:, :MEL_FRAMES_PER_TOKEN].reshape(-1)
    return [((frame + 0.5) / MEL_RATE_HZ, float(impulses[frame])) for frame in np.flatnonzero(impulses)]
