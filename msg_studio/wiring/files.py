"""The file menu, the welcome page, and the questions asked before a project is left."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox

from engine.answers import Exported
from engine.assets import asset_path
from engine.errors import StudioError
from engine.project.project import Project
from engine.project.recovery import Recovery
from msg_studio.files.dropped import what_is
from msg_studio.files.project_files import ProjectFiles
from msg_studio.files.project_work import RescueOffer, with_suffix
from msg_studio.files.recent_projects import RecentProject
from msg_studio.orders import EngineOrders
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.export_dialog import ExportChoice, ExportDialog
from msg_studio.views.main_window import MainWindow
from msg_studio.views.notice_strip import NoticeButton
from msg_studio.views.recovery_view import RecoveryView
from msg_studio.views.save_question import ask_about_jobs, ask_to_save
from msg_studio.workers.autosave import Autosave

SAMPLE_PROJECT = ("demo", "sample", "Sample.msgproj")
AUTOSAVE, READ_ONLY, FILES, SAVE, EXPORT = "autosave", "read-only", "files", "save", "export"


class FilesWiring(QObject):
    """Connects File, the welcome page and the closing of the window with what does the work."""

    def __init__(
        self,
        model: ProjectModel,
        files: ProjectFiles,
        autosave: Autosave,
        orders: EngineOrders,
        window: MainWindow,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._files = files
        self._orders = orders
        self._window = window
        self._after_save: Callable[[], None] | None = None
        self._after_jobs: Callable[[], None] | None = None
        self._recovery: RecoveryView | None = None
        self._connect_actions()
        self._connect_files()
        self._connect_autosave(autosave)
        orders.exported.connect(self._say_exported)
        orders.all_ended.connect(self._go_on_after_jobs)
        model.project_opened.connect(self._forget_last_project)
        model.project_opened.connect(self._show_read_only)

    def open_path(self, path: Path) -> None:
        """Open a project folder or begin a project with a film, after the questions that are due."""
        found = what_is([path])
        if found.kind == "neither":
            self._refuse(found.words)
            return
        begin = self._begin_with if found.kind == "film" else self._files.open_folder
        self._when_free(partial(begin, found.path.absolute()))

    def open_sample(self) -> None:
        """Open the sample project as a new one, after the questions that are due."""
        self._when_free(partial(self._files.open_copy, asset_path(*SAMPLE_PROJECT)))

    def _begin_with(self, film: Path) -> None:
        self._window.say(f"Reading {film.name} ...")
        self._files.begin_with(film)

    def _connect_actions(self) -> None:
        action, welcome = self._window.action, self._window.welcome
        action("new").triggered.connect(welcome.ask_for_film)
        action("open").triggered.connect(welcome.ask_for_project)
        action("sample").triggered.connect(self.open_sample)
        action("save").triggered.connect(self._save)
        action("save as").triggered.connect(self._ask_where_to_save)
        action("export").triggered.connect(self._ask_export)
        action("close").triggered.connect(partial(self._when_free, self._files.close))
        action("quit").triggered.connect(self._window.close)
        welcome.recent_removed.connect(self._files.remove_recent)
        self._window.closing.connect(partial(self._when_free, self._leave))

    def _connect_files(self) -> None:
        files, window = self._files, self._window
        files.refused.connect(self._refuse)
        files.noticed.connect(lambda words: window.notices.show_notice(FILES, words))
        files.rescue_offered.connect(self._offer_rescue)
        files.other_machine_noted.connect(self._offer_editing)
        files.save_begun.connect(lambda: window.say("Saving ..."))
        files.saved.connect(self._finish_save)
        files.save_failed.connect(self._fail_save)
        files.recent_changed.connect(self._show_recent)
        files.recoveries_found.connect(self._show_recoveries)

    def _connect_autosave(self, autosave: Autosave) -> None:
        notices = self._window.notices
        autosave.written.connect(lambda _: self._window.say_autosave("Autosaved"))
        autosave.healed.connect(lambda: notices.withdraw(AUTOSAVE))
        autosave.failed.connect(self._warn_of_autosave)

    def _warn_of_autosave(self, words: str) -> None:
        self._window.say_autosave("Autosave failed")
        self._window.notices.show_notice(
            AUTOSAVE, words, alarm=True, buttons=(NoticeButton("Save...", self._save),)
        )

    def _when_free(self, go_on: Callable[[], None]) -> None:
        """Go on when nothing of the present project would be lost, or the user gives it up."""
        running = self._orders.unfinished
        if self._after_jobs is not None:  # the user gave the jobs up already
            self._after_jobs = go_on
        elif running:
            question = ask_about_jobs(running, parent=self._window)
            question.cancel_wanted.connect(partial(self._cancel_jobs_and, go_on))
        else:
            self._when_saved(go_on)

    def _cancel_jobs_and(self, go_on: Callable[[], None]) -> None:
        """Go on when the last job has stopped: takes that are finished by then are kept."""
        self._after_jobs = go_on
        if self._orders.unfinished:
            self._window.say("Cancelling the jobs ...")
            self._orders.cancel_all()
        else:
            self._go_on_after_jobs()

    def _go_on_after_jobs(self) -> None:
        go_on, self._after_jobs = self._after_jobs, None
        if go_on is not None:
            self._when_saved(go_on)

    def _when_saved(self, go_on: Callable[[], None]) -> None:
        self._window.work.inspector.settle()
        if not self._model.is_open or not self._model.unsaved or self._model.read_only_reason:
            go_on()
            return
        question = ask_to_save(
            self._model.project.name, never_saved=self._model.folder is None, parent=self._window
        )
        question.discard_wanted.connect(go_on)
        question.save_wanted.connect(partial(self._save_and, go_on))

    def _save_and(self, go_on: Callable[[], None]) -> None:
        self._after_save = go_on
        self._save()

    def _save(self) -> None:
        self._window.work.inspector.settle()
        if not self._model.is_open:
            self._forget_going_on()
        elif not self._files.save():
            self._ask_where_to_save()

    def _ask_where_to_save(self) -> None:
        start = self._model.folder or folder_for(self._model.project)
        dialog = QFileDialog(self._window, "Save project as", str(with_suffix(start)))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Projects (*.msgproj)")
        dialog.setDefaultSuffix("msgproj")
        dialog.fileSelected.connect(lambda name: self._files.save_as(Path(name)))
        dialog.rejected.connect(self._forget_going_on)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _finish_save(self, folder: Path) -> None:
        self._window.notices.withdraw(SAVE)
        self._window.say(f"Saved to {folder}")
        go_on, self._after_save = self._after_save, None
        if go_on is not None:
            self._when_saved(go_on)  # edits made while saving are asked about again

    def _fail_save(self, words: str) -> None:
        self._forget_going_on()
        self._window.notices.show_notice(
            SAVE, words, alarm=True, buttons=(NoticeButton("Save as...", self._ask_where_to_save),)
        )

    def _forget_going_on(self) -> None:
        self._after_save = None

    def _leave(self) -> None:
        self._files.close()
        self._window.let_close()

    def _ask_export(self) -> None:
        self._window.work.inspector.settle()
        dialog = ExportDialog(self._model.project, self._model.folder, self._window)
        dialog.export_wanted.connect(self._export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export(self, choice: ExportChoice) -> None:
        try:
            self._orders.export(choice.out, preview=choice.preview, cue_sheet=choice.cue_sheet)
        except StudioError as error:
            self._window.notices.show_notice(EXPORT, str(error))

    def _say_exported(self, done: Exported) -> None:
        scaled = f"; all scaled alike by {done.gain_db:.1f} dB so that none clips" if done.gain_db else ""
        words = f"{len(done.files)} files written to {done.folder}{scaled}."
        self._window.notices.show_notice(EXPORT, words, done=True)

    def _refuse(self, words: str) -> None:
        self._window.say(words)
        if self._model.is_open:
            self._window.notices.show_notice(FILES, words)
        else:
            self._window.welcome.say_problem(words)

    def _offer_rescue(self, offer: RescueOffer) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "Damaged project", offer.words, parent=self._window)
        if offer.rescue is not None:
            box.setInformativeText(f"{offer.rescue.source.name} is still whole.")
            rescue = box.addButton("&Open what can be saved", QMessageBox.ButtonRole.AcceptRole)
            rescue.clicked.connect(partial(self._files.open_rescued, offer))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(box.deleteLater)
        box.open()

    def _offer_editing(self, folder: Path, words: str) -> None:
        edit = partial(self._files.open_folder, folder, over_other_machines=True)
        self._window.notices.show_notice(
            READ_ONLY, words, buttons=(NoticeButton("Edit anyway", partial(self._when_free, edit)),)
        )

    def _forget_last_project(self) -> None:
        """Take back what was said of the project before this one."""
        for key in (AUTOSAVE, READ_ONLY, FILES, SAVE, EXPORT):
            self._window.notices.withdraw(key)
        self._window.say_autosave("")
        self._window.welcome.say_problem("")

    def _show_read_only(self) -> None:
        if self._model.read_only_reason:
            words = f"Open read-only: {self._model.read_only_reason}"
            self._window.notices.show_notice(
                READ_ONLY, words, buttons=(NoticeButton("Save a copy...", self._ask_where_to_save),)
            )

    def _show_recent(self, projects: Sequence[RecentProject]) -> None:
        self._window.welcome.show_recent(projects)
        self._window.recent_menu.clear()
        for one in projects:
            action = self._window.recent_menu.addAction(one.name or one.folder.name)
            action.setToolTip(str(one.folder))
            action.setEnabled(one.present)
            action.triggered.connect(partial(self.open_path, one.folder))
        self._window.recent_menu.setEnabled(bool(projects))

    def _show_recoveries(self, recoveries: Sequence[Recovery]) -> None:
        if self._recovery is not None:
            self._recovery.show_recoveries(recoveries)
        elif recoveries:
            self._recovery = RecoveryView(recoveries, self._window)
            self._recovery.recover_wanted.connect(self._recover)
            self._recovery.last_save_wanted.connect(self._open_last_save)
            self._recovery.discard_wanted.connect(self._files.discard_recovery)
            self._recovery.finished.connect(self._forget_recovery)
            self._recovery.open()

    def _recover(self, recovery: Recovery) -> None:
        self._when_free(partial(self._files.open_recovery, recovery))

    def _open_last_save(self, recovery: Recovery) -> None:
        if recovery.folder is not None:
            self._when_free(partial(self._files.open_folder, recovery.folder))

    def _forget_recovery(self) -> None:
        if self._recovery is not None:
            self._recovery.deleteLater()
            self._recovery = None


def folder_for(project: Project) -> Path:
    """Where a project never saved is offered to be: beside its film, unless that came with the program."""
    film = project.clip
    if film is None or film.path.is_relative_to(asset_path()):
        return Path.home() / project.name
    return film.path.parent / project.name
