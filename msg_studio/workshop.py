"""Everything that works for a window: engine, disk, film, sound; made and handed to each other here.

Loaded beside the window that is up already: its libraries take longer to load than the window.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from engine.assets import asset_path
from engine.errors import InputError
from msg_studio.files.film_watch import FilmWatch
from msg_studio.files.map_shelf import MapShelf
from msg_studio.files.project_files import ProjectFiles
from msg_studio.orders import EngineOrders
from msg_studio.settings import Settings
from msg_studio.stage import Stage
from msg_studio.views.main_window import MainWindow
from msg_studio.wiring.adapters import AdapterWiring
from msg_studio.wiring.compare import CompareWiring
from msg_studio.wiring.engine import EngineWiring
from msg_studio.wiring.files import FilesWiring
from msg_studio.wiring.film import FilmWiring
from msg_studio.wiring.maps import MapWiring
from msg_studio.wiring.menus import MenuWiring
from msg_studio.wiring.monitoring import MonitorWiring
from msg_studio.wiring.picture_at_playhead import PictureAtPlayhead
from msg_studio.wiring.sound import SoundWiring
from msg_studio.workers.audio_output import AudioOutput, SilentOutput, open_output
from msg_studio.workers.autosave import Autosave
from msg_studio.workers.engine_client import EngineClient
from msg_studio.workers.pair_loader import PairLoader
from msg_studio.workers.peaks import Peaks
from msg_studio.workers.picture_feed import PictureFeed
from msg_studio.workers.playback import Playback
from msg_studio.workers.proxy_builder import ProxyBuilder
from msg_studio.workers.sound_loader import SoundLoader

SAMPLE_MAPS = ("demo", "sample", "maps")


class Workshop(QObject):
    """The workers of one window, and who listens to whom.

    Args:
        window: The window, which is up already.
        settings: What it remembers.
        parent: Owner.
        engine: Gives the engine's client; one for the installed engine when None.

    Attributes:
        stage: The models and views it works for.
        engine, orders: The engine, and what is asked of it.
        autosave, files: The project on the disk.
        film, feed, proxies, picture: The film and its pictures.
        sounds, pairs, playback, peaks: What is heard, and its waveforms.
        adapters, compare: The user's adapters, and the blind comparison that they come from.
    """

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        parent: QObject,
        *,
        engine: Callable[[QObject], EngineClient] | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage = Stage(window, settings, self)
        model = stage.model
        self.engine = (engine or EngineClient)(self)
        self.autosave = Autosave(model, self)
        self.files = ProjectFiles(model, self.autosave, self)
        self.shelf = MapShelf(shipped=(asset_path(*SAMPLE_MAPS),))
        takes_folder = self.files.takes_folder
        self.orders = EngineOrders(
            model, self.engine, stage.jobs, maps=self.shelf, takes_folder=takes_folder, parent=self
        )
        self.film = FilmWatch(model, self)
        self.feed = PictureFeed(self)
        self.proxies = ProxyBuilder(parent=self)
        self.picture = PictureAtPlayhead(
            stage.playhead, self.feed, window.work.picture, self.proxies, parent=self
        )
        self.sounds = SoundLoader(self)
        self.pairs = PairLoader(self)
        self.playback = Playback(stage.playhead, self, open_output=output_or_silence)
        self.peaks = Peaks(self)
        self.peaks.follow(model)
        window.work.timeline.set_peaks(self.peaks.peaks_for, self.peaks.trouble_for)
        self.peaks.ready.connect(window.work.timeline.refresh)
        self.film.state_changed.connect(lambda _: self.peaks.retry(model.project))
        self._wire()

    def begin(self) -> None:
        """Start the engine and look at the disk."""
        self.engine.start()
        self.files.look_up_recent()
        self.files.look_for_recoveries()
        QTimer.singleShot(0, self, lambda: self.stage.window.work.maps.warm_up())

    def open(self, path: Path) -> None:
        """Open a project folder, or begin a project with a film."""
        self._files_wiring.open_path(path)

    def open_sample(self) -> None:
        """Open the sample project as a new one."""
        self._files_wiring.open_sample()

    def shut_down(self) -> None:
        """End every thread and process; the working copy of a project that is still open is kept."""
        self.stage.window.work.inspector.settle()
        self.stage.take_down()
        self.playback.shut_down()
        self.sounds.shut_down()
        self.pairs.shut_down()
        self.picture.shut_down()
        self.peaks.close()
        self.film.shut_down()
        self.engine.shut_down()
        self.files.shut_down()
        self.autosave.shut_down()

    def _wire(self) -> None:
        stage, model, window = self.stage, self.stage.model, self.stage.window
        FilmWiring(
            stage,
            picture=self.picture,
            feed=self.feed,
            watch=self.film,
            proxies=self.proxies,
            parent=self,
        )
        self._files_wiring = FilesWiring(model, self.files, self.autosave, self.orders, window, self)
        sound = SoundWiring(model, stage.playhead, self.sounds, self.playback, window, self)
        MonitorWiring(stage.settings, self.playback, window, self)
        self.files.saved.connect(lambda folder: stage.settings.set_folder(folder.parent))
        EngineWiring(self.engine, self.orders, stage, self)
        self.adapters = AdapterWiring(self.engine, stage, self)
        maps = MapWiring(model, stage.jobs, window.work.maps, self.shelf, self.orders, self)
        self.compare = CompareWiring(
            stage,
            sound=sound,
            playback=self.playback,
            loader=self.pairs,
            feed=self.feed,
            picture=self.picture,
            parent=self,
        )
        MenuWiring(stage, self.orders, maps, self.compare, self)


def output_or_silence(*, rescan: bool = False) -> AudioOutput:
    """The best sound output; silence that says why where an unknown one is asked for."""
    try:
        return open_output(rescan=rescan)
    except InputError as error:
        return SilentOutput(f"No sound: {error}")
