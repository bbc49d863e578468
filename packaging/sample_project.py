"""Make the sample project, which the window opens without a model.

    .venv/bin/python packaging/sample_project.py

The events, their classes, prompts and contact times are set by hand here, from what the demo clip is
known to show (assets/demo/demo_truth.json), as an editor would correct what the detector proposes; the
takes are the starter model's own, made by the engine as the window would have them made, and their
scores and sync maps are what it measured. Of some dozen seeds for each event two were picked: good
ones to choose, and for the door one that comes late, so that every kind of verdict is to be seen.
"""

import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from engine.clip import Clip
from engine.project.project import EventSetup, Project, new_project
from engine.project.project_file import save_project
from engine.records import Event, HitPoint, Take
from engine.session import EngineSession
from engine.sync_map_file import take_map_path, write_sync_map
from engine.takes import TakeOrder
from engine.timing import TimeRange, seconds_to_samples
from engine.ucs import SoundClass, class_for

DEMO = Path(__file__).resolve().parent.parent / "assets" / "demo"
FILM = "demo.mp4"
FOLDER = "sample"
PROJECT = "Sample.msgproj"
MAPS = "maps"


@dataclass(frozen=True)
class SampleCue:
    """One event of the sample.

    Attributes:
        class_name: Sound class.
        lane: Where it lies.
        setup: Prompt and what else an editor writes down.
        start_s: Where it begins.
        end_s: Where it ends.
        contacts_s: Moments of contact.
        strengths: One for each contact.
        seeds: One for each take; the first is in use.
        reason: Why it is there.
        confidence: How sure that is.
        starred: Seeds of favourites.
        rejected: Seeds of takes folded away.
    """

    class_name: str
    lane: str
    setup: EventSetup
    start_s: float
    end_s: float
    contacts_s: tuple[float, ...] = ()
    strengths: tuple[float, ...] = ()
    seeds: tuple[int, ...] = ()
    reason: str = "set by hand"
    confidence: float = 1.0
    starred: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()


CUES = (
    SampleCue(
        class_name="IMPT_wood",
        lane="props",
        setup=EventSetup(prompt="wood impact, ball on deck", surface="wooden deck", status="approved"),
        start_s=0.83,
        end_s=3.20,
        contacts_s=(0.93, 1.65, 2.21, 2.64, 2.95),
        strengths=(1.0, 0.8, 0.6, 0.4, 0.25),
        seeds=(40, 18),
        starred=(40,),
    ),
    SampleCue(
        class_name="WATR_drop",
        lane="fx",
        setup=EventSetup(prompt="water drop", surface="pond", status="review"),
        start_s=3.01,
        end_s=3.60,
        contacts_s=(3.11,),
        strengths=(0.8,),
        seeds=(4, 1),
        rejected=(1,),
    ),
    SampleCue(
        class_name="IMPT_bell",
        lane="props",
        setup=EventSetup(prompt="bell struck", surface="bell plate", status="review"),
        start_s=3.32,
        end_s=5.50,
        contacts_s=(3.42, 4.14, 4.98),
        strengths=(0.8, 0.9, 1.0),
        seeds=(18, 7),
    ),
    SampleCue(
        class_name="FEET_gravel",
        lane="feet",
        setup=EventSetup(
            prompt="footsteps on gravel", character="walker", surface="gravel", status="approved"
        ),
        start_s=4.45,
        end_s=8.10,
        contacts_s=(4.55, 5.04, 5.53, 6.02, 6.51, 7.0, 7.49, 7.98),
        strengths=(0.7,) * 8,
        seeds=(6, 11),
    ),
    SampleCue(
        class_name="DOOR_close",
        lane="props",
        setup=EventSetup(
            prompt="door slam",
            surface="wooden door",
            status="review",
            note="is the late one the better sound?",
        ),
        start_s=9.17,
        end_s=9.80,
        contacts_s=(9.27,),
        strengths=(1.0,),
        seeds=(11, 12),
    ),
    SampleCue(
        class_name="WIND",
        lane="ambience",
        setup=EventSetup(prompt="wind", on_screen=False, status="to do", note="carries the door"),
        start_s=7.60,
        end_s=11.0,
    ),
    SampleCue(
        class_name="WATR_drop",
        lane="fx",
        setup=EventSetup(prompt="water drop", status="suggested"),
        start_s=8.52,
        end_s=10.40,
        contacts_s=(8.62, 9.97),
        strengths=(0.9, 0.9),
        reason="2 contacts seen",
        confidence=0.62,
    ),
)


def main() -> int:
    """Make assets/demo/sample anew; the film is found beside it, wherever the folder is installed."""
    session = EngineSession()
    with tempfile.TemporaryDirectory() as workshop:
        film = Path(workshop) / FILM
        shutil.copyfile(DEMO / FILM, film)
        sample = Path(workshop) / FOLDER
        (sample / MAPS).mkdir(parents=True)
        project = make_project(session, session.open(film), sample, Path(workshop))
        save_project(project, sample / PROJECT)
        shutil.rmtree(DEMO / FOLDER, ignore_errors=True)
        shutil.copytree(sample, DEMO / FOLDER)
    size = sum(path.stat().st_size for path in (DEMO / FOLDER).rglob("*") if path.is_file())
    print(f"{DEMO / FOLDER}: {len(project.events)} events, {len(project.takes)} takes, {size / 1e6:.1f} MB")
    return 0


def make_project(session: EngineSession, clip: Clip, sample: Path, workshop: Path) -> Project:
    """The project with all takes made and measured."""
    project = new_project("Sample", clip.info)
    for number, cue in enumerate(CUES, start=1):
        sound = class_for(cue.class_name)
        chosen_by_words = class_for(sound.cat_id, cue.setup.prompt)
        if chosen_by_words != sound:
            raise ValueError(
                f"'{cue.setup.prompt}' would be made as {chosen_by_words.name}, not {sound.name}"
            )
        event = make_event(f"e{number:03d}", cue, sound)
        project = project.with_event(event, cue.setup)
        takes = [make_take(session, clip, event, cue, seed, sample, workshop) for seed in cue.seeds]
        project = project.with_takes(takes)
        project = replace(
            project,
            starred=project.starred | {take.id for take in takes if take.seed in cue.starred},
            rejected=project.rejected | {take.id for take in takes if take.seed in cue.rejected},
        )
    return project


def make_event(event_id: str, cue: SampleCue, sound: SoundClass) -> Event:
    """A cue as an event."""
    contacts = zip(cue.contacts_s, cue.strengths, strict=True)
    return Event(
        id=event_id,
        lane=cue.lane,
        cat_id=sound.cat_id,
        range=TimeRange.from_seconds(cue.start_s, cue.end_s),
        hit_points=tuple(HitPoint(seconds_to_samples(at_s), strength) for at_s, strength in contacts),
        confidence=cue.confidence,
        reason=cue.reason,
    )


def make_take(
    session: EngineSession, clip: Clip, event: Event, cue: SampleCue, seed: int, sample: Path, workshop: Path
) -> Take:
    """One take with its sync map, printed with its score."""
    order = TakeOrder(
        event=event,
        class_name=cue.class_name,
        prompt=cue.setup.prompt,
        takes=1,
        seed=seed,
        named_by="seed",
    )
    (made,) = session.make_takes(clip, order, workshop)
    take = made.take
    film = clip.info.fingerprint
    place = take_map_path(sample / MAPS, take=take, event=event, clip_fingerprint=film)
    write_sync_map(place, made.sync_map)
    print(f"{take.id:9} {cue.class_name:12} reward {take.score.reward:.2f}  {take.score.offset_in_words()}")
    return take


if __name__ == "__main__":
    sys.exit(main())
