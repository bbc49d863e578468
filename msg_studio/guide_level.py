"""How loud the guide, the film's production sound, is heard; kept among the project's settings."""

from dataclasses import replace

from engine.project.project import Project

GUIDE_GAIN_DB = "guide_gain_db"
GUIDE_MUTED = "guide_muted"

ALONE_DB = 0.0
UNDER_TAKES_DB = -12.0


def guide_gain_db(project: Project) -> float:
    """The fader: what the user set; else 0 dB, and -12 dB as soon as a take is in use.

    A new film is heard as it is, and first takes are not drowned by the sound they replace.
    """
    usual = UNDER_TAKES_DB if project.chosen else ALONE_DB
    return float(project.settings.get(GUIDE_GAIN_DB, usual))


def guide_muted(project: Project) -> bool:
    """Whether the guide is silent; a lane that is heard solo silences it too."""
    return bool(project.settings.get(GUIDE_MUTED, False)) or any(lane.solo for lane in project.lanes)


def with_guide(project: Project, *, gain_db: float | None = None, muted: bool | None = None) -> Project:
    """The project with another fader position, mute, or both."""
    changes = {GUIDE_GAIN_DB: gain_db, GUIDE_MUTED: muted}
    given = {name: value for name, value in changes.items() if value is not None}
    return replace(project, settings={**project.settings, **given})
