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
    """

    takes: int
    steps: int
    guidance: float
    seed: int | None
