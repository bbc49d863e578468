"""Links the playhead to the picture: another position, another picture wished for and shown."""

from pathlib import Path

from PySide6.QtCore import QObject

from engine.records import ClipInfo
from engine.timecode import TimecodeRate, format_timecode
from msg_studio.qt_models.playhead import Playhead
from msg_studio.qt_models.shown_picture import OpenedFilm, ShownPicture
from msg_studio.views.picture.video_view import VideoView
from msg_studio.workers.picture_feed import PictureFeed
from msg_studio.workers.proxy_builder import ProxyBuilder, words_without_proxy


class PictureAtPlayhead(QObject):
    """Shows the film's picture at the playhead: quick ones while it moves, the exact one when it rests.

    Attributes:
        film: The film shown, None before one is open.

    Args:
        playhead: Where we are.
        feed: Decodes the pictures.
        view: Shows them.
        builder: Has proxies made, None to go without.
        parent: Qt parent.
    """

    def __init__(
        self,
        playhead: Playhead,
        feed: PictureFeed,
        view: VideoView,
        builder: ProxyBuilder | None = None,
        *,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.film: OpenedFilm | None = None
        self._playhead = playhead
        self._feed = feed
        self._view = view
        self._builder = builder
        self._timecode: tuple[TimecodeRate, str] | None = None
        self._made_anew = False
        playhead.moved.connect(self._follow)
        playhead.sought.connect(self._follow)
        feed.opened.connect(self._begin)
        feed.failed.connect(self._give_up)
        feed.picture_ready.connect(self._show)
        feed.picture_failed.connect(self._say_trouble)
        feed.proxy_failed.connect(self._repair_proxy)
        if builder is not None:
            builder.ready.connect(self._use_proxy)

    def open(self, path: Path) -> None:
        """Open a film; its first picture follows, or the view says why not."""
        self._leave()
        self._view.show_opening(path.name)
        self._feed.open(path)

    def close(self) -> None:
        """Show that there is no film."""
        self._leave()
        self._feed.close()
        self._view.show_no_film()

    def show_missing(self, name: str, reason: str = "") -> None:
        """Show that the film is not where it was; its old name stays, and so does everything else."""
        self._leave()
        self._feed.close()
        self._view.show_missing(name, reason)

    def set_timecode(self, rate: TimecodeRate, start_label: str) -> None:
        """Count as the project does.

        Args:
            rate: How timecode counts.
            start_label: Label of the first picture.
        """
        self._timecode = rate, start_label
        if self._view.picture is not None:
            self._view.show_timecode(self._label(self._view.picture.index))

    def shut_down(self) -> None:
        """End the decoding thread and the building of a proxy."""
        self._leave()
        self._feed.shut_down()
        if self._builder is not None:
            self._builder.shut_down()

    def _leave(self) -> None:
        self.film = None
        self._made_anew = False
        if self._builder is not None:
            self._builder.cancel()

    def _begin(self, film: OpenedFilm) -> None:
        self.film = film
        self._view.show_film(film.info.width, film.info.height)
        self._view.show_film_words(special_words(film.info))
        self._follow(self._playhead.position)
        if self._builder is not None and not words_without_proxy(film.info, longest_group=film.longest_group):
            self._builder.find_or_build(film.info)

    def _give_up(self, words: str) -> None:
        self._view.show_failure(words)

    def _follow(self, sample: int) -> None:
        if self.film is not None:
            self._feed.show(self.film.table.index_at(sample), playing=self._playhead.playing)

    def _show(self, picture: ShownPicture) -> None:
        self._view.show_picture(picture, self._label(picture.index))

    def _say_trouble(self, _index: int, words: str) -> None:
        self._view.show_trouble(words)

    def _use_proxy(self, path: Path) -> None:
        if self.film is not None:
            self._feed.use_proxy(path, self.film.info.fingerprint)

    def _repair_proxy(self, _words: str) -> None:
        """A damaged proxy is made anew, once for each film opened; without one the film still works."""
        if self._builder is not None and self.film is not None and not self._made_anew:
            self._made_anew = True
            self._builder.find_or_build(self.film.info, anew=True)

    def _label(self, index: int) -> str:
        if self.film is None or self._timecode is None:
            return ""
        rate, start_label = self._timecode
        return format_timecode(rate, start_label, self.film.table.sample_of(index))


def special_words(info: ClipInfo) -> str:
    """What the user should know about a film's picture while looking at it; empty for plain film."""
    facts = [
        f"{info.bit_depth} bit" if info.bit_depth > 8 else "",
        f"{info.colour}: preview is approximate" if info.colour_approximate else "",
        "interlaced: both fields are shown together" if info.interlaced else "",
    ]
    return ", ".join(fact for fact in facts if fact)
