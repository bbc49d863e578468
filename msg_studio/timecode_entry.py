"""What a typed timecode means: a label, its last digits, or a way forward or back."""

import re

from engine.errors import InputError
from engine.project.project import Project
from engine.timecode import format_timecode, sample_of_timecode
from msg_studio.qt_models.stepping import Stepping

_LABEL_DIGITS = 8
_PLAIN_FRAMES_DIGITS = 3  # +100 is 100 frames, +1000 is 10 seconds
_TYPED = re.compile(r"([+-]?)([\d:;.]+)")
_GRAMMAR = "Type 01:00:12:07, 1207 for 12 seconds 7 frames, +20 or -12 frames, +20. for 20 seconds."


def typed_position(text: str, project: Project, stepping: Stepping, *, position: int, duration: int) -> int:
    """The position that a typed timecode means, in samples.

    A sign makes it relative: ``-12`` is 12 frames back. A point stands for two zeros: ``+20.`` is
    20 seconds forward. Without a sign, missing digits on the left are those of the present
    timecode.

    Args:
        text: What was typed.
        project: Its rate and start label count.
        stepping: Where frames begin.
        position: Present position.
        duration: Length of the film.

    Raises:
        InputError: When it cannot be read, or is a timecode outside of the film.
    """
    typed = _TYPED.fullmatch(text.strip().replace(" ", ""))
    digits = _digits(typed[2]) if typed is not None else ""
    if typed is None or not digits:
        raise InputError(f"{text.strip()!r} is no timecode. {_GRAMMAR}")
    if typed[1]:
        plain = typed[2].isdigit() and len(digits) <= _PLAIN_FRAMES_DIGITS
        frames = int(digits) if plain else _frames_of(digits, project)
        wanted = stepping.moved(position, frames if typed[1] == "+" else -frames)
        return min(max(0, wanted), duration)
    here = format_timecode(project.rate, project.start_label, position)
    sign = ";" if project.rate.drop_frame else ":"
    new = digits if len(digits) % 2 == 0 else f"0{digits}"
    kept = re.sub(r"\D", "", here)[: _LABEL_DIGITS - len(new)]
    return _inside(_label(kept + new, sign), project, duration)


def _digits(typed: str) -> str:
    """Digits of hours, minutes, seconds and frames, as many as were typed."""
    between_digits = re.sub(r"[.;](?=\d)", ":", typed)
    groups = between_digits.replace(".", ":00").split(":")
    if not all(group.isdigit() for group in groups):
        return ""
    whole = groups[0] + "".join(f"{group:0>2}" for group in groups[1:])
    return whole if len(whole) <= _LABEL_DIGITS else ""


def _label(digits: str, sign: str) -> str:
    hours, minutes, seconds, frames = (digits[place : place + 2] for place in range(0, _LABEL_DIGITS, 2))
    return f"{hours}:{minutes}:{seconds}{sign}{frames}"


def _frames_of(digits: str, project: Project) -> int:
    """Frames in hours, minutes, seconds and frames."""
    fields = digits.rjust(_LABEL_DIGITS, "0")
    hours, minutes, seconds, frames = (int(fields[place : place + 2]) for place in range(0, _LABEL_DIGITS, 2))
    whole_seconds = (hours * 60 + minutes) * 60 + seconds
    return whole_seconds * project.rate.frames_per_label_second + frames


def _inside(label: str, project: Project, duration: int) -> int:
    wanted = sample_of_timecode(project.rate, project.start_label, label)
    if not 0 <= wanted <= duration:
        last = format_timecode(project.rate, project.start_label, duration)
        side = "before" if wanted < 0 else "after"
        raise InputError(f"{label} lies {side} the film: {project.start_label} to {last}.")
    return wanted
