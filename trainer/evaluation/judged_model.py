"""The SF-CAVP that an evaluation is about: that of a model folder, or a checkpoint of a run."""

from pathlib import Path

from engine.cavp.model import SFCAVP, CavpConfig
from engine.checkpoint import load_checkpoint, load_into
from engine.model_store import StarterModel, read_card


def load_cavp(model: Path, checkpoint: Path | None = None) -> SFCAVP:
    """SF-CAVP of a checkpoint where one is given, else of a model folder, ready to be asked.

    Raises:
        CheckpointError: When the weights are absent or damaged.
    """
    if checkpoint is None:
        return StarterModel(read_card(model)).cavp
    stored = load_checkpoint(checkpoint, family="sf_cavp")
    network = SFCAVP(CavpConfig.from_json(stored.config))
    load_into(network, stored)
    return network.eval().requires_grad_(False)
