"""The present timecode in large digits, and the place to type another one."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QToolButton, QWidget

from engine.errors import InputError
from engine.timecode import format_timecode
from msg_studio.look.fonts import semibold
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.stepping import Stepping
from msg_studio.timecode_entry import typed_position

WIDEST = "00:00:00;00"
ABOUT = "Timecode. Click or press = to type one: 01:00:12:07, 1207, +20 or -12 frames, +20. for seconds."

_LARGER = 1.6


class TimecodeField(QStackedWidget):
    """Shows where the playhead is; a click or `begin_entry` makes it a text field.

    Signals:
        entry_ended: A position was taken, or the user gave up.
        refused: Why what was typed cannot be used (a sentence); empty when that no longer holds.
    """

    entry_ended = Signal()
    refused = Signal(str)

    def __init__(
        self, model: ProjectModel, playhead: Playhead, stepping: Stepping, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._playhead = playhead
        self._stepping = stepping
        self._display = QToolButton(self)
        self._display.setAutoRaise(True)
        self._display.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._editor = QLineEdit(self)
        self._editor.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._editor.installEventFilter(self)
        for part in (self._display, self._editor):
            part.setAccessibleName("Timecode")
            part.setToolTip(ABOUT)
            part.setAccessibleDescription(ABOUT)
            self.addWidget(part)
        self._display.clicked.connect(self.begin_entry)
        self._editor.returnPressed.connect(self._take)
        self._editor.textEdited.connect(lambda _text: self.refused.emit(""))
        playhead.moved.connect(self._show)
        model.project_changed.connect(self._show)
        self._dress()
        self._show()

    @property
    def entering(self) -> bool:
        """Whether a timecode is being typed."""
        return self.currentWidget() is self._editor

    @property
    def label(self) -> str:
        """The timecode shown."""
        return self._display.text()

    def begin_entry(self) -> None:
        """Let the user type a timecode; the present one is there to be written over."""
        self._editor.setText(self._display.text())
        self.setCurrentWidget(self._editor)
        self._editor.selectAll()
        self._editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 (Qt's)
        if watched is self._editor and self.entering:
            if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
                if event.type() == QEvent.Type.KeyPress:
                    self._end()
                event.accept()  # the window's own Escape stays out of it
                return True
            if event.type() == QEvent.Type.FocusOut:
                self._leave()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 (Qt's)
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self.count():
            self._dress()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 (Qt's)
        super().showEvent(event)
        QTimer.singleShot(0, self, self._dress)  # a style sheet gives its parts the usual font first

    def _show(self) -> None:
        project = self._model.project
        label = format_timecode(project.rate, project.start_label, self._playhead.position)
        if label != self._display.text():
            self._display.setText(label)

    def _take(self) -> None:
        playhead = self._playhead
        try:
            wanted = typed_position(
                self._editor.text(),
                self._model.project,
                self._stepping,
                position=playhead.position,
                duration=playhead.duration,
            )
        except InputError as error:
            self.refused.emit(str(error))
            self._editor.selectAll()
            return
        playhead.seek(wanted)
        self._end()

    def _end(self) -> None:
        self._leave()
        self.entry_ended.emit()

    def _leave(self) -> None:
        """Show the present timecode again."""
        self.setCurrentWidget(self._display)
        self.refused.emit("")

    def _dress(self) -> None:
        """Larger digits, and room for the widest label, so that nothing moves while it counts."""
        font = QFont(semibold(self.font()))
        font.setPointSizeF(_LARGER * self.font().pointSizeF())
        for part in (self._display, self._editor):
            part.setFont(font)
        metrics = self._display.fontMetrics()
        self.setFixedSize(metrics.horizontalAdvance(WIDEST) + 24, metrics.height() + 10)
