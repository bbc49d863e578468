"""Choosing among the sound classes, by typing any word of them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from engine.errors import InputError
from engine.ucs import SoundClass, class_for, load_classes
from msg_studio.views.settled_edits import CalmCombo


class ClassChoice(CalmCombo):
    """A list of all sound classes that can be searched.

    Signals:
        picked: The user picked a class (SoundClass).
    """

    picked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, name="Sound class")
        self._classes = load_classes()
        self._shown = -1
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(12)
        self.addItems([class_label(sound) for sound in self._classes])
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.activated.connect(self._pick)
        line = self.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._settle_text)
            line.returnPressed.connect(self.left)

    def show_class(self, cat_id: str, prompt: str) -> None:
        """Show the class of an event; a CatID we do not know stands as it is."""
        try:
            self._shown = self._classes.index(class_for(cat_id, prompt))
        except InputError:
            self._shown = -1
        self.setCurrentIndex(self._shown)
        if self._shown < 0:
            self.setEditText(cat_id)
        line = self.lineEdit()
        if line is not None:
            line.setCursorPosition(0)

    def _pick(self, row: int) -> None:
        if row != self._shown and row >= 0:
            self._shown = row
            self.picked.emit(self._classes[row])

    def _settle_text(self) -> None:
        """Take words that name a class exactly; others go back to the class that was shown."""
        row = self.findText(self.currentText(), Qt.MatchFlag.MatchFixedString)
        if row >= 0:
            self.setCurrentIndex(row)
            self._pick(row)
        elif self._shown >= 0:
            self.setEditText(self.itemText(self._shown))


def class_label(sound: SoundClass) -> str:
    """A class as people read it: its plainest words, then its CatID."""
    return f"{sound.words[0]} · {sound.cat_id}"


def prompt_for(sound: SoundClass, prompt: str) -> str:
    """A prompt that leads to a class among those of its CatID, with the user's words if they do.

    Several classes share one CatID; the words of the prompt choose between them.
    """
    candidates = (prompt, f"{prompt}, {sound.words[0]}".strip(" ,"), sound.words[0])
    return next((words for words in candidates if class_for(sound.cat_id, words) == sound), sound.words[0])
