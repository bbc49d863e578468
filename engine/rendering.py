"""From chosen takes to stems and mix, and to the files that carry them into a sound program.

All sound is mono float32 at 48 kHz. Letters: N samples of the clip, S samples of one sound.
"""

import math
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import soundfile

from engine.atomic_file import disk_error
from engine.errors import InputError
from engine.media.bwf import BroadcastInfo, write_bwf
from engine.project.project import EventSetup, Project
from engine.records import Event, FloatArray, Take
from engine.timecode import format_timecode, time_reference
from engine.timing import PROJECT_RATE_HZ, TimeRange
from engine.ucs import class_for, load_classes, ucs_file_name

CEILING_DB = -0.1
EDGE_FADE_SAMPLES = PROJECT_RATE_HZ // 200  # 5 ms
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
        cue: Number in the cue sheet, from 1 in the order of time.
        event: The event.
        take: Its chosen take.
        take_number: Place among the event's takes, from 1.
        range: Where the sound lies; the take's range, cut to the clip.
        sound: (1, S) with gains and fades.
    """

    cue: int
    event: Event
    take: Take
    take_number: int
    range: TimeRange
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

    Gains, fades (at least 5 ms, so that no edge clicks), muted and solo are those of the
    project; pan is for stereo listening and not used. Suggested events do not sound. If a
    lane, a take or the mix would rise above -0.1 dBFS, all of them are scaled alike.

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
    lanes = {name: np.zeros((1, length), dtype=np.float32) for name in _audible_lanes(project)}
    laid = [
        _laid_take(*sounding, project=project, given=takes or {}, length=length)
        for sounding in _sounding_cues(project, lanes)
    ]
    for one in laid:
        lanes[one.event.lane][:, one.range.start_samples : one.range.end_samples] += one.sound
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
        events[one.event.id] = stems / _event_file_name(one, project, creator)
        _write(events[one.event.id], one.sound, _event_info(one, rendering, project, now))
    mix = out / "mix.wav"
    _write(mix, rendering.mix, _mix_info(rendering, project, now))
    return WrittenStems(lanes, events, mix, rendering.gain_db, rendering.peak)


def read_take(take: Take) -> FloatArray:
    """The sound of a take's file, (S,).

    Raises:
        InputError: When the file is not there, cannot be read, or is not mono at 48 kHz.
    """
    try:
        sound, rate_hz = soundfile.read(take.path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise InputError(f"Take {take.id} cannot be read from {take.path}: make it again.") from error
    if rate_hz != PROJECT_RATE_HZ or sound.shape[1] != 1:
        raise InputError(
            f"Take {take.id} at {take.path} has {sound.shape[1]} channels at {rate_hz} Hz, "
            f"wanted is mono at {PROJECT_RATE_HZ} Hz: make it again."
        )
    mono: FloatArray = sound[:, 0]
    return mono


def _audible_lanes(project: Project) -> list[str]:
    solo = any(lane.solo for lane in project.lanes)
    return [lane.name for lane in project.lanes if not lane.muted and (lane.solo or not solo)]


def _sounding_cues(project: Project, lanes: Container[str]) -> Iterator[tuple[int, Event, Take]]:
    """Cue number, event and chosen take of all that sounds, numbered as in the cue sheet."""
    length = project.clip.duration_samples if project.clip else 0
    for cue, event in enumerate(_in_time(project.events), start=1):
        take, setup = project.chosen_take(event.id), project.setup(event.id)
        silent = event.lane not in lanes or setup.muted or setup.status == "suggested"
        if (
            take is not None
            and not silent
            and take.range.start_samples < length
            and take.range.end_samples > 0
        ):
            yield cue, event, take


def _in_time(events: Iterable[Event]) -> list[Event]:
    """The order of the cue sheet."""
    return sorted(events, key=lambda event: (event.range.start_samples, event.range.end_samples))


def _laid_take(
    cue: int, event: Event, take: Take, *, project: Project, given: Mapping[str, FloatArray], length: int
) -> LaidTake:
    setup = project.setup(event.id)
    lane_db = next(lane.gain_db for lane in project.lanes if lane.name == event.lane)
    # An event moved to either end of the film may leave a part of its take outside.
    where = TimeRange(max(0, take.range.start_samples), min(take.range.end_samples, length))
    outside = where.start_samples - take.range.start_samples
    sound = _take_sound(take, given)[outside:][: where.duration_samples]
    level = np.float32(10 ** ((setup.gain_db + lane_db) / 20))
    number = [other.id for other in project.takes_of(event.id)].index(take.id) + 1
    return LaidTake(cue, event, take, number, where, (sound * _fades(len(sound), setup) * level)[None])


def _take_sound(take: Take, given: Mapping[str, FloatArray]) -> FloatArray:
    sound = given[take.id].reshape(-1) if take.id in given else read_take(take)
    if len(sound) != take.range.duration_samples:
        raise InputError(
            f"Take {take.id} holds {len(sound)} samples, its place on the timeline "
            f"{take.range.duration_samples}: make it again."
        )
    return sound


def _fades(length: int, setup: EventSetup) -> FloatArray:
    """Raised-cosine slopes at both ends, (S,); they meet in the middle of a very short sound."""
    level = np.ones(length, dtype=np.float32)
    fade_in = min(max(setup.fade_in_samples, EDGE_FADE_SAMPLES), length)
    fade_out = min(max(setup.fade_out_samples, EDGE_FADE_SAMPLES), length)
    level[:fade_in] *= _slope(fade_in)
    level[length - fade_out :] *= _slope(fade_out)[::-1]
    return level


def _slope(length: int) -> FloatArray:
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)).astype(np.float32)


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


def _event_file_name(one: LaidTake, project: Project, creator: str) -> str:
    name = f"{_class_words(one, project).title()} {one.cue:03} T{one.take_number}"
    digits = _label_digits(project, one.range.start_samples)
    return ucs_file_name(one.event.cat_id, name, creator, _source(project), digits)


def _source(project: Project) -> str:
    """The project's name, where it has letters that a file name can hold."""
    return project.name if any(sign.isascii() and sign.isalnum() for sign in project.name) else "Project"


def _label_digits(project: Project, sample: int) -> str:
    label = format_timecode(project.rate, project.start_label, sample)
    return label.replace(":", "").replace(";", "")


def _class_words(one: LaidTake, project: Project) -> str:
    """What our classes call the event; its CatID where it is none of ours."""
    if one.event.cat_id not in {sound.cat_id for sound in load_classes()}:
        return one.event.cat_id
    return class_for(one.event.cat_id, _prompt(one, project)).words[0]


def _prompt(one: LaidTake, project: Project) -> str:
    return one.take.prompt or project.setup(one.event.id).prompt


def _event_info(one: LaidTake, rendering: Rendering, project: Project, now: datetime) -> BroadcastInfo:
    what = _prompt(one, project) or _class_words(one, project)
    lane = one.event.lane
    return _info(
        project,
        now,
        description=f"Cue {one.cue:03} {lane} take {one.take_number} - {what}",
        reference=one.take.id,
        sample=one.range.start_samples,
        tape=f"MSG_{lane.upper()}",
        take=one.take_number,
        note=f"Cue {one.cue:03} {what}. {_gain_words(rendering)}",
        track=lane.upper(),
        provenance=provenance(one.take),
    )


def _lane_info(lane: str, rendering: Rendering, project: Project, now: datetime) -> BroadcastInfo:
    laid = [one for one in rendering.laid if one.event.lane == lane]
    return _info(
        project,
        now,
        description=f"{lane} stem, {len(laid)} cues - {project.name}",
        reference=f"{project.id[:16]}_{lane}",
        sample=0,
        tape=f"MSG_{lane.upper()}",
        take=1,
        note=f"Full-length stem of the {lane} lane, {len(laid)} cues. {_gain_words(rendering)}",
        track=lane.upper(),
        provenance=" | ".join(provenance(one.take) for one in laid) or "empty",
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
        provenance=" | ".join(provenance(one.take) for one in rendering.laid) or "empty",
    )


def provenance(take: Take) -> str:
    """How a take was made, in one line."""
    return (
        f"take={take.id};model={take.model};weights={take.model_sha256[:16]};"
        f"licence={take.weights_licence};adapter=none;seed={take.seed};steps={take.steps};"
        f"guidance={take.guidance:g};clip={take.clip_fingerprint[:16]};device={take.device};"
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
