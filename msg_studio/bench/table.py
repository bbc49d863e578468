"""What all measurements print: one aligned table, how busy the machine was, whether the goals are met."""

import math
import os
import sys
from collections.abc import Sequence

GOAL_MISSED = 4  # exit status


def verdict(met: bool) -> str:
    """What the title of a table says of a goal."""
    return "met" if met else "MISSED"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share (0 to 100) of the values does not exceed: the nearest rank."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * share / 100) - 1)]


def print_table(title: str, rows: Sequence[Sequence[str]], head: Sequence[str]) -> None:
    """Print a table to the standard output: first column to the left, figures to the right.

    Args:
        title: One line above the table.
        rows: Cells, as many in each row as in ``head``.
        head: Names of the columns.
    """
    sys.stdout.write(f"{table_text(title, rows, head)}\n\n")
    sys.stdout.flush()


def table_text(title: str, rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """The table as ``print_table`` prints it, without the last line end."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return "\n".join([title, *(_line(row, widths) for row in (head, rule, *rows))])


def machine_words() -> str:
    """Cores and load of this machine now, to print beside figures: "2 cores, load 0.35 0.20 0.11"."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return f"{os.cpu_count()} cores, load {load}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip()
