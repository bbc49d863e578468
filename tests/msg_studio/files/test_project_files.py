"""Menu File without its dialogs: nothing is lost on any way through it."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from engine.project.file_names import DATABASE
from engine.project.project import Project, new_project
from engine.project.project_file import open_project, save_project
from engine.project.project_lock import LOCK_FILE, ProjectLock
from engine.project.recovery import find_recoveries
from engine.project.working_copy import WorkingCopy
from msg_studio import commands
from tests.failing_disk import files_limited_to
from tests.msg_studio.files.file_desk import Desk, make_desk, new_take, open_here, save_here, settle
from tests.msg_studio.scene import DOOR, STEP, make_film, make_take


def test_new_project_has_the_film_and_nothing_to_save(desk: Desk, tmp_path: Path) -> None:
    desk.files.new_from_film(make_film(tmp_path / "harbour.mp4"))
    assert (desk.model.project.name, desk.model.folder) == ("harbour", None)
    assert not desk.model.unsaved
    assert desk.files.save() is False  # it has no folder: ask for one


def test_opened_project_is_ours_until_it_is_closed(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    open_here(qtbot, desk, folder)
    assert (desk.model.folder, desk.model.read_only_reason) == (folder, "")
    assert ProjectLock(folder).acquire() != ""
    desk.files.close()
    assert not desk.model.is_open
    assert not (folder / LOCK_FILE).exists()


def test_second_window_reads_only_and_may_save_a_copy(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    open_here(qtbot, desk, folder)
    other = make_desk(tmp_path / "user")
    open_here(qtbot, other, folder)
    assert other.model.read_only_reason.startswith("it is open for editing by")
    assert other.files.save() is False
    with qtbot.waitSignal(other.files.saved):
        other.files.save_as(tmp_path / "Copy")
    assert (other.model.folder, other.model.read_only_reason) == (tmp_path / "Copy.msgproj", "")
    commands.set_setup(other.model, "e001", prompt="boots")
    other.leave()


def test_note_of_another_machine_is_told_and_can_be_overridden(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    note = '{"host": "studio-b", "pid": 1, "user": "ann", "since": "2026-01-02T10:30:00+00:00"}'
    (folder / LOCK_FILE).write_text(note)
    with qtbot.waitSignal(desk.files.other_machine_noted) as told:
        desk.files.open_folder(folder)
    assert told.args[0] == folder
    assert "ann on studio-b" in told.args[1]
    with qtbot.waitSignal(desk.files.opened):
        desk.files.open_folder(folder, over_other_machines=True)
    assert desk.model.read_only_reason == ""


def test_project_that_cannot_be_opened_leaves_the_one_at_hand(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    open_here(qtbot, desk, folder)
    with qtbot.waitSignal(desk.files.refused) as told:
        desk.files.open_folder(tmp_path / "absent.msgproj")
    assert "There is no project at" in told.args[0]
    assert desk.model.folder == folder
    assert (folder / LOCK_FILE).exists()


def test_opening_what_is_open_already_changes_nothing(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    open_here(qtbot, desk, folder)
    commands.set_setup(desk.model, "e001", prompt="boots")
    with qtbot.waitSignal(desk.files.noticed) as told:
        desk.files.open_folder(folder)
    assert "open in this window already" in told.args[0]
    assert desk.model.unsaved


def test_save_writes_the_project_and_ends_its_recovery(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    open_here(qtbot, desk, folder)
    commands.set_setup(desk.model, "e001", prompt="boots")
    save_here(qtbot, desk)
    assert not desk.model.unsaved
    assert open_project(folder) == desk.model.project
    desk.autosave.shut_down()
    assert find_recoveries(desk.root / "working") == ()


def test_edits_made_while_saving_stay_unsaved_and_recoverable(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    open_here(qtbot, desk, folder)
    commands.set_setup(desk.model, "e001", prompt="boots")
    with qtbot.waitSignal(desk.files.saved):
        desk.files.save()
        commands.set_setup(desk.model, "e002", prompt="oak door")
        assert desk.files.saving
    assert desk.model.unsaved
    assert open_project(folder).setup("e001").prompt == "boots"
    assert open_project(folder).setup("e002").prompt == ""
    desk.autosave.shut_down()
    (left,) = find_recoveries(desk.root / "working")
    assert left.actions == ("set prompt",)


def test_save_asked_for_while_saving_is_done_after_it_and_told_once(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    open_here(qtbot, desk, folder)
    told: list[Path] = []
    desk.files.saved.connect(told.append)
    commands.set_setup(desk.model, "e001", prompt="boots")
    assert desk.files.save()
    commands.set_setup(desk.model, "e002", prompt="oak door")
    assert desk.files.save()
    qtbot.waitUntil(lambda: bool(told))
    assert not desk.model.unsaved
    assert open_project(folder) == desk.model.project
    settle(qtbot, desk)
    assert told == [folder]


def test_save_that_fails_leaves_the_last_save_and_the_edits(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    open_here(qtbot, desk, folder)
    settle(qtbot, desk)
    before = (folder / DATABASE).read_bytes()
    commands.set_setup(desk.model, "e001", note="x" * 300_000)
    with files_limited_to(8192), qtbot.waitSignal(desk.files.save_failed) as told:
        desk.files.save()
    assert "failed" in told.args[0] or "Cannot write" in told.args[0]
    assert (folder / DATABASE).read_bytes() == before
    assert desk.model.unsaved
    save_here(qtbot, desk)
    assert not desk.model.unsaved


def test_takes_of_an_unsaved_project_move_in_at_the_first_save(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    desk.files.new_from_film(make_film(tmp_path / "film.mp4"))
    outside = desk.files.takes_folder()
    assert outside == desk.root / "unsaved" / desk.model.project.id
    desk.model.edit("make event", desk.model.project.with_event(STEP))
    desk.model.add_takes([new_take(desk, 1, tmp_path / "a.wav")])
    with qtbot.waitSignal(desk.files.saved):
        desk.files.save_as(tmp_path / "Harbour")
    folder = tmp_path / "Harbour.msgproj"
    assert desk.model.folder == desk.files.takes_folder() == folder
    (take,) = desk.model.project.takes
    assert take.path.is_relative_to(folder)
    assert outside.is_dir()  # undo may still need what lies there
    desk.files.close()
    settle(qtbot, desk)
    assert not outside.exists()
    assert open_project(folder).takes[0].path.is_file()


def test_undo_after_the_first_save_brings_an_event_back_with_its_sound(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    desk.files.new_from_film(make_film(tmp_path / "film.mp4"))
    desk.model.edit("make event", desk.model.project.with_event(STEP))
    desk.model.add_takes([new_take(desk, 1, tmp_path / "a.wav")])
    commands.delete_event(desk.model, "e001")
    with qtbot.waitSignal(desk.files.saved):
        desk.files.save_as(tmp_path / "Harbour")
    desk.model.undo_stack.undo()
    assert desk.model.project.takes[0].path.is_file()
    save_here(qtbot, desk)
    desk.files.close()
    settle(qtbot, desk)
    assert open_project(tmp_path / "Harbour.msgproj").takes[0].path.is_file()


def test_closing_without_saving_gives_all_up_on_the_users_word(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    desk.files.new_from_film(make_film(tmp_path / "film.mp4"))
    desk.model.edit("make event", desk.model.project.with_event(STEP))
    desk.model.add_takes([new_take(desk, 1, tmp_path / "a.wav")])
    outside = desk.files.takes_folder()
    desk.files.close()
    settle(qtbot, desk)
    desk.autosave.shut_down()
    assert not outside.exists()
    assert find_recoveries(desk.root / "working") == ()


def test_closing_can_keep_all_for_the_next_start(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    open_here(qtbot, desk, folder)
    commands.set_setup(desk.model, "e001", prompt="boots")
    desk.files.close(keep=True)
    desk.autosave.shut_down()
    assert len(find_recoveries(desk.root / "working")) == 1


def test_edit_made_while_another_project_opens_is_kept_for_recovery(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    open_here(qtbot, desk, folder)
    save_project(new_project("Next"), tmp_path / "Next.msgproj")
    with qtbot.waitSignal(desk.files.opened):
        desk.files.open_folder(tmp_path / "Next.msgproj")
        commands.set_setup(desk.model, "e001", prompt="boots")  # after the question, before the answer
    desk.autosave.shut_down()
    assert [left.name for left in find_recoveries(desk.root / "working")] == ["Film"]


def test_save_that_ends_after_the_project_was_left_changes_nothing_here(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    open_here(qtbot, desk, folder)
    with qtbot.waitSignal(desk.files.saved):
        desk.files.save_as(tmp_path / "Copy")
        desk.files.new_from_film(make_film(tmp_path / "next.mp4"))
    assert (desk.model.project.name, desk.model.folder) == ("next", None)
    assert not (tmp_path / "Copy.msgproj" / LOCK_FILE).exists()


def test_recovered_project_goes_on_where_it_was(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    edited = crash(desk, folder)
    with qtbot.waitSignal(desk.files.recoveries_found) as found:
        desk.files.look_for_recoveries()
    (recovery,) = found.args[0]
    with qtbot.waitSignal(desk.files.opened):
        desk.files.open_recovery(recovery)
    assert desk.model.project == edited
    assert (desk.model.folder, desk.model.unsaved) == (folder, True)
    save_here(qtbot, desk)
    desk.files.close()
    desk.autosave.shut_down()
    assert find_recoveries(desk.root / "working") == ()
    assert open_project(folder) == edited


def test_discarded_recovery_is_not_offered_again(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    crash(desk, folder)
    (recovery,) = find_recoveries(desk.root / "working")
    with qtbot.waitSignal(desk.files.recoveries_found) as found:
        desk.files.discard_recovery(recovery)
    assert found.args[0] == ()


def crash(desk: Desk, folder: Path) -> Project:
    """What a killed window leaves: one unsaved action; returns the project as it was then."""
    project = open_project(folder)
    copy = WorkingCopy(project, folder, root=desk.root / "working")
    edited = project.without_event(DOOR.id)
    copy.record(edited, "delete event")
    copy.close(keep=True)
    return edited


def test_damaged_project_is_offered_and_rescued(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    (folder / DATABASE).write_bytes(b"garbage")
    with qtbot.waitSignal(desk.files.rescue_offered) as offered:
        desk.files.open_folder(folder)
    with qtbot.waitSignal(desk.files.opened):
        desk.files.open_rescued(offered.args[0])
    assert (desk.model.unsaved, len(desk.model.project.events)) == (True, 2)
    desk.autosave.shut_down()
    assert find_recoveries(desk.root / "working")[0].actions == ("rescue project",)
    save_here(qtbot, desk)
    assert len(open_project(folder).events) == 2


def test_missing_takes_are_named(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    project = open_project(folder)
    save_project(project.with_takes([make_take(STEP, 1)]), folder)
    with qtbot.waitSignal(desk.files.noticed) as told:
        desk.files.open_folder(folder)
    assert told.args[0].startswith("1 take has lost the sound file: e001_t1.")


def test_sample_opens_as_a_project_of_its_own(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    with qtbot.waitSignal(desk.files.opened):
        desk.files.open_copy(folder)
    assert (desk.model.folder, desk.model.unsaved) == (None, False)
    commands.set_setup(desk.model, "e001", prompt="boots")
    assert open_project(folder).setup("e001").prompt == ""


def test_recent_projects_are_noted_and_can_be_taken_off(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    with qtbot.waitSignal(desk.files.recent_changed) as listed:
        desk.files.open_folder(folder)
    assert [one.folder for one in listed.args[0]] == [folder]
    with qtbot.waitSignal(desk.files.recent_changed) as listed:
        desk.files.remove_recent(folder)
    assert listed.args[0] == ()
    with qtbot.waitSignal(desk.files.recent_changed) as listed:
        desk.files.look_up_recent()
    assert listed.args[0] == ()
