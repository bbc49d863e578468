import struct
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from engine.errors import InputError, OutputLocationError
from engine.project.project import EventSetup, Lane, Project, new_project
from engine.records import FloatArray
from engine.rendering import WrittenStems, render, write_rendering
from engine.timing import TimeRange
from tests.engine.project import samples

LENGTH = 48_000
NOW = datetime(2026, 3, 9, 7, 5, 4)
# 01:00:00:00 at 24000/1001: 86,400 frames of 2002 samples.
ONE_HOUR_23_976 = 172_972_800
CEILING = 10 ** (-0.1 / 20)


def with_sound(project: Project, event_id: str, lane: str, *, start: int, length: int) -> Project:
    """The project with an event of one chosen take, t_<event>, at a place."""
    event = replace(samples.event(event_id), lane=lane, range=TimeRange(start, start + length), hit_points=())
    take = replace(
        samples.take(f"t_{event_id}", event_id, Path("takes")), range=TimeRange(start, start + length)
    )
    return project.with_event(event).with_takes([take])


def film_project(folder: Path = Path("films")) -> Project:
    return new_project("My Film", replace(samples.clip(folder / "film.mov"), duration_samples=LENGTH))


def two_lanes() -> Project:
    project = with_sound(film_project(), "e001", "feet", start=10_000, length=2_000)
    return with_sound(project, "e002", "props", start=11_000, length=4_000)


def impulse(length: int, at: int, size: float = 0.5) -> FloatArray:
    sound = np.zeros(length, dtype=np.float32)
    sound[at] = size
    return sound


def noise(seed: int, length: int, size: float = 0.4) -> FloatArray:
    return np.random.default_rng(seed).uniform(-size, size, length).astype(np.float32)


def written(project: Project, takes: dict[str, FloatArray], out: Path) -> WrittenStems:
    return write_rendering(render(project, takes=takes), project, out, now=NOW)


def read(path: Path) -> FloatArray:
    sound, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    assert (rate_hz, sound.shape[1]) == (48_000, 1)
    return sound[:, 0]


def decibels(values: FloatArray) -> float:
    return float(20 * np.log10(max(np.abs(values).max(), 1e-12)))


def test_impulse_of_a_take_lies_at_its_sample_in_the_files(tmp_path: Path) -> None:
    takes = {"t_e001": impulse(2_000, 700), "t_e002": np.zeros(4_000, np.float32)}
    files = written(two_lanes(), takes, tmp_path)
    stem = read(files.lanes["feet"])
    assert len(stem) == LENGTH
    assert np.flatnonzero(stem).tolist() == [10_700]
    assert stem[10_700] == 0.5
    assert np.flatnonzero(read(files.mix)).tolist() == [10_700]
    assert np.flatnonzero(read(files.events["e001"])).tolist() == [700]


def test_stems_read_back_sum_to_the_mix(tmp_path: Path) -> None:
    project = with_sound(two_lanes(), "e003", "feet", start=11_500, length=1_000)
    takes = {"t_e001": noise(1, 2_000), "t_e002": noise(2, 4_000), "t_e003": noise(3, 1_000)}
    files = written(project, takes, tmp_path)
    assert list(files.lanes) == ["feet", "moves", "props", "ambience", "fx"]
    stems = [read(path) for path in files.lanes.values()]
    assert {len(stem) for stem in stems} == {LENGTH}
    assert decibels(sum(stems) - read(files.mix)) < -90
    feet = np.zeros(LENGTH)
    feet[10_000:12_000] += read(files.events["e001"])
    feet[11_500:12_500] += read(files.events["e003"])
    assert decibels(feet - read(files.lanes["feet"])) < -90


def test_what_would_clip_is_scaled_alike() -> None:
    # both takes are 0.75 at sample 11,500: the mix would reach 1.5
    takes = {"t_e001": impulse(2_000, 1_500, 0.75), "t_e002": impulse(4_000, 500, 0.75)}
    rendering = render(two_lanes(), takes=takes)
    gain = CEILING / 1.5
    assert rendering.peak == pytest.approx(CEILING)
    assert rendering.gain_db == pytest.approx(20 * np.log10(gain))
    assert rendering.gain_db == pytest.approx(-3.6218, abs=1e-3)
    for lane in ("feet", "props"):
        assert rendering.lanes[lane][0, 11_500] == pytest.approx(0.75 * gain)
    assert [one.sound.max() for one in rendering.laid] == pytest.approx([0.75 * gain] * 2)


def test_lane_that_clips_alone_is_scaled_though_the_mix_would_not() -> None:
    takes = {"t_e001": impulse(2_000, 1_500, 2.0), "t_e002": impulse(4_000, 500, -1.5)}
    rendering = render(two_lanes(), takes=takes)
    assert rendering.lanes["feet"].max() == pytest.approx(CEILING)
    assert rendering.peak == pytest.approx(0.25 * CEILING)


def test_gain_is_exactly_none_where_nothing_clips(tmp_path: Path) -> None:
    takes = {"t_e001": noise(1, 2_000), "t_e002": noise(2, 4_000)}
    files = written(two_lanes(), takes, tmp_path)
    assert files.gain_db == 0
    assert "Level as made" in ixml_of(files.mix).findtext("NOTE", "")


def test_edges_of_a_take_do_not_click() -> None:
    takes = {"t_e001": np.ones(2_000, np.float32) * 0.5, "t_e002": np.zeros(4_000, np.float32)}
    lane = render(two_lanes(), takes=takes).lanes["feet"][0]
    # 5 ms are 240 samples; a raised cosine rises by at most 0.5 * pi / 2 / 240 = 0.0033 a sample
    assert np.abs(np.diff(lane)).max() < 0.0034
    assert (lane[10_240:11_760] == 0.5).all()
    assert 0 < lane[10_000] < 0.001


def test_take_that_reaches_beyond_the_film_is_cut_and_faded_at_its_end() -> None:
    project = with_sound(film_project(), "e001", "fx", start=LENGTH - 1_000, length=2_000)
    rendering = render(project, takes={"t_e001": np.full(2_000, 0.5, np.float32)})
    assert rendering.mix.shape == (1, LENGTH)
    assert rendering.laid[0].placed.range == TimeRange(LENGTH - 1_000, LENGTH)
    assert rendering.mix[0, -1] < 0.001


def test_levels_fades_mute_and_solo_of_the_project_count() -> None:
    project = two_lanes()
    takes = {"t_e001": impulse(2_000, 700), "t_e002": impulse(4_000, 2_000)}
    louder = EventSetup(gain_db=-20.0, fade_in_samples=1_400)
    feet = Lane("feet", "Feet", gain_db=6.0)
    quiet = replace(project, setups={"e001": louder}, lanes=(feet, *project.lanes[1:]))
    # 700.5 of 1,400 samples into the fade: 0.5 - 0.5 cos(pi * 0.500357) = 0.50056
    expected = 0.5 * 0.50056 * 10 ** (-14 / 20)
    assert render(quiet, takes=takes).lanes["feet"].max() == pytest.approx(expected, rel=1e-4)

    muted = replace(project, setups={"e001": EventSetup(muted=True), "e002": EventSetup(status="suggested")})
    assert not render(muted, takes=takes).mix.any()

    solo = replace(project, lanes=(replace(feet, gain_db=0.0, solo=True), *project.lanes[1:]))
    assert list(render(solo, takes=takes).lanes) == ["feet"]
    silent = replace(project, lanes=(replace(feet, muted=True), *project.lanes[1:]))
    assert "feet" not in render(silent, takes=takes).lanes


def test_event_without_a_chosen_take_is_silent() -> None:
    project = film_project().with_event(samples.event("e001"))
    assert render(project).laid == ()
    assert not render(project).mix.any()


def ixml_of(path: Path) -> ElementTree.Element:
    content = path.read_bytes()
    place = content.index(b"iXML")
    (size,) = struct.unpack_from("<I", content, place + 4)
    return ElementTree.fromstring(content[place + 8 : place + 8 + size])


def stamp_of_ixml(path: Path) -> int:
    speed = ixml_of(path).find("SPEED")
    assert speed is not None
    high = int(speed.findtext("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", ""))
    return (high << 32) + int(speed.findtext("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", ""))


def test_files_are_dated_in_bext_and_ixml_alike(tmp_path: Path) -> None:
    takes = {"t_e001": noise(1, 2_000), "t_e002": noise(2, 4_000)}
    files = written(two_lanes(), takes, tmp_path)
    dates = {
        **dict.fromkeys(files.lanes.values(), ONE_HOUR_23_976),
        files.mix: ONE_HOUR_23_976,
        files.events["e001"]: ONE_HOUR_23_976 + 10_000,
        files.events["e002"]: ONE_HOUR_23_976 + 11_000,
    }
    assert len(dates) == 8
    for path, expected in dates.items():
        assert WavInfoReader(str(path)).bext.time_reference == expected
        assert stamp_of_ixml(path) == expected


def test_event_file_tells_where_it_comes_from(tmp_path: Path) -> None:
    files = written(two_lanes(), {"t_e001": noise(1, 2_000), "t_e002": noise(2, 4_000)}, tmp_path)
    about = WavInfoReader(str(files.events["e002"]))
    assert about.bext.description == "Cue 002 props take 1 - boots on gravel"
    assert about.bext.originator_ref == "t_e002"
    assert (about.bext.originator_date, about.bext.originator_time) == ("2026-03-09", "07:05:04")
    assert about.ixml.project == "My Film"
    assert about.ixml.tape == "MSG_PROPS"
    user = ixml_of(files.events["e002"]).findtext("USER", "")
    assert user == (
        "MSG take=t_e002;model=starter;weights=aaaaaaaaaaaaaaaa;licence=CC BY 4.0;adapter=none;seed=7;"
        "steps=25;guidance=4.5;clip=ffffffffffffffff;device=cpu;batch=4;threads=2;prompt=boots on gravel"
    )


def test_file_names_follow_ucs(tmp_path: Path) -> None:
    # sample 10,000 lies in frame 4 (2002 samples a frame), sample 11,000 in frame 5
    files = written(two_lanes(), {"t_e001": noise(1, 2_000), "t_e002": noise(2, 4_000)}, tmp_path)
    assert {path.parent for path in (*files.lanes.values(), *files.events.values())} == {tmp_path / "stems"}
    assert files.mix == tmp_path / "mix.wav"
    assert files.lanes["feet"].name == "FOLYFeet_feet stem_MSG_My Film_01000000.wav"
    assert files.events["e001"].name == "FEETHmn_Footstep On Gravel 001 T1_MSG_My Film_01000004.wav"
    assert files.events["e002"].name == "FEETHmn_Footstep On Gravel 002 T1_MSG_My Film_01000005.wav"


def test_name_without_plain_letters_does_not_stop_the_export(tmp_path: Path) -> None:
    project = replace(two_lanes(), name="映画")
    files = written(project, {"t_e001": noise(1, 2_000), "t_e002": noise(2, 4_000)}, tmp_path)
    assert files.lanes["fx"].name == "DSGNMisc_fx stem_MSG_Project_01000000.wav"
    assert ixml_of(files.mix).findtext("PROJECT") == "映画"


def test_takes_are_read_from_their_files(tmp_path: Path) -> None:
    project = with_sound(film_project(), "e001", "feet", start=0, length=1_000)
    take = replace(project.takes[0], path=tmp_path / "take.wav")
    soundfile.write(take.path, impulse(1_000, 400, 0.25), 48_000, subtype="PCM_24")
    rendering = render(replace(project, takes=(take,)))
    assert rendering.mix[0, 400] == 0.25


def test_take_of_another_length_is_refused() -> None:
    takes = {"t_e001": noise(1, 1_999), "t_e002": noise(2, 4_000)}
    with pytest.raises(InputError, match="Take t_e001 holds 1999 samples, .* 2000: make it again, or"):
        render(two_lanes(), takes=takes)


def test_project_without_a_film_has_no_length() -> None:
    with pytest.raises(InputError, match="Project Empty has no film"):
        render(new_project("Empty"))


def test_file_in_place_of_the_folder_is_a_bad_place(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    project = film_project()
    with pytest.raises(OutputLocationError, match="stems"):
        write_rendering(render(project), project, tmp_path / "out", now=NOW)


def test_cues_are_numbered_in_the_order_of_time() -> None:
    project = with_sound(film_project(), "e001", "feet", start=20_000, length=500)
    project = with_sound(project, "e002", "feet", start=5_000, length=500)
    rendering = render(project, takes={"t_e001": noise(1, 500), "t_e002": noise(2, 500)})
    assert [(one.placed.cue, one.placed.event.id) for one in rendering.laid] == [(1, "e002"), (2, "e001")]
