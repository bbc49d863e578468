"""The SF-CAVP that the judge stands beside."""

from pathlib import Path

from engine.cavp.model import SFCAVP
from engine.errors import CheckpointError
from engine.progress import Progress, ProgressListener
from trainer.evaluation.judged_model import load_cavp


def cavp_beside(
    shipped: Path, *, model: Path | None, checkpoint: Path | None, listener: ProgressListener
) -> SFCAVP | None:
    """SF-CAVP of a checkpoint or model that was asked for, else the shipped one if it is there.

    Args:
        shipped: Folder of the shipped model; when its SF-CAVP cannot be read, the listener is told
            why and the judge stands alone.
        model: Folder asked for, which must be there.
        checkpoint: Weights asked for, which must be there.
        listener: Told when the judge stands alone.

    Raises:
        CheckpointError: When what was asked for is absent or damaged.
    """
    if model is not None or checkpoint is not None:
        return load_cavp(model or shipped, checkpoint)
    try:
        return load_cavp(shipped)
    except CheckpointError as problem:
        listener(Progress("evaluate judge", 0, 0, f"without SF-CAVP: {problem}"))
        return None
