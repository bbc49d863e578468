"""The questions before a project is left: unsaved changes, and jobs that still run."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

Button = QMessageBox.StandardButton


class SaveQuestion(QMessageBox):
    """Save, don't save, or cancel. Shown with `open()`; it blocks nothing and removes itself.

    Args:
        name: The project.
        never_saved: It has no folder yet, so that Save will ask for one.
        parent: The window.

    Signals:
        save_wanted: Save first, then go on.
        discard_wanted: Go on without saving.
        cancelled: Do not go on.
    """

    save_wanted = Signal()
    discard_wanted = Signal()
    cancelled = Signal()

    def __init__(self, name: str, *, never_saved: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lost = "the whole project with its takes" if never_saved else "what was done since the last save"
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle("Unsaved changes")
        self.setText(f"Save the changes to {name}?")
        self.setInformativeText(f"Without saving, {lost} is lost.")
        self.setStandardButtons(Button.Save | Button.Discard | Button.Cancel)
        self.setDefaultButton(Button.Save)
        self.setEscapeButton(Button.Cancel)
        self.button(Button.Save).setText("&Save..." if never_saved else "&Save")
        self.button(Button.Discard).setText("&Don't save")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.buttonClicked.connect(self._answer)

    def _answer(self, pressed: QAbstractButton) -> None:
        answers = {Button.Save: self.save_wanted, Button.Discard: self.discard_wanted}
        answers.get(self.standardButton(pressed), self.cancelled).emit()


class JobsQuestion(QMessageBox):
    """Cancel the jobs, or stay. Shown with `open()`; it blocks nothing and removes itself.

    Args:
        running: How many jobs run or wait.
        parent: The window.

    Signals:
        cancel_wanted: Cancel the jobs, then go on.
        stay_wanted: Do not go on.
    """

    cancel_wanted = Signal()
    stay_wanted = Signal()

    def __init__(self, running: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        jobs = "1 job is" if running == 1 else f"{running} jobs are"
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle("Jobs are running")
        self.setText(f"{jobs} not finished.")
        self.setInformativeText("Takes that are finished are kept. What is being made now would be dropped.")
        self._cancel = self.addButton("&Cancel the jobs", QMessageBox.ButtonRole.DestructiveRole)
        self._stay = self.addButton("S&tay", QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(self._stay)
        self.setEscapeButton(self._stay)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.buttonClicked.connect(self._answer)

    def _answer(self, pressed: QAbstractButton) -> None:
        (self.cancel_wanted if pressed is self._cancel else self.stay_wanted).emit()


def ask_to_save(name: str, *, never_saved: bool, parent: QWidget) -> SaveQuestion:
    """Put the question about unsaved changes; connect to its signals."""
    question = SaveQuestion(name, never_saved=never_saved, parent=parent)
    question.open()
    return question


def ask_about_jobs(running: int, *, parent: QWidget) -> JobsQuestion:
    """Put the question about running jobs; connect to its signals."""
    question = JobsQuestion(running, parent)
    question.open()
    return question
