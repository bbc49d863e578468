"""A vote as a step that can be undone: undo revokes it in the journal, redo gives it anew."""

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from engine.project.votes import Vote

GiveAnew = Callable[[Vote], Vote]
TakeBack = Callable[[Vote], bool]


class VoteStep(QUndoCommand):
    """A vote that is in the journal already when the step is made.

    Args:
        words: What was voted, shown in the menu and in the list of undone steps.
        vote: The vote.
        give_anew: Writes it again, under an id of its own: a revoked id stays revoked.
        take_back: Writes its revocation; whether it did.

    Attributes:
        vote: The vote as it stands, or stood last.
    """

    def __init__(self, words: str, vote: Vote, *, give_anew: GiveAnew, take_back: TakeBack) -> None:
        super().__init__(words)
        self.vote = vote
        self._written = True
        self._give_anew = give_anew
        self._take_back = take_back

    def redo(self) -> None:
        """Give it anew; the first time it has been given."""
        if not self._written:
            self.vote = self._give_anew(self.vote)
        self._written = True

    def undo(self) -> None:
        """Take it back, if the disk lets us."""
        self._written = not self._take_back(self.vote)
