"""The transport on the keyboard: actions for the menu, and what holding K means."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from engine.timing import PROJECT_RATE_HZ, TimeRange
from msg_studio.qt_models.playhead import FASTEST, Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.stepping import Stepping, even_stepping

SLOW = 0.25
SECOND = PROJECT_RATE_HZ
AROUND = PROJECT_RATE_HZ  # heard before and after a selection


class TransportKeys(QObject):
    """Actions that drive the playhead from anywhere in a window.

    Signals:
        entry_wanted: The user wants to type a timecode.

    Args:
        window: Carries the shortcuts; its key releases are watched.
        model: Events for the edges and the selection.
        playhead: What is driven.
        stepping: Where frames begin; of equal length at the project's rate when None.

    Attributes:
        actions: All actions in the order of the menu.
    """

    entry_wanted = Signal()

    def __init__(
        self, window: QWidget, model: ProjectModel, playhead: Playhead, stepping: Stepping | None = None
    ) -> None:
        super().__init__(window)
        self._window = window
        self._model = model
        self._playhead = playhead
        self._stepping = stepping or even_stepping(model)
        self._k_held = False
        self._play_until: int | None = None
        self._was_at = 0
        self.actions: list[QAction] = []
        self._add_playing()
        self._add_moving()
        self._add_marking()
        playhead.moved.connect(self._stop_behind_selection)
        playhead.speed_changed.connect(self._forget_selection)
        playhead.sought.connect(self._forget_selection)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: D102 (Qt's)
        kind = event.type()
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            self._release(event)
        elif kind == QEvent.Type.WindowDeactivate:
            self._k_held = False
        elif kind == QEvent.Type.Show:
            handle = self._window.windowHandle()
            if handle is not None:  # it sees releases that a focused widget keeps
                handle.installEventFilter(self)
        return False

    def _add_playing(self) -> None:
        self._add("&Play or stop", self._playhead.toggle, "Space")
        self._add("&Forward, faster each time", lambda: self._shuttle(1), "L")
        self._add("P&ause", self._pause, "K")
        self._add("Re&verse, faster each time", lambda: self._shuttle(-1), "J")
        self._add("Play &around the selection", self._play_around, "/")
        self._loop = self._add("&Loop the marked stretch", self._toggle_loop, "Ctrl+L")
        self._loop.setCheckable(True)
        self._playhead.marks_changed.connect(lambda: self._loop.setChecked(self._playhead.looping))

    def _add_moving(self) -> None:
        self._separate()
        self._add("One frame bac&k", lambda: self._step(-1), ",", "Left", repeats=True)
        self._add("One frame f&orward", lambda: self._step(1), ".", "Right", repeats=True)
        self._add("One second back", lambda: self._move(-SECOND), "Shift+Left", repeats=True)
        self._add("One second forward", lambda: self._move(SECOND), "Shift+Right", repeats=True)
        self._add("Previous event e&dge", lambda: self._go_to_edge(forward=False), "Up", repeats=True)
        self._add("Next event &edge", lambda: self._go_to_edge(forward=True), "Down", repeats=True)
        self._add("To the &start", lambda: self._playhead.seek(0), "Home")
        self._add("To the e&nd", lambda: self._playhead.seek(self._playhead.duration), "End")
        self._add("&Type a timecode", self.entry_wanted.emit, "=")

    def _add_marking(self) -> None:
        self._separate()
        playhead = self._playhead
        self._add("Mark &in", lambda: playhead.set_mark_in(playhead.position), "I")
        self._add("Mark o&ut", lambda: playhead.set_mark_out(playhead.position), "O")
        self._add("&Clear in and out", playhead.clear_marks, "Alt+X")

    def _add(self, words: str, do: Callable[[], object], *keys: str, repeats: bool = False) -> QAction:
        action = QAction(words, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setAutoRepeat(repeats)
        action.triggered.connect(lambda _checked=False: do())
        self._window.addAction(action)
        self.actions.append(action)
        return action

    def _separate(self) -> None:
        line = QAction(self._window)
        line.setSeparator(True)
        self.actions.append(line)

    def _shuttle(self, direction: int) -> None:
        """Start at 1x, double each time up to 8x; slowly while K is held."""
        speed = self._playhead.speed * direction
        if self._k_held:
            self._playhead.play(direction * SLOW)
        else:
            self._playhead.play(direction * (min(2 * speed, FASTEST) if speed >= 1 else 1.0))

    def _pause(self) -> None:
        self._k_held = True
        self._playhead.stop()

    def _release(self, event: QKeyEvent) -> None:
        """Slow motion lasts as long as both keys are held."""
        if event.isAutoRepeat() or event.key() not in (Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_L):
            return
        if abs(self._playhead.speed) == SLOW and self._k_held:
            self._playhead.stop()
        if event.key() == Qt.Key.Key_K:
            self._k_held = False

    def _play_around(self) -> None:
        """Play the selection with a second before and after it: the marked stretch, else the event."""
        where = self._selection()
        if where is None:
            return
        self._playhead.stop()
        self._playhead.seek(where.start_samples - AROUND)
        self._playhead.play()
        self._play_until = where.end_samples + AROUND

    def _selection(self) -> TimeRange | None:
        selected = self._model.selected
        return self._playhead.segment or (selected.range if selected is not None else None)

    def _stop_behind_selection(self, position: int) -> None:
        came_from, self._was_at = self._was_at, position
        played_there = position - came_from < SECOND  # a seek is further, and told after the move
        if self._play_until is not None and position >= self._play_until and played_there:
            self._playhead.stop()

    def _forget_selection(self) -> None:
        self._play_until = None

    def _toggle_loop(self) -> None:
        self._playhead.set_looping(not self._playhead.looping)

    def _step(self, frames: int) -> None:
        self._playhead.stop()
        self._playhead.seek(self._stepping.moved(self._playhead.position, frames))

    def _move(self, samples: int) -> None:
        self._playhead.seek(self._playhead.position + samples)

    def _go_to_edge(self, *, forward: bool) -> None:
        """Go to the nearest start or end of an event, or of the film."""
        here = self._playhead.position
        events = self._model.project.events
        edges = {0, self._playhead.duration}
        edges |= {event.range.start_samples for event in events}
        edges |= {event.range.end_samples for event in events}
        ahead = [edge for edge in edges if (edge > here if forward else edge < here)]
        if ahead:
            self._playhead.seek(min(ahead) if forward else max(ahead))
