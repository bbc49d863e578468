"""A window's state without its widgets, in its own process: it does random actions, says which are safe.

For each line it is sent it does one action and prints, once the autosave has written it, the
number of actions and a hash of the project. `python -m tests.msg_studio.acting_window ROOT SEED`.
"""

import hashlib
import random
import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop

from engine.project.project import Project, new_project
from engine.project.snapshot import project_to_json
from engine.timing import TimeRange
from msg_studio import commands
from msg_studio.qt_models.project_model import ProjectModel
from msg_studio.workers.autosave import Autosave
from tests.msg_studio.scene import DOOR, STEP, make_film, make_take

FILM_SAMPLES = 100 * 48_000
LANES = ("feet", "moves", "props", "ambience", "fx")


def fingerprint(project: Project) -> str:
    """Hash of all that a project holds."""
    return hashlib.sha256(project_to_json(project).encode()).hexdigest()


class Actor:
    """Does what a user might do, at random."""

    def __init__(self, model: ProjectModel, folder: Path, dice: random.Random) -> None:
        self.model = model
        self.folder = folder
        self.dice = dice
        self.takes = 0

    def act(self) -> None:
        """One action; some change nothing, such as undo at the bottom of the stack."""
        actions = [self.make, self.move, self.resize, self.add_hit, self.remove_hit, self.delete, self.undo]
        actions += [self.redo, self.arrive, self.arrive, self.choose, self.reject, self.star, self.prompt]
        if len(self.model.project.events) < 3:
            actions = [self.make, self.undo]
        self.dice.choice(actions)()

    def event_id(self) -> str:
        return self.dice.choice(self.model.project.events).id

    def take_id(self) -> str | None:
        takes = self.model.project.takes
        return self.dice.choice(takes).id if takes else None

    def make(self) -> None:
        start = self.dice.randrange(FILM_SAMPLES - 96_000)
        where = TimeRange(start, start + self.dice.randrange(4_800, 96_000))
        commands.make_event(self.model, self.dice.choice(LANES), where, hits=(start + 100,))

    def move(self) -> None:
        lane = self.dice.choice((None, *LANES))
        commands.move_event(self.model, self.event_id(), self.dice.randrange(-48_000, 48_000), lane=lane)

    def resize(self) -> None:
        event = self.model.project.event(self.event_id())
        end = event.range.start_samples + self.dice.randrange(4_800, 96_000)
        commands.set_range(self.model, event.id, TimeRange(event.range.start_samples, end))

    def add_hit(self) -> None:
        where = self.model.project.event(event_id := self.event_id()).range
        commands.add_hit(self.model, event_id, self.dice.randrange(where.start_samples, where.end_samples))

    def remove_hit(self) -> None:
        event = self.model.project.event(self.event_id())
        if event.hit_points:
            commands.remove_hit(self.model, event.id, 0)

    def delete(self) -> None:
        commands.delete_event(self.model, self.event_id())

    def undo(self) -> None:
        self.model.undo_stack.undo()

    def redo(self) -> None:
        self.model.undo_stack.redo()

    def arrive(self) -> None:
        self.takes += 1
        event = self.model.project.event(self.event_id())
        take = make_take(event, 1000 + self.takes)
        self.model.add_takes([replace(take, path=self.folder / f"{take.id}.wav")])

    def choose(self) -> None:
        if take_id := self.take_id():
            commands.choose_take(self.model, take_id)

    def reject(self) -> None:
        if take_id := self.take_id():
            commands.set_rejected(self.model, take_id, self.dice.random() < 0.7)

    def star(self) -> None:
        if take_id := self.take_id():
            commands.set_starred(self.model, take_id, self.dice.random() < 0.7)

    def prompt(self) -> None:
        words = f"boots {self.dice.random()}"
        commands.set_setup(self.model, self.event_id(), prompt=words, gain_db=self.dice.uniform(-12, 12))


def main(root: Path, seed: int) -> None:
    """Act for as long as lines come."""
    application = QCoreApplication([])
    model = ProjectModel()
    autosave = Autosave(model, root=root)
    written = [-1]
    autosave.written.connect(lambda count: written.append(count))
    project = new_project("Acting", make_film(root / "film.mp4", duration_samples=FILM_SAMPLES))
    model.show_project(project.with_event(STEP).with_event(DOOR))
    actor = Actor(model, root, random.Random(seed))
    for _ in sys.stdin:
        before = autosave.position
        while autosave.position == before:
            actor.act()
        while written[-1] < autosave.position:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        sys.stdout.write(f"{autosave.position} {fingerprint(model.project)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
