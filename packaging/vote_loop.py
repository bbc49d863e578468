"""Walk the loop of preference on the sample project: vote, tune, switch the adapter on, hear the difference.

    .venv/bin/python packaging/vote_loop.py -o FOLDER

The window's own orders make takes of the sample's events, a listener who likes the brighter take votes
blind on 40 pairs through ``msg-engine vote``, ``msg-train tune`` learns from the votes, and the same
seeds are made again with the adapter on and off. Beside the takes voted on are some that nobody voted
on: those say whether the taste was learned, the others might be known by heart. FOLDER is left with the
project to open in the window, the adapter, and both takes of each seed side by side in heard/.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engine.adapter_cards import FOLDER_VARIABLE
from engine.answers import TakesMade
from engine.atomic_file import written_atomically
from engine.cli.app import run as msg_engine
from engine.errors import InputError, StudioError, WorkError
from engine.features.mel import MEL_BANDS
from engine.media.audio_file import read_take
from engine.progress import CancelToken, silent
from engine.project.disk import refusals_named
from engine.project.project import Project
from engine.project.project_file import open_project, save_project
from engine.records import FloatArray, Take
from engine.scratch import Scratch
from engine.server_work import OrderWork
from engine.sound_side import mel_of_sound
from engine.step_range import SAMPLES_PER_STEP
from engine.timing import MEL_RATE_HZ
from msg_studio.qt_models.generate_options import GenerateOptions
from msg_studio.take_orders import Places, first_seed, takes_order, with_own_ids
from trainer.evaluation.generator.sheet import LOUDEST, QUIETEST, band_of
from trainer.preference.agreement import wilson_interval
from trainer.preference.plots import CHOSEN, QUIET
from trainer.preference.tastes import brighter

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "assets" / "demo"
FILM, PROJECT, HEARD, PICTURE = "demo.mp4", Path("sample", "Sample.msgproj"), "heard", "heard.png"
ADAPTER = "brighter"
VOTED_TAKES, NEW_TAKES, PAIRS_OF_EVENT = 9, 4, 8
PICTURED = 2
CHANCE = 1  # which takes meet, and which of the two is heard as X
OPTIONS = GenerateOptions(takes=VOTED_TAKES, steps=15, guidance=2.5, seed=None)
_MARKED_HZ = (100, 500, 2000, 8000)


@dataclass(frozen=True)
class Batch:
    """Takes of an event that are made together.

    Attributes:
        takes: The takes, without an adapter.
        voted: Whether they are put to the vote; chance may leave one of them out.
    """

    takes: tuple[Take, ...]
    voted: bool


@dataclass(frozen=True)
class Heard:
    """One seed, without and with the adapter.

    Attributes:
        base: Made without.
        tuned: Made with it.
        voted: Whether the base take was among those put to the vote.
    """

    base: Take
    tuned: Take
    voted: bool

    @cached_property
    def brightness(self) -> tuple[float, float]:
        """Spectral centroids of base and tuned, in mel bands."""
        return brightness_of(self.base), brightness_of(self.tuned)

    @property
    def moved(self) -> bool:
        """Whether it moved the way the votes asked."""
        return self.brightness[1] > self.brightness[0]


class Desk:
    """The copied sample and the engine, ordered about as the window does it.

    Args:
        folder: Where everything lies.
        scratch: For files that are not finished.
    """

    def __init__(self, folder: Path, scratch: Scratch) -> None:
        self.folder = folder
        self.project_folder = folder / PROJECT
        self.engine = OrderWork(model="starter", models_folder=None, threads=1, scratch=scratch)
        self.places = Places(folder / FILM, self.project_folder, folder / "maps")

    def takes(
        self, project: Project, event_id: str, seed: int, *, takes: int, adapter: str = ""
    ) -> list[Take]:
        """Takes of an event from a seed on, under the ids that are free in the project."""
        options = replace(OPTIONS, takes=takes, adapter=adapter)
        order = takes_order(project, event_id, options, self.places, seed=seed)
        made = self.engine.do(order, listener=silent, cancel=CancelToken())
        if not isinstance(made, TakesMade) or len(made.takes) != takes:
            raise WorkError(f"{takes} takes of event {event_id} were ordered, and not made: {made}.")
        return with_own_ids(made.takes, {take.id for take in project.takes})

    def again(self, project: Project, batch: Batch, *, adapter: str) -> list[Take]:
        """The takes of a batch once more, from their seeds."""
        first = batch.takes[0]
        return self.takes(project, first.event_id, first.seed, takes=len(batch.takes), adapter=adapter)


def main() -> int:
    """Walk the loop; 0 when every step of it did what it should, else the status of what failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, help="a new folder for everything")
    parser.add_argument("--steps", type=int, default=80, help="steps of each training")
    parser.add_argument("--strength", type=float, default=1.0, help="how much the adapter does")
    asked = parser.parse_args()
    scratch = Scratch()
    try:
        learning = ["--steps", str(asked.steps), "--strength", str(asked.strength)]
        walk(asked.output.absolute(), learning, scratch=scratch)
    except StudioError as problem:
        print(f"vote_loop: {problem}", file=sys.stderr)
        return problem.exit_code
    finally:
        scratch.remove()
    return 0


def walk(folder: Path, learning: Sequence[str], *, scratch: Scratch) -> None:
    """All steps, one after the other."""
    begun = time.monotonic()

    def say(words: str) -> None:
        print(f"== {time.monotonic() - begun:5.0f} s  {words}", flush=True)

    copy_sample(folder)
    os.environ[FOLDER_VARIABLE] = str(folder / "adapters")
    desk = Desk(folder, scratch)
    say(f"the sample project lies in {desk.project_folder}")
    batches = make_takes(desk)
    say(f"{sum(len(batch.takes) for batch in batches)} takes made and saved; now the votes")
    vote_on([batch for batch in batches if batch.voted], desk.project_folder)
    say(f"tune on the votes, {' '.join(learning)}; progress in {folder / 'tune.log'}")
    tune(desk, learning)
    say(f"the same seeds with adapter {ADAPTER} on, and with it off again")
    heard = make_again(desk, batches)
    put_side_by_side(heard, folder / HEARD)
    tell_difference(heard)
    draw_heard(pictured(heard), folder / PICTURE)
    say(f"listen in {folder / HEARD}, look at {folder / PICTURE}")
    if not learned(heard):
        raise WorkError("No more than half of the takes nobody voted on moved the way the votes asked.")


def copy_sample(folder: Path) -> None:
    """Film and sample project, side by side as they are installed.

    Raises:
        InputError: When something lies there already.
        OutputLocationError: When nothing can be written there.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: give a new folder, or remove it.")
    with refusals_named(folder):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(DEMO / FILM, folder / FILM)
        shutil.copytree(DEMO / PROJECT, folder / PROJECT)


def make_takes(desk: Desk) -> list[Batch]:
    """For each event of the sample that has takes some to vote on and some more, saved in the project."""
    project = open_project(desk.project_folder)
    batches = []
    for event_id in dict.fromkeys(take.event_id for take in project.takes):
        for takes, voted in ((VOTED_TAKES, True), (NEW_TAKES, False)):
            made = desk.takes(project, event_id, first_seed(project, event_id), takes=takes)
            project = project.with_takes(made)
            batches.append(Batch(tuple(made), voted))
    save_project(project, desk.project_folder)
    return batches


def vote_on(batches: Sequence[Batch], project: Path) -> None:
    """A blind vote for the brighter take of each pair, through the command.

    Raises:
        WorkError: When the command refuses one.
    """
    for first, second in offered(batches, random.Random(CHANCE)):
        verdict = "first" if brightness_of(first) > brightness_of(second) else "second"
        sides = ["--event", first.event_id, "--first", first.id, "--second", second.id]
        if status := msg_engine(["vote", str(project), *sides, "--verdict", verdict, "--blind"]):
            raise WorkError(f"msg-engine vote ended with status {status} on {first.id} against {second.id}.")


def offered(batches: Sequence[Batch], chance: random.Random) -> Iterator[tuple[Take, Take]]:
    """Pairs of takes as X and Y, no pair twice."""
    for batch in batches:
        for one, other in chance.sample(list(combinations(batch.takes, 2)), PAIRS_OF_EVENT):
            yield (one, other) if chance.random() < 0.5 else (other, one)


def brightness_of(take: Take) -> float:
    """Spectral centroid of a take's file in mel bands."""
    return brighter(mel_of_sound(read_take(take)[None], steps=_steps(take))[0], ())


def _steps(take: Take) -> int:
    return take.range.duration_samples // SAMPLES_PER_STEP


def tune(desk: Desk, learning: Sequence[str]) -> None:
    """The trainer, as a program with these options; what it ends with is printed.

    Raises:
        WorkError: When it fails, with its last line.
    """
    log = desk.folder / "tune.log"
    command = [sys.executable, "-m", "trainer", "tune", "--project", str(desk.project_folder), "-o", ADAPTER]
    command += ["--run", str(desk.folder / "runs"), *learning]
    with log.open("w", encoding="utf-8") as progress:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=progress, text=True, check=False
        )
    print(done.stdout, end="")
    if done.returncode:
        last = log.read_text(encoding="utf-8").splitlines()[-1:]
        raise WorkError(f"msg-train tune ended with status {done.returncode}: {' '.join(last)} (see {log})")


def make_again(desk: Desk, batches: Sequence[Batch]) -> list[Heard]:
    """The same seeds with the adapter, which join the project, and without it, which must be as before.

    Raises:
        WorkError: When the base does not come back sample for sample.
    """
    project = open_project(desk.project_folder)
    heard: list[Heard] = []
    for batch in batches:
        tuned = desk.again(project, batch, adapter=ADAPTER)
        project = project.with_takes(tuned)
        for before, after in zip(batch.takes, desk.again(project, batch, adapter=""), strict=True):
            if after.sha256 != before.sha256:
                raise WorkError(f"With the adapter off, take {before.id} is another one than before it.")
        heard += [Heard(*sides, batch.voted) for sides in zip(batch.takes, tuned, strict=True)]
    save_project(project, desk.project_folder)
    return heard


def put_side_by_side(heard: Sequence[Heard], folder: Path) -> None:
    """Both takes of each seed under names that lie beside each other in a list of files."""
    with refusals_named(folder):
        folder.mkdir()
        for one in heard:
            for side, take in (("base", one.base), ("tuned", one.tuned)):
                shutil.copyfile(take.path, folder / f"{one.base.id}_{side}.wav")


def tell_difference(heard: Sequence[Heard]) -> None:
    """A line for each seed, then how many moved the way the votes asked."""
    print("take      prompt                    to vote on  brightness      moved  reward base  tuned")
    for one in heard:
        base, tuned = one.brightness
        print(
            f"{one.base.id:9} {one.base.prompt:26.26}{'yes' if one.voted else 'no':9}"
            f"{base:6.1f} -> {tuned:5.1f}   {'yes' if one.moved else 'no':6}"
            f"{one.base.score.reward:10.2f} {one.tuned.score.reward:7.2f}"
        )
    for words, voted in (("put to the vote", True), ("never put to the vote", False)):
        _tell_sum(words, [one for one in heard if one.voted == voted])
    print(f"with the adapter off, {len(heard)} of {len(heard)} takes are those of before, sample for sample")


def _tell_sum(words: str, heard: Sequence[Heard]) -> None:
    moved = sum(one.moved for one in heard)
    low, high = wilson_interval(moved, len(heard))
    centroids = np.mean([one.brightness for one in heard], axis=0)
    by_chance = np.mean([np.std(found) for found in _by_event(heard).values()])
    rewards = np.mean([(one.base.score.reward, one.tuned.score.reward) for one in heard], axis=0)
    print(
        f"takes {words}: {moved} of {len(heard)} are brighter with the adapter ({moved / len(heard):.0%}, "
        f"95 % interval {low:.0%} to {high:.0%}); brightness {centroids[0]:.1f} -> {centroids[1]:.1f} bands "
        f"(base takes of one event lie {by_chance:.1f} apart by chance, standard deviation), "
        f"reward {rewards[0]:.2f} -> {rewards[1]:.2f}"
    )


def _by_event(heard: Sequence[Heard]) -> dict[str, list[float]]:
    """Brightness of the base takes of each event."""
    found: dict[str, list[float]] = {}
    for one in heard:
        found.setdefault(one.base.event_id, []).append(one.brightness[0])
    return found


def learned(heard: Sequence[Heard]) -> bool:
    """Whether more than half of the takes that nobody voted on moved the way the votes asked."""
    new = [one for one in heard if not one.voted]
    return 2 * sum(one.moved for one in new) > len(new)


def pictured(heard: Sequence[Heard]) -> list[Heard]:
    """The first take not voted on of the longest events: chosen whatever came out."""
    firsts = {one.base.event_id: one for one in reversed(heard) if not one.voted}
    return sorted(firsts.values(), key=lambda one: -one.base.range.duration_samples)[:PICTURED]


def draw_heard(heard: Sequence[Heard], path: Path) -> None:
    """Spectrograms of base and tuned on one scale, their centroids, and both mean spectra.

    Raises:
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    figure = Figure(figsize=(13.0, 3.6 * len(heard)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(heard), 3, squeeze=False, sharey=True, width_ratios=(3, 3, 2))
    for one, line in zip(heard, panels, strict=True):
        sides = (
            ("base", one.base, one.brightness[0], QUIET),
            ("tuned", one.tuned, one.brightness[1], CHOSEN),
        )
        for (side, take, centroid, colour), axes in zip(sides, line[:2], strict=True):
            mel = mel_of_sound(read_take(take)[None], steps=_steps(take))[0].numpy()  # (F, M)
            words = f"{take.prompt}, seed {take.seed}, {side}: centroid at band {centroid:.1f}"
            _draw_mel(axes, mel, centroid, words)
            bands = np.arange(MEL_BANDS) + 0.5
            line[2].plot(np.log(np.exp(mel).mean(0)), bands, color=colour, label=side)
            line[2].axhline(centroid, color=colour, linewidth=1, linestyle="--")
        line[0].set_ylabel("kHz")
        line[2].set(xlabel="log of the mean magnitude")
        line[2].set_title("mean spectrum (dashed: centroid)", fontsize=9)
        line[2].legend(frameon=False, fontsize=8)
    figure.colorbar(panels[0][0].images[0], ax=panels[:, :2], label="log-mel", shrink=0.5)
    with written_atomically(path) as temporary, temporary.open("wb") as file:
        figure.savefig(file, format="png", metadata={"Software": "MultiSoundGen Studio"})


def _draw_mel(axes: Axes, mel: FloatArray, centroid: float, words: str) -> None:
    axes.imshow(
        mel.T,
        origin="lower",
        aspect="auto",
        extent=(0.0, len(mel) / MEL_RATE_HZ, 0.0, MEL_BANDS),
        vmin=QUIETEST,
        vmax=LOUDEST,
        cmap="magma",
        interpolation="nearest",
    )
    axes.axhline(centroid, color="white", linewidth=1, linestyle="--")
    axes.set(xlabel="s")
    axes.set_title(words, fontsize=9)
    axes.set_yticks([band_of(hz) for hz in _MARKED_HZ], [f"{hz / 1000:g}" for hz in _MARKED_HZ])


if __name__ == "__main__":
    sys.exit(main())
