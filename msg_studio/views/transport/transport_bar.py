"""The transport: timecode, play, frame steps, loop, marks, speed, and what plays the sound."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from engine.timecode import format_timecode, label_of_frame
from msg_studio.look.icons import icon
from msg_studio.look.theme import theme_of
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.stepping import Stepping, even_stepping
from msg_studio.views.elided_label import ElidedLabel
from msg_studio.views.transport.level_meter import LevelMeter
from msg_studio.views.transport.timecode_field import TimecodeField

BUTTON_PX = 30
ICON_PX = 20
NO_MARK = "--:--:--:--"


class TransportButton(QToolButton):
    """A button for the mouse and for Tab, whose click leaves the keys with the timeline.

    Signals:
        left: The mouse has clicked it: the focus belongs elsewhere now.
    """

    left = Signal()

    def __init__(self, sign: str, words: str, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._key = key
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(BUTTON_PX, BUTTON_PX)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.name(sign, words)

    def name(self, sign: str, words: str) -> None:
        """Show another sign, with its words for tool tip and screen reader."""
        self.setIcon(icon(sign))
        self.setAccessibleName(words)
        self.setToolTip(f"{words} ({self._key})")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 (Qt's)
        super().mouseReleaseEvent(event)
        self.left.emit()


class TransportBar(QWidget):
    """Buttons and words of the transport; the keys are `transport_keys`.

    Signals:
        focus_returned: A click or an entry is over: give the focus to the timeline, so that Space plays.
        rescan_wanted: Look for sound devices again.

    Args:
        model: Rate and start label of the timecode.
        playhead: Shown and driven.
        parent: Qt parent.
        stepping: Where frames begin; of equal length at the project's rate when None.

    Attributes:
        timecode: The timecode and its entry.
        meter: The level of the mix.
    """

    focus_returned = Signal()
    rescan_wanted = Signal()

    def __init__(
        self,
        model: ProjectModel,
        playhead: Playhead,
        parent: QWidget | None = None,
        *,
        stepping: Stepping | None = None,
    ) -> None:
        super().__init__(parent)
        self._made = False
        self._audible = True
        self._model = model
        self._playhead = playhead
        self._stepping = stepping or even_stepping(model)
        self.timecode = TimecodeField(model, playhead, self._stepping, self)
        self.meter = LevelMeter(self)
        self._make_buttons()
        self._make_words()
        self._lay_out()
        self._connect()
        self._show_speed()
        self._show_marks()
        self._made = True
        self.show_output("", audible=True)

    def begin_timecode_entry(self) -> None:
        """Let the user type a timecode."""
        self.timecode.begin_entry()

    def show_output(self, words: str, *, audible: bool, reasons: tuple[str, ...] = ()) -> None:
        """Say what plays the sound.

        Args:
            words: One sentence.
            audible: Whether anything can be heard; if not, the speaker is crossed and Rescan offered.
            reasons: Why nothing better plays, for the tool tip.
        """
        self._audible = audible
        self._dress()
        self._speaker.setAccessibleName("Sound" if audible else "No sound")
        self._output.setText(words.partition(":")[0])  # the rest, and why, is in the tool tip
        self._output.setAccessibleName(words)
        for part in (self._speaker, self._output):
            part.setToolTip("\n".join([words, *reasons]))
        self._output.setVisible(not audible)
        self._rescan.setVisible(not audible)

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 (Qt's)
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._made:
            self._dress()

    def _dress(self) -> None:
        """What does not follow the palette by itself."""
        theme = theme_of(self)
        sign = icon("speaker") if self._audible else icon("speaker-off", colour=theme.warning)
        self._speaker.setPixmap(sign.pixmap(QSize(ICON_PX, ICON_PX), self.devicePixelRatioF()))
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, theme.error)
        self._refusal.setPalette(palette)

    def _make_buttons(self) -> None:
        self._start = TransportButton("back", "To the start", "Home", self)
        self._back = TransportButton("step-back", "One frame back", ",", self)
        self._play = TransportButton("play", "Play", "Space", self)
        self._forward = TransportButton("step-forward", "One frame forward", ".", self)
        self._loop = TransportButton("loop", "Loop the marked stretch", "Ctrl+L", self)
        self._loop.setCheckable(True)
        self._in = TransportButton("mark-in", "Mark in", "I", self)
        self._out = TransportButton("mark-out", "Mark out", "O", self)
        self._buttons = (
            self._start, self._back, self._play, self._forward, self._loop, self._in, self._out,
        )  # fmt: skip
        self._rescan = QToolButton(self)
        self._rescan.setText("Rescan")
        self._rescan.setToolTip("Look for sound devices again")
        self._rescan.setAccessibleName("Rescan sound devices")
        self._rescan.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._rescan.setMinimumHeight(24)

    def _make_words(self) -> None:
        self._speed = QLabel(self)
        self._speed.setAccessibleName("Speed")
        self._marks = QLabel(self)
        self._marks.setAccessibleName("In and out")
        self._refusal = ElidedLabel(self)
        self._refusal.setAccessibleName("Why this timecode cannot be used")
        self._refusal.hide()
        self._speaker = QLabel(self)
        self._output = ElidedLabel(self)
        self._output.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self._refusal, self._output):
            label.setMinimumWidth(60)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.setSpacing(2)
        row.addWidget(self.timecode)
        for button in self._buttons:
            row.addWidget(button)
        for part in (self._marks, self._speed):
            row.addSpacing(6)
            row.addWidget(part)
        row.addWidget(self._refusal, stretch=3)
        row.addSpacing(8)
        row.addStretch(1)
        row.addWidget(self._output, stretch=1000)  # takes all the room there is, when it is shown
        row.addWidget(self._speaker)
        row.addWidget(self._rescan)
        row.addSpacing(8)
        row.addWidget(self.meter)

    def _connect(self) -> None:
        playhead = self._playhead
        self._start.clicked.connect(lambda: playhead.seek(0))
        self._in.clicked.connect(lambda: playhead.set_mark_in(playhead.position))
        self._out.clicked.connect(lambda: playhead.set_mark_out(playhead.position))
        self._back.clicked.connect(lambda: self._step(-1))
        self._forward.clicked.connect(lambda: self._step(1))
        self._play.clicked.connect(playhead.toggle)
        self._loop.clicked.connect(playhead.set_looping)
        for button in self._buttons:
            button.left.connect(self.focus_returned)
        self._rescan.clicked.connect(self.rescan_wanted)
        self.timecode.entry_ended.connect(self.focus_returned)
        self.timecode.refused.connect(self._show_refusal)
        playhead.speed_changed.connect(self._show_speed)
        playhead.marks_changed.connect(self._show_marks)
        self._model.project_changed.connect(self._show_marks)

    def _step(self, frames: int) -> None:
        self._playhead.stop()
        self._playhead.seek(self._stepping.moved(self._playhead.position, frames))

    def _show_speed(self) -> None:
        speed = self._playhead.speed
        self._play.name(*(("stop", "Stop") if speed else ("play", "Play")))
        self._speed.setText(speed_words(speed))

    def _show_marks(self) -> None:
        playhead = self._playhead
        self._loop.setChecked(playhead.looping)
        marked = playhead.mark_in is not None or playhead.mark_out is not None
        self._marks.setForegroundRole(
            QPalette.ColorRole.WindowText if marked else QPalette.ColorRole.PlaceholderText
        )
        words = f"In {self._label(playhead.mark_in)}   Out {self._label(playhead.mark_out)}"
        segment = playhead.segment
        if segment is not None:
            frames = self._stepping.frame_of(segment.end_samples) - self._stepping.frame_of(
                segment.start_samples
            )
            words += f"   {duration_words(frames, self._model)}"
        self._marks.setText(words)

    def _label(self, mark: int | None) -> str:
        project = self._model.project
        return NO_MARK if mark is None else format_timecode(project.rate, project.start_label, mark)

    def _show_refusal(self, words: str) -> None:
        self._refusal.setText(words)
        self._refusal.setToolTip(words)
        self._refusal.setVisible(bool(words))
        self._marks.setVisible(not words)


def speed_words(speed: float) -> str:
    """The speed where it is not the usual one: "2x", "reverse 4x", "slow 0.25x"."""
    if speed in (0, 1):
        return ""
    size = f"{abs(speed):g}x"
    if speed < 0:
        return f"reverse {size}"
    return f"slow {size}" if speed < 1 else size


def duration_words(frames: int, model: ProjectModel) -> str:
    """A length in frames as seconds and frames, hours and minutes only where there are any."""
    rate = model.project.rate
    if rate.drop_frame:
        return f"{frames} fr"
    return label_of_frame(rate, frames).removeprefix("00:").removeprefix("00:")
