"""Where sync maps lie, so that a heatmap is shown without asking the engine again."""

from pathlib import Path

import platformdirs

from engine.records import Event, SyncMap, Take
from engine.sync_map_file import guide_map_path, read_sync_map, take_map_path


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

    def find(self, take: Take | None, *, film: str, event: Event) -> SyncMap | None:
        """The map of a take, or of the production sound, of an event; None when never computed.

        Args:
            take: The take, None for the production sound.
            film: Fingerprint of the film.
            event: The event as it is now: with other hits or another class it has other maps.

        Raises:
            ProjectError: When its file is damaged.
        """
        for folder in self._folders:
            path = _place(folder, take, film, event)
            if path.is_file():
                return read_sync_map(path)
        return None


def _place(folder: Path, take: Take | None, film: str, event: Event) -> Path:
    if take is None:
        return guide_map_path(folder, clip_fingerprint=film, where=event.range)
    return take_map_path(folder, take=take, event=event, clip_fingerprint=film)
