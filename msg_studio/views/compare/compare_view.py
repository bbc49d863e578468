"""The page of the blind comparison: picture, two plates without names, one key for each answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from engine.project.votes import TAGS, Verdict
from engine.timing import TimeRange
from msg_studio.compare.ending import EndWords
from msg_studio.compare.trials import Side
from msg_studio.look.fonts import semibold
from msg_studio.views.compare.end_page import EndPage
from msg_studio.views.compare.key_button import KeyButton
from msg_studio.views.compare.loop_line import LoopLine
from msg_studio.views.compare.side_plate import SIZE, SidePlate
from msg_studio.views.elided_label import ElidedLabel
from msg_studio.views.picture.video_view import VideoView

Key = Qt.Key
ANSWERS: dict[Key, tuple[Verdict, str, str]] = {
    Key.Key_Left: ("first", "←", "X is better"),
    Key.Key_Up: ("both good", "↑", "Both good"),
    Key.Key_Down: ("both bad", "↓", "Both bad"),
    Key.Key_Right: ("second", "→", "Y is better"),
}
SIDE_KEYS: dict[Key, Side] = {Key.Key_1: "X", Key.Key_2: "Y"}
MARGIN_PX, SPACING_PX = 28, 12
TITLE_GROWTH = 1.25
TITLE = "Which one fits the picture better?"


@dataclass(frozen=True)
class Listening:
    """What is heard now.

    Attributes:
        side: The side that is heard, None while the sounds are being read.
        playing: Whether it plays.
        shares: How much of what must be heard of each side was heard; 1 is enough.
    """

    side: Side | None
    playing: bool
    shares: Mapping[Side, float]


class CompareView(QWidget):
    """Draws a trial and asks for what its keys mean; all keys are its own while it has the focus.

    It shows no score, seed, number or waveform of a take before the answer.

    Args:
        parent: Owner.

    Signals:
        answered: One of the four verdicts (str).
        side_wanted: X or Y is to be heard (str).
        swapped: The other side is to be heard.
        skipped: This pair is to be passed over.
        undone: The last vote is to be taken back.
        reason_given: Why the last vote was so: a letter of TAGS (str).
        mix_toggled: The rest of the mix is to be heard, or left out.
        pause_toggled: Play, or pause.
        copy_wanted: The command on the end page is to lie on the clipboard (str).
        left: The user is done here.

    Attributes:
        picture: The picture at the playhead.
        plates: The two sides by their letters.
        message: What is to be known now.
        result: What the last vote said.
        reasons: Buttons of the reasons by their letters.
        end: The page behind the last trial.
    """

    answered = Signal(str)
    side_wanted = Signal(str)
    swapped = Signal()
    skipped = Signal()
    undone = Signal()
    reason_given = Signal(str)
    mix_toggled = Signal()
    pause_toggled = Signal()
    copy_wanted = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Blind comparison")
        self.heading, self.count, self.message, self.result = (QLabel(self) for _ in range(4))
        self.subject = ElidedLabel(self)
        self.picture = VideoView(self)
        self.line = LoopLine(self)
        self.plates: dict[Side, SidePlate] = {
            side: SidePlate(side, chr(key), self) for key, side in SIDE_KEYS.items()
        }
        self.answers = {
            key: KeyButton(cap, words, self, tall=True) for key, (_, cap, words) in ANSWERS.items()
        }
        self.skip_button = KeyButton("S", "Skip", self, tall=True)
        self.leave_button = KeyButton("Esc", "Leave", self)
        self.pause_button = KeyButton("Space", "Pause", self)
        self.swap_button = KeyButton("Tab", "Swap", self)
        self.mix_button = KeyButton("B", "Rest of the mix", self, checkable=True)
        self.undo_button = KeyButton("Ctrl+Z", "Take back", self)
        self.reasons = {
            letter: KeyButton(letter, tag.capitalize(), self, checkable=True) for letter, tag in TAGS.items()
        }
        self.end = EndPage(self)
        self.pages = QStackedWidget(self)
        self._reason_row = QWidget(self)
        self._lay_out()
        self._connect()
        self.show_result("")

    def show_trial(self, subject: str, number: int) -> None:
        """Begin a trial.

        Args:
            subject: Cue and prompt of the event.
            number: How many trials were asked so far, this one included.
        """
        self.pages.setCurrentIndex(0)
        self.subject.setText(subject)
        self.count.setText(f"Trial {number}")
        self.say("")

    def show_loop(self, loop: TimeRange, event: TimeRange) -> None:
        """Show what is repeated and where the event lies in it."""
        self.line.show_loop(loop, event)

    def show_listening(self, listening: Listening) -> None:
        """Show what is heard, and how long each side was."""
        for side, plate in self.plates.items():
            plate.show_state(
                listened=side == listening.side, playing=listening.playing, share=listening.shares[side]
            )
        self.pause_button.say("Pause" if listening.playing else "Play")
        playing = f"Side {listening.side} plays" if listening.playing else "Paused"
        self.setAccessibleDescription(playing if listening.side else "Reading the takes")

    def show_mix(self, on: bool) -> None:
        """Show whether the rest of the mix is heard."""
        self.mix_button.setChecked(on)

    def say(self, sentence: str) -> None:
        """Say something about this trial; empty for nothing."""
        self.message.setText(sentence)

    def show_result(self, words: str, tags: Sequence[str] = ()) -> None:
        """Say what the last vote was and why; empty words where there is none to take back."""
        self.result.setText(words)
        self._reason_row.setVisible(bool(words))
        for letter, button in self.reasons.items():
            button.setChecked(TAGS[letter] in tags)

    def show_end(self, words: EndWords) -> None:
        """Show that nothing is left to ask."""
        self.end.show_words(words)
        self.pages.setCurrentIndex(1)

    @property
    def ended(self) -> bool:
        """Whether the end page is shown."""
        return self.pages.currentIndex() == 1

    def event(self, event: QEvent) -> bool:
        """Keep every key from the shortcuts of the window, which lies behind this page."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if not event.modifiers() & Qt.KeyboardModifier.AltModifier:  # menus open by Alt
                event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, _forward: bool) -> bool:
        """Tab swaps sides here."""
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key means; held keys count once."""
        if event.isAutoRepeat():
            return
        key = Key(event.key())
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain == Qt.KeyboardModifier.ControlModifier:
            if key == Key.Key_Z:
                self.undone.emit()
            elif key == Key.Key_C and self.ended:
                self.end.copy()
        elif not self._heed_anywhere(key) and not self.ended:
            self._heed_in_trial(key)

    def _heed_anywhere(self, key: Key) -> bool:
        """Do what a key means on both pages; whether it means anything there."""
        letter = chr(key) if key < Key.Key_ydiaeresis else ""
        if key == Key.Key_Escape or (self.ended and key in (Key.Key_Return, Key.Key_Enter)):
            self.left.emit()
        elif letter in self.reasons and self._reason_row.isVisibleTo(self):
            self.reason_given.emit(letter)
        else:
            return False
        return True

    def _heed_in_trial(self, key: Key) -> None:
        if key in ANSWERS:
            self.answered.emit(ANSWERS[key][0])
        elif key in SIDE_KEYS:
            self.side_wanted.emit(SIDE_KEYS[key])
        elif key in (Key.Key_Tab, Key.Key_Backtab):
            self.swapped.emit()
        elif key == Key.Key_S:
            self.skipped.emit()
        elif key == Key.Key_B:
            self.mix_toggled.emit()
        elif key == Key.Key_Space:
            self.pause_toggled.emit()

    def _connect(self) -> None:
        for key, button in self.answers.items():
            button.clicked.connect(partial(self.answered.emit, ANSWERS[key][0]))
        for side, plate in self.plates.items():
            plate.clicked.connect(partial(self.side_wanted.emit, side))
        for letter, button in self.reasons.items():
            button.clicked.connect(partial(self.reason_given.emit, letter))
        self.skip_button.clicked.connect(self.skipped)
        self.leave_button.clicked.connect(self.left)
        self.pause_button.clicked.connect(self.pause_toggled)
        self.swap_button.clicked.connect(self.swapped)
        self.mix_button.clicked.connect(self.mix_toggled)
        self.undo_button.clicked.connect(self.undone)
        self.end.copy_wanted.connect(self.copy_wanted)
        self.end.leave_wanted.connect(self.left)

    def _lay_out(self) -> None:
        size = self._reason_row.sizePolicy()
        size.setRetainSizeWhenHidden(True)  # nothing moves when the first vote is given
        self._reason_row.setSizePolicy(size)
        font = semibold(self.font())
        font.setPointSizeF(TITLE_GROWTH * font.pointSizeF())
        self.heading.setFont(font)
        self.heading.setText(TITLE)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setMinimumHeight(self.fontMetrics().height() + 4)
        trial = QWidget(self)
        column = QVBoxLayout(trial)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING_PX)
        controls = (self.pause_button, self.swap_button, self.mix_button, self.leave_button)
        column.addLayout(row_of(self.heading, self.subject, self.count, *controls, stretch=1))
        column.addWidget(self.picture, stretch=1)
        column.addWidget(self.line)
        column.addLayout(self._plate_row())
        column.addLayout(centred(*self.answers.values(), self.skip_button))
        column.addWidget(self.message)
        for page in (trial, self.end):
            self.pages.addWidget(page)
        reasons = centred(self.result, self.undo_button, *self.reasons.values())
        reasons.setContentsMargins(0, 0, 0, 0)
        self._reason_row.setLayout(reasons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(MARGIN_PX, MARGIN_PX // 2, MARGIN_PX, MARGIN_PX // 2)
        whole.setSpacing(SPACING_PX)
        whole.addWidget(self.pages, stretch=1)
        whole.addWidget(self._reason_row)

    def _plate_row(self) -> QHBoxLayout:
        row = centred(*self.plates.values())
        row.setSpacing(2 * SPACING_PX)
        for plate in self.plates.values():
            plate.setMaximumWidth(SIZE.width())
            row.setStretchFactor(plate, 8)
        return row


def row_of(*parts: QWidget, stretch: int) -> QHBoxLayout:
    """Widgets side by side; the one with the number ``stretch`` takes the room that is left."""
    row = QHBoxLayout()
    row.setSpacing(SPACING_PX)
    for number, part in enumerate(parts):
        row.addWidget(part, stretch=int(number == stretch))
    return row


def centred(*parts: QWidget) -> QHBoxLayout:
    """Widgets side by side in the middle."""
    row = QHBoxLayout()
    row.setSpacing(SPACING_PX)
    row.addStretch(1)
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return row
