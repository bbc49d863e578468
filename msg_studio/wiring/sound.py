"""What is heard: the mix of the chosen takes, or a take auditioned in its place."""

from collections.abc import Sequence

from PySide6.QtCore import QObject

from engine.timing import PROJECT_RATE_HZ
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.views.main_window import MainWindow
from msg_studio.workers.laid_takes import Audition
from msg_studio.workers.mixer import LaidSound
from msg_studio.workers.playback import Playback
from msg_studio.workers.sound_loader import SoundLoader

LEAD = PROJECT_RATE_HZ // 2  # heard before and after an auditioned take


class SoundWiring(QObject):
    """Keeps playback on the project, and lets a take be heard in picture."""

    def __init__(
        self,
        model: ProjectModel,
        playhead: Playhead,
        loader: SoundLoader,
        playback: Playback,
        window: MainWindow,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._playhead = playhead
        self._loader = loader
        self._window = window
        self._audition: Audition | None = None
        self._stop_at = 0
        self._held = False
        model.project_changed.connect(self._load)
        loader.loaded.connect(self._hear)
        loader.problem.connect(window.say)
        self._playback = playback
        playback.output_changed.connect(self._show_output)
        playback.fault.connect(window.say)
        playback.level.connect(window.work.transport.meter.show_levels)
        playback.underrun.connect(window.work.transport.meter.show_underruns)
        window.work.transport.rescan_wanted.connect(playback.rescan)
        window.work.transport.focus_returned.connect(window.work.timeline.setFocus)
        playhead.speed_changed.connect(self._end_when_stopped)
        playhead.moved.connect(self._stop_behind_take)
        window.work.takes.audition_wanted.connect(self.audition)
        window.work.takes.stop_wanted.connect(playhead.stop)
        self._show_output(playback.words)

    def audition(self, take_id: str, *, solo: bool = False) -> None:
        """Hear a take in picture and in the mix; a switch during playback stays at its position."""
        where = self._model.project.take(take_id).range
        went_on = self._audition is not None and self._playhead.playing
        self._audition = Audition(take_id, solo)
        self._stop_at = where.end_samples + LEAD
        self._window.work.takes.show_auditioning(take_id)
        self._load()
        if not (went_on and where.start_samples - LEAD <= self._playhead.position < self._stop_at):
            self._playhead.seek(where.start_samples - LEAD)
        self._playhead.play()

    def hold(self) -> None:
        """Leave what is heard to somebody else until `release`; what is auditioned ends."""
        self._playhead.stop()
        self._held = True

    def release(self) -> None:
        """Let the mix be heard again."""
        self._held = False
        self._load()

    def _hear(self, sounds: Sequence[LaidSound]) -> None:
        if not self._held:
            self._playback.set_sounds(sounds)

    def _show_output(self, words: str) -> None:
        audible = self._playback.audible
        self._window.work.transport.show_output(words, audible=audible, reasons=self._playback.reasons)
        self._window.welcome.set_check("Sound", words, "good" if audible else "trouble")

    def _load(self) -> None:
        takes = {take.id for take in self._model.project.takes}
        if self._audition is not None and self._audition.take_id not in takes:
            self._audition = None
        if self._model.is_open and not self._held:
            self._loader.load(self._model.project, audition=self._audition)

    def _end_when_stopped(self, speed: float) -> None:
        if speed == 0 and self._audition is not None:
            self._audition = None
            self._window.work.takes.show_auditioning(None)
            self._load()

    def _stop_behind_take(self, position: int) -> None:
        if self._audition is not None and not self._playhead.looping and position >= self._stop_at:
            self._playhead.stop()
