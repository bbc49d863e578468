"""The questions before a project is left: each answer is one signal."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from msg_studio.views.save_question import JobsQuestion, SaveQuestion, ask_about_jobs, ask_to_save

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def told(question: SaveQuestion) -> list[str]:
    answers: list[str] = []
    question.save_wanted.connect(lambda: answers.append("save"))
    question.discard_wanted.connect(lambda: answers.append("discard"))
    question.cancelled.connect(lambda: answers.append("cancel"))
    return answers


@pytest.mark.parametrize(
    ("button", "word"),
    [
        (QMessageBox.StandardButton.Save, "save"),
        (QMessageBox.StandardButton.Discard, "discard"),
        (QMessageBox.StandardButton.Cancel, "cancel"),
    ],
)
def test_each_button_is_one_answer(
    qtbot: QtBot, window: QWidget, button: QMessageBox.StandardButton, word: str
) -> None:
    question = ask_to_save("Harbour", never_saved=False, parent=window)
    answers = told(question)
    assert question.text() == "Save the changes to Harbour?"
    qtbot.mouseClick(question.button(button), LEFT)
    assert answers == [word]


def test_escape_cancels_and_enter_saves(qtbot: QtBot, window: QWidget) -> None:
    for key, word in ((Qt.Key.Key_Escape, "cancel"), (Qt.Key.Key_Return, "save")):
        question = ask_to_save("Harbour", never_saved=True, parent=window)
        answers = told(question)
        qtbot.keyClick(question, key)
        assert answers == [word]


def test_never_saved_project_is_named_as_such(window: QWidget) -> None:
    question = ask_to_save("Harbour", never_saved=True, parent=window)
    assert "the whole project with its takes is lost" in question.informativeText()
    question.reject()


def jobs_answers(question: JobsQuestion) -> list[str]:
    answers: list[str] = []
    question.cancel_wanted.connect(lambda: answers.append("cancel jobs"))
    question.stay_wanted.connect(lambda: answers.append("stay"))
    return answers


def test_jobs_are_cancelled_or_the_window_stays(qtbot: QtBot, window: QWidget) -> None:
    question = ask_about_jobs(2, parent=window)
    answers = jobs_answers(question)
    assert question.text() == "2 jobs are not finished."
    cancel = next(button for button in question.buttons() if "Cancel the jobs" in button.text())
    qtbot.mouseClick(cancel, LEFT)
    assert answers == ["cancel jobs"]


def test_escape_stays(qtbot: QtBot, window: QWidget) -> None:
    question = ask_about_jobs(1, parent=window)
    answers = jobs_answers(question)
    assert question.text() == "1 job is not finished."
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert answers == ["stay"]
