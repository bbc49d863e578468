"""Options that several verbs share, and the session they describe."""

from pathlib import Path
from typing import Annotated

import torch
import typer

from engine.errors import InputError
from engine.feature_cache import FeatureCache, default_folder
from engine.session import EngineSession
from engine.takes import MOST_STEPS, MOST_TAKES

DEFAULT_MODEL = "starter"
MOST_SECONDS = 1e6  # eleven days

ClipPath = Annotated[Path, typer.Argument(metavar="CLIP", help="The film.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, progress as JSON lines.")]
ModelName = Annotated[
    str, typer.Option("--model", help="Model to work with; `msg-engine models` lists them.")
]
ModelsFolder = Annotated[
    Path | None, typer.Option("--models-folder", help="Folder of models, instead of the bundled ones.")
]
AdapterName = Annotated[
    str, typer.Option("--adapter", metavar="NAME", help="Your adapter; `msg-engine models` lists them.")
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="CPU threads; takes are bit-identical for the same number only."),
]
Takes = Annotated[int, typer.Option("--takes", min=1, max=MOST_TAKES, help="Takes of an event.")]
Steps = Annotated[int, typer.Option("--steps", min=1, max=MOST_STEPS, help="Euler steps of a take.")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**31, help="Where the noise comes from.")]
Guidance = Annotated[
    float, typer.Option("--guidance", min=0, max=20, help="Weight of the conditions; 1 and below: off.")
]


def session_with(
    model: str,
    models_folder: Path | None,
    threads: int | None,
    *,
    adapter: str = "",
    cached: bool = True,
) -> EngineSession:
    """The engine with a model, on so many threads.

    Args:
        model: Name of the model.
        models_folder: Where models lie; the bundled ones when None.
        threads: CPU threads; the library's choice when None.
        adapter: Adapter to put on, empty for none.
        cached: Whether features are kept in the user's cache and found there.

    Raises:
        InputError: When there is no such model or adapter.
        CheckpointError: When its card cannot be read, or the adapter does not fit.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    cache = FeatureCache(default_folder()) if cached else None
    session = EngineSession(model=model, models_folder=models_folder, cache=cache)
    if adapter:
        session.use_adapter(adapter)
    return session


def checked_seconds(seconds: float, option: str) -> float:
    """A time as typed.

    Raises:
        InputError: When it is no number of seconds.
    """
    if not abs(seconds) <= MOST_SECONDS:  # nor is what is no number
        raise InputError(f"{option} {seconds:g} is no time: give seconds, such as 1.5.")
    return seconds
