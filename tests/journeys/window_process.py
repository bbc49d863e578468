"""A window in a process of its own, which edits the project it is given and then rests.

`python -m tests.journeys.window_process FILM`: begins a project with the film, makes two events, types into a
prompt without ending the line, and says "edited" once the autosave has all but that on the disk.
"""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from engine.timing import TimeRange
from msg_studio import app, commands
from msg_studio.studio import Studio


class EditingStudio(Studio):
    """A studio that edits by itself as soon as a project is open."""

    def start(self) -> None:
        """Start, and edit when the project is there."""
        self.ready.connect(lambda: self.workshop.files.opened.connect(self._edit))
        super().start()

    def _edit(self) -> None:
        model, autosave = self.workshop.stage.model, self.workshop.autosave
        autosave.written.connect(self._say_edited)
        commands.make_event(model, "props", TimeRange(0, 48_000), hits=(4_800,), prompt="cup")
        commands.make_event(model, "feet", TimeRange(48_000, 96_000), prompt="step")
        prompt = self.window.work.inspector.form.lines["prompt"]
        prompt.end(False)
        QTest.keyClicks(prompt, " on gravel")

    def _say_edited(self, actions: int) -> None:
        if actions == self.workshop.autosave.position:
            QTimer.singleShot(0, lambda: print("edited", flush=True))  # noqa: T201


if __name__ == "__main__":
    app.Studio = EditingStudio  # type: ignore[misc]
    sys.exit(app.run(Path(sys.argv[1])))
