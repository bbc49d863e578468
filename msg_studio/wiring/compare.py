"""The blind comparison in the window: trials, sound and picture of them, and where votes go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from engine.errors import InputError, ProjectError, StudioError
from engine.project.project import Project
from engine.project.votes import Verdict
from engine.timing import PROJECT_RATE_HZ, TimeRange
from msg_studio.ballot import Ballot
from msg_studio.compare.ending import end_words
from msg_studio.compare.trials import (
    OTHER,
    Comparison,
    Side,
    pause_advised,
    result_words,
)
from msg_studio.qt_models.cue_numbers import cue_numbers
from msg_studio.qt_models.event_table import class_words
from msg_studio.qt_models.shown_picture import ShownPicture
from msg_studio.stage import Stage
from msg_studio.views.compare.compare_view import CompareView, Listening
from msg_studio.wiring.picture_at_playhead import PictureAtPlayhead
from msg_studio.wiring.sound import SoundWiring
from msg_studio.workers.pair_loader import PairLoader, PairSounds
from msg_studio.workers.picture_feed import PictureFeed
from msg_studio.workers.playback import Playback

AROUND = PROJECT_RATE_HZ // 2  # heard before and after the event
LONGEST_STEP = PROJECT_RATE_HZ // 4  # a larger move of the playhead was a jump, not playing
NEEDS_TWO = "Compare needs two takes of an event that are not rejected: G makes more."
PAUSE_ADVICE = "Fewer than 60 % of your last repeats agree: a pause may help."


@dataclass(frozen=True)
class _Place:
    """Where the playhead was before the comparison."""

    position: int
    mark_in: int | None
    mark_out: int | None
    looping: bool


class CompareWiring(QObject):
    """Leads through the trials of the selected event, from C to Escape.

    Args:
        stage: The models and the window.
        sound: What is heard otherwise.
        playback: What sounds now.
        loader: Reads the takes of a trial.
        feed: Gives pictures.
        picture: Shows them on the work page.
        parent: Owner.
    """

    def __init__(
        self,
        stage: Stage,
        *,
        sound: SoundWiring,
        playback: Playback,
        loader: PairLoader,
        feed: PictureFeed,
        picture: PictureAtPlayhead,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = stage.window
        self._model = stage.model
        self._playhead = stage.playhead
        self._sound = sound
        self._playback = playback
        self._loader = loader
        self._picture = picture
        self.ballot = Ballot(stage.model, self)
        self.view: CompareView | None = None
        self._comparison: Comparison | None = None
        self._sounds: PairSounds | None = None
        self._before = _Place(0, None, None, looping=False)
        self._loop = TimeRange(0, 1)
        self._was_at = 0
        self._mix = False
        loader.loaded.connect(self._play)
        loader.failed.connect(self._pass_over)
        feed.picture_ready.connect(self._show_picture)
        stage.playhead.moved.connect(self._follow)
        stage.playhead.speed_changed.connect(lambda _: self._show_listening())
        stage.model.project_opened.connect(self._end)
        stage.model.project_changed.connect(self._check)
        self.ballot.problem.connect(self._say)

    def begin(self) -> None:
        """Compare the takes of the selected event.

        Raises:
            InputError: When there are no two takes to compare.
            ProjectError: When the project is read-only.
        """
        event, project = self._model.selected, self._model.project
        if event is None:
            raise InputError("Select an event first: its takes are compared.")
        if self._model.read_only_reason:
            raise ProjectError(f"This project is open read-only: {self._model.read_only_reason}")
        if sum(take.id not in project.rejected for take in project.takes_of(event.id)) < 2:
            raise InputError(NEEDS_TWO)
        if self.view is None:
            self.view = self._made_view()
        self._comparison = Comparison(project, event)
        self._lay_over(self.view)
        self._ask()

    def leave(self) -> None:
        """Go back to the project; nothing happens where no comparison runs."""
        if self._comparison is None:
            return
        playhead, before = self._playhead, self._before
        playhead.stop()
        playhead.clear_marks()
        playhead.set_mark_in(before.mark_in)
        playhead.set_mark_out(before.mark_out)
        playhead.set_looping(before.looping)
        playhead.seek(before.position)
        self._end()

    def _end(self) -> None:
        """Give sound and page back, and leave the playhead where it is."""
        if self._comparison is None or self.view is None:
            return
        self._comparison = self._sounds = None
        self._loader.forget()
        self._playhead.set_looping(self._before.looping)
        self._sound.release()
        self._window.lift(self.view)

    def _made_view(self) -> CompareView:
        view = CompareView(self._window)
        view.answered.connect(lambda verdict: self._answer(cast("Verdict", verdict)))
        view.side_wanted.connect(lambda side: self._listen_to(cast("Side", side)))
        view.swapped.connect(self._swap)
        view.skipped.connect(self._skip)
        view.undone.connect(self._take_back)
        view.reason_given.connect(self._give_reason)
        view.mix_toggled.connect(self._toggle_mix)
        view.pause_toggled.connect(self._playhead.toggle)
        view.copy_wanted.connect(lambda words: QGuiApplication.clipboard().setText(words))
        view.left.connect(self.leave)
        return view

    def _lay_over(self, view: CompareView) -> None:
        playhead, comparison = self._playhead, self._comparison
        assert comparison is not None
        self._before = _Place(playhead.position, playhead.mark_in, playhead.mark_out, playhead.looping)
        where = comparison.event.range
        self._loop = where.widened(by_samples=AROUND, within_samples=playhead.duration)
        self._sound.hold()
        playhead.clear_marks()
        playhead.set_mark_in(self._loop.start_samples)
        playhead.set_mark_out(self._loop.end_samples)
        playhead.set_looping(True)
        view.show_loop(self._loop, where)
        view.show_mix(self._mix)
        view.show_result("")
        self._copy_picture(view)
        self._window.lay_over(view)

    def _copy_picture(self, view: CompareView) -> None:
        """Begin with what the work page shows; later pictures come with the feed."""
        film, shown = self._picture.film, self._window.work.picture.picture
        if film is None:
            view.picture.show_no_film()
            return
        view.picture.show_film(film.info.width, film.info.height)
        if shown is not None:
            view.picture.show_picture(shown)

    def _ask(self) -> None:
        """Show the present trial and have it read, or show that there is none."""
        comparison, view, project = self._comparison, self.view, self._model.project
        assert comparison is not None
        assert view is not None
        self._sounds = None
        self._playhead.stop()
        if comparison.trial is None:
            event_id = comparison.event.id
            subject = subject_words(project, event_id)
            view.show_end(end_words(project, event_id, subject=subject, folder=self._model.folder))
            return
        view.show_trial(subject_words(project, comparison.event.id), comparison.number)
        if pause_advised(project):
            view.say(PAUSE_ADVICE)
        self._show_listening()
        self._loader.load(project, comparison.trial)

    def _play(self, sounds: PairSounds) -> None:
        """Both takes of the trial are there: hear X from the start of the loop."""
        comparison = self._comparison
        if comparison is None or sounds.trial is not comparison.trial:
            return
        self._sounds = sounds
        comparison.start(sounds.match)
        if sounds.match.trouble:
            self._say(sounds.match.trouble)
        self._listen_to("X", anew=True)

    def _pass_over(self, words: str) -> None:
        self._skip()
        self._say(words)

    def _listen_to(self, side: Side, *, anew: bool = False) -> None:
        """Hear a side: where the other one is, or from the start of the loop."""
        comparison, sounds = self._comparison, self._sounds
        if comparison is None or sounds is None:
            return
        comparison.listen_to(side)
        self._playback.set_sounds(sounds.heard(side, mix=self._mix))
        if anew or not self._playhead.playing:
            self._playhead.seek(self._loop.start_samples)
            self._was_at = self._playhead.position
        self._playhead.play()
        self._show_listening()

    def _swap(self) -> None:
        if self._comparison is not None:
            self._listen_to(OTHER[self._comparison.side])

    def _toggle_mix(self) -> None:
        self._mix = not self._mix
        if self.view is not None:
            self.view.show_mix(self._mix)
        if self._comparison is not None and self._sounds is not None:
            self._playback.set_sounds(self._sounds.heard(self._comparison.side, mix=self._mix))

    def _answer(self, verdict: Verdict) -> None:
        """Give the vote and go on; before both sides were heard, play the one that was not."""
        comparison = self._comparison
        if comparison is None or self._sounds is None:
            return
        unheard = comparison.unheard
        if unheard is not None:
            if unheard != comparison.side:
                self._listen_to(unheard, anew=True)
            self._say(f"{unheard} was not heard long enough to count: it plays now.")
            return
        vote = comparison.vote(verdict)
        if self._tried(lambda: self.ballot.give(vote)):
            comparison.given += 1
            self._show_last()
            comparison.move_on(self._model.project)
            self._ask()

    def _skip(self) -> None:
        if self._comparison is not None:
            self._comparison.skip(self._model.project)
            self._ask()

    def _take_back(self) -> None:
        """Revoke the last vote of this comparison and ask again."""
        comparison, last = self._comparison, self.ballot.last
        if comparison is None or last is None or not comparison.given:
            self._say("There is no vote of this comparison to take back.")
            return
        self._model.undo_stack.undo()
        if self.ballot.last is last:
            return  # the disk refused, which was said
        comparison.given -= 1
        self._show_last()
        comparison.move_on(self._model.project)
        self._ask()

    def _give_reason(self, letter: str) -> None:
        comparison = self._comparison
        if comparison is not None and comparison.given:
            self._tried(lambda: self.ballot.tag_last(letter))
            self._show_last()

    def _show_last(self) -> None:
        """Say what the last vote was: only now are the takes named."""
        comparison, last = self._comparison, self.ballot.last
        if self.view is None or comparison is None:
            return
        if last is None or not comparison.given:
            self.view.show_result("")
        else:
            self.view.show_result(result_words(last, self._model.project), last.tags)

    def _follow(self, position: int) -> None:
        """Count what is heard of the event, and show where we are."""
        came_from, self._was_at = self._was_at, position
        comparison = self._comparison
        if comparison is None or self.view is None:
            return
        self.view.line.show_place(position)
        where, moved = comparison.event.range, position - came_from
        if self._sounds is None or not self._playhead.playing or not 0 < moved < LONGEST_STEP:
            return
        inside = min(position, where.end_samples) - max(came_from, where.start_samples)
        if inside > 0:
            comparison.hear(inside)
            self._show_listening()

    def _show_listening(self) -> None:
        comparison, view = self._comparison, self.view
        if comparison is None or view is None:
            return
        shares: dict[Side, float] = {side: comparison.heard_share(side) for side in OTHER}
        side = comparison.side if self._sounds is not None else None
        view.show_listening(Listening(side, self._playhead.playing, shares))

    def _show_picture(self, picture: ShownPicture) -> None:
        if self._comparison is not None and self.view is not None:
            self.view.picture.show_picture(picture)

    def _check(self) -> None:
        """Leave when the event or a take of the trial is gone."""
        comparison = self._comparison
        if comparison is None:
            return
        takes = {take.id for take in self._model.project.takes_of(comparison.event.id)}
        trial = comparison.trial
        if not takes or (trial is not None and not {trial.x.id, trial.y.id} <= takes):
            self.leave()

    def _tried(self, do: Callable[[], object]) -> bool:
        try:
            do()
        except StudioError as error:
            self._say(str(error))
            return False
        return True

    def _say(self, words: str) -> None:
        if self.view is not None and self._comparison is not None and not self.view.ended:
            self.view.say(words)
        else:
            self._window.say(words)


def subject_words(project: Project, event_id: str) -> str:
    """Cue number and what should sound."""
    number = cue_numbers(project.events)[event_id]
    what = project.setup(event_id).prompt or class_words(project.event(event_id).cat_id)
    return f"Cue {number} · {what}"
