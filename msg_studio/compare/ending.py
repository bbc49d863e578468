"""What is said behind the last trial: counts, agreement, and the command that learns from the votes."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from engine.adapter_cards import check_adapter_name
from engine.errors import InputError
from engine.project.project import Project
from engine.project.votes import preference_pairs, self_agreement
from msg_studio.compare.pairing import unjudged_pairs
from msg_studio.compare.trials import agreement_words

LEAST_PAIRS = 20  # with fewer, msg-train tune --project refuses
ADAPTER_NAME = "mine"  # where the project's own name cannot be that of an adapter


@dataclass(frozen=True)
class EndWords:
    """What the page says.

    Attributes:
        title: What is done.
        counts: How many pairs there are.
        agreement: How hidden repeats were judged, empty for nothing to say.
        advice: What the command does, or why there is none yet.
        command: To be given in a terminal, empty for none.
    """

    title: str
    counts: str
    agreement: str
    advice: str
    command: str


def end_words(project: Project, event_id: str, *, subject: str, folder: Path | None) -> EndWords:
    """What is said when nothing is left to ask.

    Args:
        project: The project with the votes that stand.
        event_id: The event that was compared.
        subject: What the event is called.
        folder: The project's folder, None when it was never saved.
    """
    left = len(unjudged_pairs(project, event_id))
    pairs, votes = len(preference_pairs(project.votes)), len(project.votes)
    passed_over = f"{left} {_counted('pair', left)} passed over"
    counts = (
        f"{pairs} preference {_counted('pair', pairs)} in this project so far, "
        f"from {votes} {_counted('vote', votes)}. Ties are kept, but give no pair."
    )
    return EndWords(
        f"{subject}: {passed_over if left else 'every pair is judged'}",
        counts,
        agreement_words(self_agreement(project.votes)),
        _advice(pairs, saved=folder is not None),
        tune_command(folder) if folder is not None and pairs else "",
    )


def tune_command(folder: Path) -> str:
    """What is given in a terminal to train an adapter, called like the project, on its votes."""
    try:
        name = check_adapter_name(folder.stem)
    except InputError:
        name = ADAPTER_NAME
    return shlex.join(["msg-train", "tune", "--project", str(folder), "-o", name])


def _advice(pairs: int, *, saved: bool) -> str:
    if not saved:
        return "Save the project (Ctrl+S), so that an adapter can be trained on them."
    if not pairs:
        return "Training needs pairs: answer with ← or → where one take is better."
    if pairs < LEAST_PAIRS:
        return f"From {LEAST_PAIRS} pairs on, this command in a terminal trains an adapter on them:"
    return "This command in a terminal trains an adapter on them:"


def _counted(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
