"""Where sync maps lie, so that a heatmap is shown without asking the engine again."""

from pathlib import Path

import platformdirs

from engine.records import SyncMap, Take
from engine.sync_map_file import GUIDE, map_path, read_sync_map
from engine.timing import TimeRange


def default_folder() -> Path:
    """Where new sync maps are kept; deletable."""
    return platformdirs.user_cache_path("MultiSoundGen Studio", appauthor=False) / "maps"


class MapShelf:
    """Finds sync maps by what they compare: a sound, a film and a stretch of it.

    Args:
        folder: Where new maps are written.
        shipped: Further folders to look in, such as the sample project's.

    Attributes:
        folder: Where new maps are written.
    """

    def __init__(self, folder: Path | None = None, *, shipped: tuple[Path, ...] = ()) -> None:
        self.folder = folder or default_folder()
        self._folders = (self.folder, *shipped)

    def find(self, take: Take | None, *, film: str, where: TimeRange) -> SyncMap | None:
        """The map of a take, or of the production sound, over a stretch; None when never computed.

        Args:
            take: The take, None for the production sound.
            film: Fingerprint of the film.
            where: The stretch.

        Raises:
            ProjectError: When its file is damaged.
        """
        sound = take.sha256 if take else GUIDE
        for folder in self._folders:
            path = map_path(folder, sound_sha256=sound, clip_fingerprint=film, where=where)
            if path.is_file():
                return read_sync_map(path)
        return None
