"""What menu File does on the disk, without Qt: these functions run in the thread for files."""

import os
import re
import shutil
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from engine.errors import OutputLocationError, ProjectError, StudioError
from engine.project import recovery as recoveries
from engine.project.damage import DamagedProjectError
from engine.project.disk import refusals_named
from engine.project.file_names import DATABASE, MIRROR, SUFFIX
from engine.project.project import Project
from engine.project.project_file import (
    Rescue,
    newer_project,
    open_newer_project,
    open_project,
    rescue_project,
    save_project,
)
from engine.project.project_lock import ProjectLock
from engine.project.recovery import Recovery


@dataclass(frozen=True)
class Opened:
    """A project read from the disk.

    Attributes:
        project: The project.
        folder: Its folder, None for one that has none yet.
        lock: The right to edit the folder; not held when it is read-only.
        read_only_reason: Why it must not be edited, empty when it may.
        unsaved: Whether it holds what its folder does not.
        recovered_from: The copy of a crashed window it comes from.
        notice: What the user should know besides, empty when nothing.
        held_elsewhere: Whether only a text from another machine keeps it from being edited.
    """

    project: Project
    folder: Path | None = None
    lock: ProjectLock | None = None
    read_only_reason: str = ""
    unsaved: bool = False
    recovered_from: Recovery | None = None
    notice: str = ""
    held_elsewhere: bool = False


@dataclass(frozen=True)
class RescueOffer:
    """A damaged project folder and what can be saved of it.

    Attributes:
        folder: The folder.
        words: What is wrong.
        rescue: What is still readable, None when nothing is.
    """

    folder: Path
    words: str
    rescue: Rescue | None


@dataclass(frozen=True)
class Saved:
    """A project that was written.

    Attributes:
        project: The project with its takes where they lie now.
        folder: Where it was written.
        lock: The right to edit that folder.
    """

    project: Project
    folder: Path
    lock: ProjectLock


def open_folder(folder: Path, *, over_other_machines: bool = False) -> Opened | RescueOffer:
    """Open a project folder for editing, or read-only where another window has it.

    Args:
        folder: Name.msgproj.
        over_other_machines: Disregard a note left by another machine, on the user's word.

    Raises:
        ProjectError: When there is no project, or too new a one even to be shown.
    """
    folder = project_folder_of(folder)
    if newer := newer_project(folder):
        return Opened(open_newer_project(folder), folder, read_only_reason=newer)
    lock = ProjectLock(folder)
    reason = lock.acquire(over_other_machines=over_other_machines) if _is_project(folder) else ""
    try:
        project = open_project(folder)
    except DamagedProjectError as error:
        lock.release()
        return _rescue_offer(folder, str(error))
    except StudioError:
        lock.release()
        raise
    return Opened(
        project,
        folder,
        lock,
        read_only_reason=f"{reason}." if reason else "",
        held_elsewhere=lock.held_by_note,
    )


def open_rescued(offer: RescueOffer) -> Opened:
    """Open what could be saved of a damaged project; the next save makes its folder whole.

    Raises:
        ProjectError: When nothing is left, or another window has it.
    """
    if offer.rescue is None:
        raise ProjectError(f"Nothing readable is left in {offer.folder}. {offer.words}")
    lock = ProjectLock(offer.folder)
    reason = lock.acquire()
    if reason:
        raise ProjectError(f"{offer.folder.name} cannot be rescued: {reason}. Close it there first.")
    notice = f"Read from {offer.rescue.source}. Save the project to make its folder whole again."
    return Opened(offer.rescue.project, offer.folder, lock, unsaved=True, notice=notice)


def open_recovery(recovery: Recovery) -> Opened | RescueOffer:
    """Open what a crashed window left; where that is damaged, the last save.

    Raises:
        ProjectError: When neither can be read.
    """
    try:
        project = recoveries.recover(recovery)
    except DamagedProjectError as error:
        return _fall_back(recovery, error)
    if recovery.folder is None or not recovery.folder.is_dir():
        return Opened(project, unsaved=True, recovered_from=recovery)
    lock = ProjectLock(recovery.folder)
    reason = lock.acquire()
    if not reason:
        return Opened(project, recovery.folder, lock, unsaved=True, recovered_from=recovery)
    notice = (
        f"The recovered project has no folder now, since {recovery.folder} cannot be used: {reason}. "
        "Save it under another name."
    )
    return Opened(project, unsaved=True, recovered_from=recovery, notice=notice)


def open_copy(folder: Path) -> Opened:
    """Open a project as a new one that was never saved; its folder is only read.

    Raises:
        ProjectError: When it cannot be opened.
    """
    return Opened(replace(open_project(folder), id=uuid.uuid4().hex))


def save(project: Project, folder: Path, held: ProjectLock | None) -> Saved:
    """Write a project whole; where that fails the last save stays.

    Args:
        project: The project.
        folder: Where to.
        held: The right to edit the folder the project has now; stays held.

    Raises:
        OutputLocationError: When nothing can be written there, another window has that folder, or a
            newer program's project lies there.
        WriteError: When the disk refuses.
        InputError: When a take cannot be read or a name cannot be stored.
    """
    _check_not_newer(folder)
    if held is not None and held.held and _same_place(held.folder, folder):
        return Saved(save_project(project, folder), folder, held)
    lock = ProjectLock(folder)
    _check_replaceable(folder)
    if folder.is_dir():
        _take(lock)
    try:
        saved = save_project(project, folder)
        if not lock.held:
            _take(lock)
    except StudioError:
        lock.release()
        raise
    return Saved(saved, folder, lock)


def with_suffix(folder: Path) -> Path:
    """The path of a project folder: `.msgproj` is appended where it is not given."""
    if folder.suffix.lower() == SUFFIX:
        return folder.absolute()
    return folder.absolute().with_name(folder.name + SUFFIX)


def project_folder_of(path: Path) -> Path:
    """The project folder a user means who picks a file in it."""
    inside = path.name in (DATABASE, MIRROR) and path.is_file()
    return (path.parent if inside else path).absolute()


def unsaved_folder(project_id: str, root: Path | None = None) -> Path:
    """Where takes of a never-saved project lie."""
    place = root or platformdirs.user_data_path("MultiSoundGen Studio", appauthor=False)
    return place / "unsaved" / _plain(project_id)


def make_unsaved_folder(project_id: str, root: Path | None = None) -> Path:
    """The folder for takes of a never-saved project, made where it is missing.

    Raises:
        OutputLocationError: When it cannot be made.
        WriteError: When the disk refuses.
    """
    folder = unsaved_folder(project_id, root)
    with refusals_named(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def remove_unsaved(project_id: str, root: Path | None = None) -> None:
    """Remove the takes of a project that was saved or given up; not if a crashed window's copy needs them.

    Raises:
        OutputLocationError: When they cannot be removed.
        WriteError: When the disk refuses.
    """
    folder = unsaved_folder(project_id, root)
    copies = (root / "working" if root else recoveries.default_root()).glob(f"{folder.name}-*.db")
    if any(copy.stem.split("-")[-2] != str(os.getpid()) for copy in copies):
        return
    with refusals_named(folder):
        if folder.is_dir():
            shutil.rmtree(folder)


def discard_recovery(recovery: Recovery, root: Path | None = None) -> None:
    """Remove what a crashed window left, and its takes unless another copy needs them.

    Raises:
        OutputLocationError: When it cannot be removed.
        WriteError: When the disk refuses.
    """
    with refusals_named(recovery.path):
        recoveries.discard(recovery)
    plain_id = recovery.path.stem.rsplit("-", 2)[0]
    if recovery.folder is None and not any(recovery.path.parent.glob(f"{plain_id}-*.db")):
        remove_unsaved(plain_id, root)


def _rescue_offer(folder: Path, words: str) -> RescueOffer:
    try:
        return RescueOffer(folder, words, rescue_project(folder))
    except ProjectError as error:
        return RescueOffer(folder, f"{words} {error}", None)


def _fall_back(recovery: Recovery, error: DamagedProjectError) -> Opened | RescueOffer:
    if recovery.folder is None or not recovery.folder.is_dir():
        raise error
    last_save = open_folder(recovery.folder)
    if isinstance(last_save, RescueOffer):
        return replace(last_save, words=f"{error} {last_save.words}")
    notice = f"The recovered copy is damaged, so the last save was opened. The copy is kept: {recovery.path}"
    return replace(last_save, notice=f"{notice} {last_save.notice}".strip())


def _is_project(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (DATABASE, MIRROR))


def _check_replaceable(folder: Path) -> None:
    """A folder of something else is not filled with a project."""
    if folder.is_dir() and any(folder.iterdir()) and not _is_project(folder):
        raise OutputLocationError(
            f"Cannot save the project as {folder}: that folder holds other things. Choose another name."
        )


def _check_not_newer(folder: Path) -> None:
    """What a newer program knows more would be lost."""
    if newer_project(folder):
        raise OutputLocationError(
            f"Cannot save over {folder}: a newer program saved it. Choose another name, or update."
        )


def _take(lock: ProjectLock) -> None:
    reason = lock.acquire()
    if reason:
        raise OutputLocationError(f"Cannot save as {lock.folder}: {reason}. Choose another name.")


def _same_place(one: Path, other: Path) -> bool:
    return one.absolute() == other.absolute() or (one.exists() and other.exists() and one.samefile(other))


def _plain(project_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", project_id)[:40] or "_"  # never the folder of all projects
