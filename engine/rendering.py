"""From chosen takes to stems and mix, and to the files that carry them into a sound program.

All sound is mono float32 at 48 kHz. Letters: N samples of the clip, S samples of one sound.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from engine.atomic_file import disk_error
from engine.errors import InputError
from engine.media.audio_file import read_take
from engine.media.bwf import BroadcastInfo, write_bwf
from engine.project.mix_rules import PlacedTake, audible_lanes, sounding_takes
from engine.project.project import Project
from engine.records import FloatArray, Take
from engine.timecode import format_timecode, time_reference
from engine.timing import PROJECT_RATE_HZ
from engine.ucs import class_for, load_classes, ucs_file_name

CEILING_DB = -0.1
CREATOR = "MSG"

_PROGRAM = "MultiSoundGen Studio"
_LANE_CAT_IDS = {
    "feet": "FOLYFeet",
    "moves": "FOLYClth",
    "props": "FOLYProp",
    "ambience": "AMBMisc",
    "fx": "DSGNMisc",
}
_ANY_CAT_ID = "FOLYMisc"
_LONGEST_REFERENCE = 32


@dataclass(frozen=True)
class LaidTake:
    """The chosen take of an event as it sounds in its lane.

    Attributes:
        placed: The take and its place.
        sound: (1, S) with gains and fades.
    """

    placed: PlacedTake
    sound: FloatArray


@dataclass(frozen=True)
class Rendering:
    """What a project sounds like.

    Attributes:
        lanes: (1, N) by lane name, in the project's order; muted lanes are left out.
        laid: The takes in the lanes, in the order of time.
        mix: (1, N), the sum of the lanes.
        gain_db: What lanes, takes and mix were all scaled by so that none clips; 0 mostly.
        peak: Largest magnitude of the mix, after that gain.
    """

    lanes: Mapping[str, FloatArray]
    laid: tuple[LaidTake, ...]
    mix: FloatArray
    gain_db: float
    peak: float


@dataclass(frozen=True)
class WrittenStems:
    """The files of a rendering.

    Attributes:
        lanes: One full-length file by lane name.
        events: One dated file by event id.
        mix: The mix.
        gain_db: As in the rendering.
        peak: As in the rendering.
    """

    lanes: Mapping[str, Path]
    events: Mapping[str, Path]
    mix: Path
    gain_db: float
    peak: float


def render(project: Project, *, takes: Mapping[str, FloatArray] | None = None) -> Rendering:
    """Lay every chosen take at its sample and add up lanes and mix.

    What sounds, its gains and its fades are those of ``engine.project.mix_rules``. If a lane, a
    take or the mix would rise above -0.1 dBFS, all of them are scaled alike.

    Args:
        project: The project; its film gives the length.
        takes: (1, S) or (S,) by take id, in place of the takes' files.

    Raises:
        InputError: When no film is chosen, or a take cannot be read or has another length
            than it should.
    """
    if project.clip is None:
        raise InputError(f"Project {project.name} has no film, so there is no length to render: choose one.")
    length = project.clip.duration_samples
    lanes = {lane.name: np.zeros((1, length), dtype=np.float32) for lane in audible_lanes(project)}
    laid = [_laid_take(placed, takes or {}) for placed in sounding_takes(project)]
    for one in laid:
        where = one.placed.range
        lanes[one.placed.event.lane][:, where.start_samples : where.end_samples] += one.sound
    mix = np.zeros((1, length), dtype=np.float32)
    for lane in lanes.values():
        mix += lane
    sounds = [mix, *lanes.values(), *(one.sound for one in laid)]
    gain = _common_gain(sounds)
    if gain < 1:
        for sound in sounds:
            sound *= np.float32(gain)
    return Rendering(lanes, tuple(laid), mix, gain_db=20 * math.log10(gain), peak=_peak(mix))


def write_rendering(
    rendering: Rendering, project: Project, out: Path, *, now: datetime, creator: str = CREATOR
) -> WrittenStems:
    """Write OUT/stems/*.wav and OUT/mix.wav as dated 24-bit broadcast wave files.

    Args:
        rendering: What ``render`` gave for this project.
        project: Names, timecode and provenance.
        out: Folder to write into; made where it is missing.
        now: Date of origin the files carry.
        creator: Creator block of the UCS file names.

    Raises:
        InputError: When the creator leaves nothing for a file name.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    stems = out / "stems"
    try:
        stems.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(stems, errno=error.errno, words=str(error.strerror or error)) from error
    lanes: dict[str, Path] = {}
    for name, sound in rendering.lanes.items():
        lanes[name] = stems / _lane_file_name(name, project, creator)
        _write(lanes[name], sound, _lane_info(name, rendering, project, now))
    events: dict[str, Path] = {}
    for one in rendering.laid:
        path = stems / _event_file_name(one.placed, project, creator)
        _write(path, one.sound, _event_info(one.placed, rendering, project, now))
        events[one.placed.event.id] = path
    mix = out / "mix.wav"
    _write(mix, rendering.mix, _mix_info(rendering, project, now))
    return WrittenStems(lanes, events, mix, rendering.gain_db, rendering.peak)


def _laid_take(placed: PlacedTake, given: Mapping[str, FloatArray]) -> LaidTake:
    take = placed.take
    sound = given[take.id].reshape(-1) if take.id in given else read_take(take)
    return LaidTake(placed, (placed.shaped(sound) * np.float32(placed.level))[None])


def _common_gain(sounds: Iterable[FloatArray]) -> float:
    peak = max((_peak(sound) for sound in sounds), default=0.0)
    ceiling = 10 ** (CEILING_DB / 20)
    return min(1.0, ceiling / peak) if peak > 0 else 1.0


def _peak(sound: FloatArray) -> float:
    return max(float(sound.max(initial=0.0)), -float(sound.min(initial=0.0)))


def _write(path: Path, sound: FloatArray, info: BroadcastInfo) -> None:
    write_bwf(path, sound, rate_hz=PROJECT_RATE_HZ, info=info)


def _lane_file_name(lane: str, project: Project, creator: str) -> str:
    cat_id = _LANE_CAT_IDS.get(lane, _ANY_CAT_ID)
    return ucs_file_name(cat_id, f"{lane} stem", creator, _source(project), _label_digits(project, 0))


def _event_file_name(placed: PlacedTake, project: Project, creator: str) -> str:
    name = f"{_class_words(placed).title()} {placed.cue:03} T{placed.take_number}"
    digits = _label_digits(project, placed.range.start_samples)
    return ucs_file_name(placed.event.cat_id, name, creator, _source(project), digits)


def _source(project: Project) -> str:
    """The project's name, where it has letters that a file name can hold."""
    return project.name if any(sign.isascii() and sign.isalnum() for sign in project.name) else "Project"


def _label_digits(project: Project, sample: int) -> str:
    label = format_timecode(project.rate, project.start_label, sample)
    return label.replace(":", "").replace(";", "")


def _class_words(placed: PlacedTake) -> str:
    """What our classes call the event; its CatID where it is none of ours."""
    cat_id = placed.event.cat_id
    if cat_id not in {sound.cat_id for sound in load_classes()}:
        return cat_id
    return class_for(cat_id, _prompt(placed)).words[0]


def _prompt(placed: PlacedTake) -> str:
    return placed.take.prompt or placed.setup.prompt


def _event_info(placed: PlacedTake, rendering: Rendering, project: Project, now: datetime) -> BroadcastInfo:
    what = _prompt(placed) or _class_words(placed)
    lane = placed.event.lane
    return _info(
        project,
        now,
        description=f"Cue {placed.cue:03} {lane} take {placed.take_number} - {what}",
        reference=placed.take.id,
        sample=placed.range.start_samples,
        tape=f"MSG_{lane.upper()}",
        take=placed.take_number,
        note=f"Cue {placed.cue:03} {what}. {_gain_words(rendering)}",
        track=lane.upper(),
        provenance=provenance(placed.take),
    )


def _lane_info(lane: str, rendering: Rendering, project: Project, now: datetime) -> BroadcastInfo:
    takes = [one.placed.take for one in rendering.laid if one.placed.event.lane == lane]
    return _info(
        project,
        now,
        description=f"{lane} stem, {len(takes)} cues - {project.name}",
        reference=f"{project.id[:16]}_{lane}",
        sample=0,
        tape=f"MSG_{lane.upper()}",
        take=1,
        note=f"Full-length stem of the {lane} lane, {len(takes)} cues. {_gain_words(rendering)}",
        track=lane.upper(),
        provenance=_provenance_of(takes),
    )


def _mix_info(rendering: Rendering, project: Project, now: datetime) -> BroadcastInfo:
    return _info(
        project,
        now,
        description=f"Mix of {len(rendering.lanes)} lanes - {project.name}",
        reference=f"{project.id[:16]}_mix",
        sample=0,
        tape="MSG_MIX",
        take=1,
        note=f"Sum of the lane stems. {_gain_words(rendering)}",
        track="MIX",
        provenance=_provenance_of(one.placed.take for one in rendering.laid),
    )


def _provenance_of(takes: Iterable[Take]) -> str:
    return " | ".join(map(provenance, takes)) or "empty"


def provenance(take: Take) -> str:
    """How a take was made, in one line."""
    return (
        f"take={take.id};model={take.model};weights={take.model_sha256[:16]};"
        f"licence={take.weights_licence};adapter={take.adapter[:16] or 'none'};seed={take.seed};"
        f"steps={take.steps};guidance={take.guidance:g};clip={take.clip_fingerprint[:16]};device={take.device};"
        f"batch={take.batch};threads={take.threads};prompt={take.prompt}"
    )


def _gain_words(rendering: Rendering) -> str:
    if rendering.gain_db == 0:
        return "Level as made."
    return f"All stems and the mix scaled by {rendering.gain_db:.2f} dB to keep from clipping."


def _info(
    project: Project,
    now: datetime,
    *,
    description: str,
    reference: str,
    sample: int,
    tape: str,
    take: int,
    note: str,
    track: str,
    provenance: str,
) -> BroadcastInfo:
    return BroadcastInfo(
        description=description,
        originator_reference=reference[:_LONGEST_REFERENCE],
        time_reference=time_reference(project.rate, project.start_label, sample),
        frame_rate=project.rate.fps,
        drop_frame=project.rate.drop_frame,
        project=project.name,
        scene=project.clip.path.stem if project.clip else "",
        tape=tape,
        take=take,
        circled=True,
        note=note,
        track_names=(track,),
        user=f"MSG {provenance}",
        coding_history=f"{_PROGRAM};{provenance}",
        loudness_lufs=None,
        origination=now,
    )
