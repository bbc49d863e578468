"""The picture at the playhead, letterboxed, with what is to be said about it; or why there is none."""

from enum import Enum, auto

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from msg_studio.look.fonts import semibold
from msg_studio.look.theme import theme_of
from msg_studio.qt_models.shown_picture import ShownPicture
from msg_studio.views.panel_parts import make_button
from msg_studio.views.picture.picture_painting import (
    fitted,
    paint_film_words,
    paint_hatch,
    paint_hint,
    paint_picture,
    paint_timecode,
    paint_trouble,
)

SMALLEST = QSize(240, 135)
WANTED = QSize(640, 360)
NOTICE_WIDTH = 420
NOTICE_MARGIN = 12
BREAK = "\u200b"  # a space without width


class _Stage(Enum):
    """What the view has to show."""

    EMPTY = auto()
    MISSING = auto()
    FILM = auto()


class VideoView(QWidget):
    """Paints the newest picture. It takes no keys; only the button to locate a film can be focused.

    Signals:
        painted: A new picture is on screen (int its number, bool whether it is the exact one).
        locate_wanted: The user wants to say where the missing film is.
    """

    painted = Signal(int, bool)
    locate_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = _Stage.EMPTY
        self._picture: ShownPicture | None = None
        self._told = True  # whether the picture was announced as painted
        self._film_size = QSize()
        self._timecode = ""
        self._trouble = ""
        self._film_words = ""
        self._burns_in = False
        self.setMinimumSize(SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Picture")
        self._notice = _Notice(self)
        self._notice.locate.clicked.connect(self.locate_wanted)
        self.show_no_film()

    @property
    def picture(self) -> ShownPicture | None:
        """The picture shown, None when there is none."""
        return self._picture

    @property
    def burns_in_timecode(self) -> bool:
        """Whether timecode is painted on the picture."""
        return self._burns_in

    def set_burn_in(self, burns_in: bool) -> None:
        """Paint timecode on the picture, or do not."""
        self._burns_in = burns_in
        self.update()

    def show_no_film(self) -> None:
        """Say that the project has no film."""
        self._leave_picture(_Stage.EMPTY)
        self._notice.say("No film yet", "Open a video to see it here.")

    def show_opening(self, name: str) -> None:
        """Say that a film is being read."""
        self._leave_picture(_Stage.EMPTY)
        self._notice.say(f"Opening {name}", "Reading through the film.")

    def show_missing(self, name: str, reason: str = "") -> None:
        """Say that the project's film is not where it was, and offer to locate it.

        Args:
            name: The film's old name.
            reason: Why it cannot be used, if more is known than that it is not there.
        """
        self._leave_picture(_Stage.MISSING)
        detail = reason or "The film is not where it was."
        self._notice.say(name, f"{detail} Events, takes and sound still work.", locate=True)

    def show_failure(self, words: str) -> None:
        """Say why the film cannot be shown."""
        self._leave_picture(_Stage.MISSING)
        self._notice.say("This film cannot be shown", words, locate=True)

    def show_film(self, width: int, height: int) -> None:
        """Make room for a film; its first picture follows.

        Args:
            width: Width as shown, in pixels.
            height: Height as shown.
        """
        self._leave_picture(_Stage.FILM)
        self._film_size = QSize(width, height)
        self._notice.hide()

    def show_film_words(self, words: str) -> None:
        """Say in the upper corner what is special about the film (10 bit, HDR); empty for nothing."""
        self._film_words = words
        self.update()

    def show_picture(self, picture: ShownPicture, timecode: str = "") -> None:
        """Show a picture in place of the one before.

        Args:
            picture: The picture.
            timecode: Label of the picture wished for.
        """
        self._picture, self._told = picture, False
        self._timecode, self._trouble = timecode, ""
        self.setAccessibleDescription(_spoken(picture, timecode))
        self.update()

    def show_timecode(self, timecode: str) -> None:
        """Label the picture shown anew, when the project's timecode has changed."""
        self._timecode = timecode
        if self._picture is not None:
            self.setAccessibleDescription(_spoken(self._picture, timecode))
        self.update()

    def show_trouble(self, words: str) -> None:
        """Say on the picture shown why the one wished for is not there."""
        self._trouble = words
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:
        """A size at which contacts are seen well."""
        return WANTED

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the words in the middle and inside."""
        super().resizeEvent(event)
        self._notice.fit(self.rect())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture and the words on it."""
        painter = QPainter(self)
        if self._stage is _Stage.FILM:
            self._paint_film(painter)
        elif self._stage is _Stage.MISSING:
            paint_hatch(painter, self.rect(), theme_of(self), self.palette())
        else:
            painter.fillRect(self.rect(), self.palette().window())
        painter.end()
        if self._picture is not None and not self._told:
            self._told = True
            self.painted.emit(self._picture.index, self._picture.exact)

    def _paint_film(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), theme_of(self).picture_background)
        place, font, picture = fitted(self._film_size, self.rect()), self.font(), self._picture
        if picture is not None:
            paint_picture(painter, picture.image, place, ratio=self.devicePixelRatioF())
        if self._trouble:
            paint_trouble(painter, self._trouble, place, font)
            return
        if self._burns_in and self._timecode:
            paint_timecode(painter, self._timecode, place, font)
        below = paint_film_words(painter, self._film_words, place, font) if self._film_words else 0
        if picture is not None and not picture.exact:
            paint_hint(painter, _hint(picture), place, font, below=below)

    def _leave_picture(self, stage: _Stage) -> None:
        self._stage = stage
        self._picture, self._told = None, True
        self._timecode = self._trouble = self._film_words = ""
        self.setAccessibleDescription("")
        self.update()


class _Notice(QFrame):
    """Words in the middle of the view where there is no picture."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self._title = ""
        self._area = parent.rect()
        self._head = _centred_label(self)
        self._head.setFont(semibold(self.font()))
        self._detail = _centred_label(self)
        self._detail.setWordWrap(True)
        self.locate: QPushButton = make_button(
            "Locate…", "Choose where the film of this project is now", self
        )
        self._rows = layout = QVBoxLayout(self)
        layout.setContentsMargins(NOTICE_MARGIN, 8, NOTICE_MARGIN, 8)
        layout.addWidget(self._head)
        layout.addWidget(self._detail)
        layout.addWidget(self.locate, alignment=Qt.AlignmentFlag.AlignCenter)

    def say(self, title: str, detail: str, *, locate: bool = False) -> None:
        """Show a title, a sentence or two, and the button where it helps."""
        self._title = title
        self._head.setToolTip(title)
        self._detail.setText(breakable(detail))
        self._detail.setToolTip(detail)
        self.locate.setVisible(locate)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.fit(self._area)
        self.show()

    def fit(self, area: QRect) -> None:
        """Take the middle of an area; a long title is cut in its middle, and no room cuts the sentence."""
        self._area = area
        width = min(NOTICE_WIDTH, area.width() - 2 * NOTICE_MARGIN)
        room = width - 2 * NOTICE_MARGIN
        metrics = self._head.fontMetrics()
        self._head.setText(metrics.elidedText(self._title, Qt.TextElideMode.ElideMiddle, room))
        self._detail.show()
        height = self._rows.totalHeightForWidth(width)
        if height > area.height():
            self._detail.hide()
            height = self._rows.totalHeightForWidth(width)
        place = QRect(0, 0, width, height)
        place.moveCenter(area.center())
        self.setGeometry(place)


def breakable(words: str) -> str:
    """The words with places where a line may break inside long paths and file names."""
    return "".join(f"{letter}{BREAK}" if letter in "/\\_-." else letter for letter in words)


def _centred_label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


def _hint(picture: ShownPicture) -> str:
    if picture.exact:
        return ""
    return "preview" if picture.drawn == picture.index else f"near: picture {picture.drawn}"


def _spoken(picture: ShownPicture, timecode: str) -> str:
    words = [f"timecode {timecode}" if timecode else "", f"picture {picture.index}", _hint(picture)]
    return ", ".join(word for word in words if word)
