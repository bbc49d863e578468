"""How the user wants takes to be made."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GenerateOptions:
    """How takes are to be made.

    Attributes:
        takes: How many.
        steps: Euler steps.
        guidance: How closely the sound keeps to the class and the words.
        seed: Seed of the first take, None for a new one.
        variation: How much takes differ from the first: 1 fully, 0 not at all.
        level_db: Louder or softer than usual.
        adapter: Name of the user's adapter that is on, empty for none.
    """

    takes: int
    steps: int
    guidance: float
    seed: int | None
    variation: float = 1.0
    level_db: float = 0.0
    adapter: str = ""
