"""Where votes go: into the project's journal at once, into the project, and among the steps to undo."""

import uuid
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.errors import ProjectError, StudioError
from engine.project.vote_journal import append_vote, replace_vote, revoke_vote
from engine.project.votes import TAGS, Vote
from msg_studio.compare.trials import result_words
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.qt_models.vote_step import VoteStep


class Ballot(QObject):
    """Takes votes on the open project, tags them, and takes them back.

    A project that was never saved has no journal yet: its votes lie in its working copy like every
    other action, and the first save writes the journal.

    Args:
        model: The open project.
        parent: Owner.

    Signals:
        problem: Undo or redo could not be written (a sentence for the user).
    """

    problem = Signal(str)

    def __init__(self, model: ProjectModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model

    @property
    def last(self) -> Vote | None:
        """The vote that Ctrl+Z would take back, None when the last step was something else."""
        step = self._last_step()
        return None if step is None else step.vote

    def give(self, vote: Vote) -> None:
        """Write a vote; it is on the disk when this returns.

        Raises:
            ProjectError: When the project is read-only.
            OutputLocationError: When nothing can be written in its folder.
            WriteError: When the disk refuses.
        """
        if self._model.read_only_reason:
            raise ProjectError(f"This project is open read-only: {self._model.read_only_reason}")
        if self._model.folder is not None:
            append_vote(self._model.folder, vote)
        words = self._words(vote)
        self._model.put_votes([*self._model.project.votes, vote], words)
        self._model.undo_stack.push(
            VoteStep(words, vote, give_anew=self._give_anew, take_back=self._take_back)
        )

    def tag_last(self, letter: str) -> tuple[str, ...]:
        """Give the last vote a reason, or take the reason away again.

        Args:
            letter: One of `TAGS`.

        Returns:
            Its tags now; none where the last step was no vote.

        Raises:
            OutputLocationError: When nothing can be written in the project's folder.
            WriteError: When the disk refuses.
        """
        step = self._last_step()
        if step is None:
            return ()
        old, tag = step.vote, TAGS[letter]
        tags = tuple(one for one in old.tags if one != tag)
        new = replace(old, id=uuid.uuid4().hex, tags=tags if tag in old.tags else (*tags, tag))
        if self._model.folder is not None:
            replace_vote(self._model.folder, old.id, new)
        votes = [new if vote.id == old.id else vote for vote in self._model.project.votes]
        self._model.put_votes(votes, "give a reason")
        step.vote = new
        return new.tags

    def _last_step(self) -> VoteStep | None:
        stack = self._model.undo_stack
        step = stack.command(stack.index() - 1) if stack.index() else None
        return step if isinstance(step, VoteStep) else None

    def _give_anew(self, vote: Vote) -> Vote:
        again = replace(vote, id=uuid.uuid4().hex)
        try:
            if self._model.folder is not None:
                append_vote(self._model.folder, again)
        except StudioError as error:
            self.problem.emit(f"The vote is not in the journal yet, saving the project writes it: {error}")
        self._model.put_votes([*self._model.project.votes, again], self._words(again))
        return again

    def _take_back(self, vote: Vote) -> bool:
        try:
            if self._model.folder is not None:
                revoke_vote(self._model.folder, vote.id)
        except StudioError as error:
            self.problem.emit(f"The vote could not be taken back and stands: {error}")
            return False
        votes = [one for one in self._model.project.votes if one.id != vote.id]
        self._model.put_votes(votes, f"undo {self._words(vote)}")
        return True

    def _words(self, vote: Vote) -> str:
        words = result_words(vote, self._model.project)
        return words[0].lower() + words[1:]
