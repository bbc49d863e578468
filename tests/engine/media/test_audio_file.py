from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from av.audio.frame import AudioFrame

from engine.errors import InputError, MediaError
from engine.media.audio_file import audio_blocks, clip_audio_blocks, read_audio, read_clip_audio, read_take
from tests.coded_film import even_pts, impulse_at, make_film
from tests.engine.media.conftest import IMPULSE
from tests.engine.project import samples

FILM_48K = 160_160  # 100 pictures at 30000/1001


def sine(hz: float, *, rate_hz: int, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(np.float32)


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le", "pcm_f32le"])
def test_impulse_in_mov_comes_back_at_its_sample(tmp_path: Path, codec: str) -> None:
    sound = impulse_at(IMPULSE, length=FILM_48K, channels=2)
    path = make_film(tmp_path / "film.mov", pts=even_pts(100), sound=sound, sound_codec=codec)
    read = read_clip_audio(path)
    assert read.shape == sound.shape
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, sound, atol=2**-15)
    assert np.flatnonzero(np.abs(read[0]) > 1e-4).tolist() == [IMPULSE]


@pytest.mark.parametrize("name", ["long_gop.mp4", "plain.mkv"])
def test_impulse_in_aac_comes_back_at_its_sample(films: Path, name: str) -> None:
    read = read_clip_audio(films / name)
    assert int(np.argmax(np.abs(read[0]))) == IMPULSE
    assert read.shape[1] == (480_480 if name == "long_gop.mp4" else FILM_48K)


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("apart.mp4", 12_000 + IMPULSE),  # both tracks have an edit of their own
        ("negative_start.ts", IMPULSE),
    ],
)
def test_tracks_with_offsets_of_their_own_meet_at_the_first_picture(
    films: Path, name: str, sample: int
) -> None:
    assert int(np.argmax(np.abs(read_clip_audio(films / name)[0]))) == sample


def test_sound_counts_from_the_first_picture_of_a_late_one(tmp_path: Path) -> None:
    # Pictures begin at 0.1 s = 4800 samples, the sound at 0.
    pts = [time + 9000 for time in even_pts(100)]
    sound = impulse_at(IMPULSE, length=FILM_48K)
    path = make_film(tmp_path / "film.mov", pts=pts, sound=sound, sound_codec="pcm_s24le")
    read = read_clip_audio(path)
    assert read.shape == (1, FILM_48K)
    assert int(np.argmax(read[0])) == IMPULSE - 4800


def test_late_sound_is_preceded_by_silence(tmp_path: Path) -> None:
    sound = impulse_at(100, length=48_000)
    path = make_film(
        tmp_path / "film.mov", pts=even_pts(100), sound=sound, sound_codec="pcm_s24le", sound_start=12_000
    )
    read = read_clip_audio(path)
    assert read.shape == (1, FILM_48K)
    assert np.flatnonzero(read[0]).tolist() == [12_100]


def test_pictures_before_the_edit_do_not_move_the_sound(tmp_path: Path) -> None:
    pts = [time - 30_030 for time in even_pts(100)]
    path = make_film(
        tmp_path / "film.mov",
        pts=pts,
        sound=impulse_at(IMPULSE, length=FILM_48K),
        sound_codec="pcm_s24le",
    )
    assert int(np.argmax(read_clip_audio(path)[0])) == IMPULSE


def test_film_sound_is_resampled_on_the_film_timeline(films: Path) -> None:
    read = read_clip_audio(films / "long_gop.mp4", rate_hz=44_100)
    assert read.shape == (1, 441_441)  # 10.01 s
    assert int(np.argmax(np.abs(read[0]))) == 22_050


def test_silent_film_is_refused_in_a_sentence(films: Path) -> None:
    with pytest.raises(MediaError, match=r"short_gop\.mp4 has no sound track that can be decoded: choose"):
        read_clip_audio(films / "short_gop.mp4")


@pytest.mark.parametrize(
    ("suffix", "subtype", "exact"),
    [
        ("wav", "PCM_U8", 2**-7),
        ("wav", "PCM_16", 2**-15),
        ("wav", "PCM_24", 2**-23),
        ("wav", "FLOAT", 0.0),
        ("flac", "PCM_24", 2**-23),
        ("aiff", "PCM_24", 2**-23),
    ],
)
def test_sound_files_are_read_exactly(tmp_path: Path, suffix: str, subtype: str, exact: float) -> None:
    sound = np.stack([sine(440, rate_hz=44_100, seconds=0.3), sine(997, rate_hz=44_100, seconds=0.3)])
    path = tmp_path / f"sound.{suffix}"
    soundfile.write(path, sound.T, 44_100, subtype=subtype)
    read = read_audio(path, rate_hz=44_100)
    assert read.shape == sound.shape
    assert np.abs(read - sound).max() <= exact


def test_float_file_above_full_scale_is_not_limited(tmp_path: Path) -> None:
    path = tmp_path / "hot.wav"
    soundfile.write(path, np.array([0.0, 1.5, -2.0], dtype=np.float32), 48_000, subtype="FLOAT")
    assert read_audio(path, rate_hz=48_000).tolist() == [[0.0, 1.5, -2.0]]


def test_sound_of_a_film_can_be_read_as_a_sound_file(films: Path) -> None:
    assert int(np.argmax(np.abs(read_audio(films / "long_gop.mp4", rate_hz=48_000)[0]))) == IMPULSE


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is empty"), (b"no sound at all\n" * 100, "is not a film or sound file")],
)
def test_bad_sound_file_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=sentence):
        read_audio(path, rate_hz=48_000)


def test_cut_wav_is_read_up_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, np.full(48_000, 0.25, dtype=np.float32), 48_000, subtype="PCM_16")
    path.write_bytes(path.read_bytes()[:-48_000])
    read = read_audio(path, rate_hz=48_000)
    assert read.shape == (1, 24_000)
    assert np.all(read == 0.25)


def test_gap_in_the_sound_is_silence(tmp_path: Path) -> None:
    path = tmp_path / "gap.mkv"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("pcm_s16le", rate=48_000)
        stream.layout = "mono"
        for start in (0, 48_000):
            frame = AudioFrame.from_ndarray(np.full((1, 24_000), 8192, np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, start
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    read = read_audio(path, rate_hz=48_000)
    assert read.shape == (1, 72_000)
    assert np.all(read[0, :24_000] == 0.25)
    assert np.all(read[0, 24_000:48_000] == 0)
    assert np.all(read[0, 48_000:] == 0.25)


def test_blocks_are_the_whole_sound_in_pieces(tmp_path: Path) -> None:
    # 10 s of two tones at 44.1 kHz: several blocks, and a rate that changes on the way.
    sound = np.stack([sine(hz, rate_hz=44_100, seconds=10) for hz in (440, 997)])
    path = tmp_path / "tones.wav"
    soundfile.write(path, sound.T, 44_100, subtype="FLOAT")
    blocks = list(audio_blocks(path, rate_hz=48_000))
    assert len(blocks) > 4
    assert max(block.shape[1] for block in blocks) < 100_000
    whole = np.concatenate(blocks, axis=1)
    np.testing.assert_array_equal(whole, read_audio(path, rate_hz=48_000))
    wanted = np.stack([sine(hz, rate_hz=48_000, seconds=10) for hz in (440, 997)])
    assert whole.shape == wanted.shape
    assert np.abs(whole - wanted)[:, 200:-200].max() < 1e-4


def test_blocks_of_a_film_fill_its_length_with_silence(tmp_path: Path) -> None:
    # 300 pictures are 480,480 samples; the sound lasts one second, from 2 s on.
    sound = np.full((1, 48_000), 0.5, dtype=np.float32)
    path = make_film(
        tmp_path / "film.mov", pts=even_pts(300), sound=sound, sound_codec="pcm_s24le", sound_start=96_000
    )
    blocks = list(clip_audio_blocks(path))
    assert max(block.shape[1] for block in blocks) <= 1 << 17
    whole = np.concatenate(blocks, axis=1)
    assert whole.shape == (1, 480_480)
    assert np.flatnonzero(whole[0]).tolist() == list(range(96_000, 144_000))


def test_take_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    take = samples.take("t1", "e001", tmp_path)
    with pytest.raises(InputError, match=r"Take t1 cannot be read from .*t1\.wav: make it again"):
        read_take(take)
    take.path.write_text("no sound")
    with pytest.raises(InputError, match="cannot be read"):
        read_take(take)
    soundfile.write(take.path, np.zeros((10, 2)), 44_100)
    with pytest.raises(InputError, match="2 channels at 44100 Hz, wanted is mono at 48000 Hz"):
        read_take(take)
