"""One step that can be undone: the project before it and after it."""

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from engine.project.project import Project

MERGEABLE = 1
SEPARATE = -1

Apply = Callable[[str, Project], None]


class Edit(QUndoCommand):
    """A change from one state of the project to another.

    Args:
        words: What the user did, shown in the menu and in the list of undone steps.
        before: The state it starts from.
        after: The state it leads to.
        merge: Steps with the same key, which is not empty, join the step before them.
        apply: Makes a state the present one.
    """

    def __init__(self, words: str, before: Project, after: Project, *, merge: str, apply: Apply) -> None:
        super().__init__(words)
        self._before = before
        self._after = after
        self._merge = merge
        self._apply = apply

    def redo(self) -> None:
        """Do it, or do it again."""
        self._apply(self.text(), self._after)

    def undo(self) -> None:
        """Take it back."""
        self._apply(f"undo {self.text()}", self._before)

    def id(self) -> int:  # noqa: A003 (Qt's name)
        """Whether Qt may try to join this step with the one before."""
        return MERGEABLE if self._merge else SEPARATE

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take a later step of the same gesture in."""
        if not isinstance(other, Edit) or other._merge != self._merge:
            return False
        self._after = other._after
        self.setObsolete(self._before == self._after)
        return True
