"""An engine process whose work goes wrong as its orders say; argument: how loading goes wrong, if at all."""

import os
import sys
from pathlib import Path

from engine.answers import MapMade, Result
from engine.errors import CheckpointError, MediaError
from engine.orders import OpenFilm, Order
from engine.progress import CancelToken, ProgressListener
from engine.protocol import Ready
from engine.scratch import Scratch
from engine.server import Server, private_answers

FAULTS = {
    "media": MediaError("walk.mp4 cannot be read: choose another film."),
    "fault": ZeroDivisionError("division by zero"),
    "memory": MemoryError(),
    "allocator": RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    "device": RuntimeError("CUDA error: an illegal memory access was encountered"),
    "import": ImportError("libgomp.so.1: cannot open shared object file"),
    "weights": CheckpointError("Weights generator.safetensors are missing: reinstall the model."),
}


class OddWork:
    """Does what the name of the film says."""

    ready = Ready("odd", "0" * 64, "none", "cpu")

    def do(self, order: Order, *, listener: ProgressListener, cancel: CancelToken) -> Result:
        """Print on all ways at once, then fail or succeed."""
        assert isinstance(order, OpenFilm)
        sys.stdout.write("libraries print\n")
        sys.stdout.flush()
        os.write(1, b"and native ones too\n")
        if order.film.name in FAULTS:
            raise FAULTS[order.film.name]
        return MapMade(Path("a.npz"))


def load(scratch: Scratch) -> OddWork:
    """Load, or fail to."""
    sys.stdout.write("loading\n")
    if len(sys.argv) > 1:
        raise FAULTS[sys.argv[1]]
    return OddWork()


if __name__ == "__main__":
    Server(0, private_answers(), Scratch()).run(load)
