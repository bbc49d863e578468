"""How the user listens and looks: sound while scrubbing, and the offset between screen and loudspeakers."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog

from msg_studio.settings import MOST_OFFSET_MS, Settings
from msg_studio.views.main_window import MainWindow
from msg_studio.workers.playback import Playback

OFFSET_WORDS = (
    "Show the picture earlier by so many milliseconds; below 0 later.\n"
    "Heard at once: play a hit, and set it so that you see it when you hear it."
)


class MonitorWiring(QObject):
    """Keeps playback on what this user has set for this machine."""

    def __init__(self, settings: Settings, playback: Playback, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._playback = playback
        self._window = window
        playback.set_monitor_offset_ms(settings.monitor_offset_ms)
        playback.set_scrub_sound(settings.scrub_sound)
        scrub_sound = window.action("scrub sound")
        scrub_sound.setChecked(settings.scrub_sound)
        scrub_sound.toggled.connect(self._set_scrub_sound)
        window.action("monitor offset").triggered.connect(self._ask_offset)

    def _set_scrub_sound(self, on: bool) -> None:
        self._settings.set_scrub_sound(on)
        self._playback.set_scrub_sound(on)

    def _ask_offset(self) -> None:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle("Monitor offset")
        dialog.setLabelText(OFFSET_WORDS)
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(-MOST_OFFSET_MS, MOST_OFFSET_MS)
        dialog.setIntValue(self._settings.monitor_offset_ms)
        dialog.intValueChanged.connect(self._playback.set_monitor_offset_ms)
        dialog.intValueSelected.connect(self._settings.set_monitor_offset_ms)
        dialog.rejected.connect(self._take_back_offset)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_back_offset(self) -> None:
        self._playback.set_monitor_offset_ms(self._settings.monitor_offset_ms)
