import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import InputError, OutputLocationError, WriteError
from engine.project.project import new_project
from engine.project.take_files import add_take_file, missing_takes, sound_hash, with_takes_inside
from tests.engine.project.samples import event, take, wav_bytes, write_wav

SOUND = b"\x01\x02\x03\x04"
# A chunk of odd size is followed by a pad byte.
ODD_CHUNK = b"junk\x03\x00\x00\x00abc\x00"


def test_take_is_named_by_the_hash_of_its_sound(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "t.wav", SOUND)
    digest = hashlib.sha256(SOUND).hexdigest()
    place = add_take_file(tmp_path / "P.msgproj", wav)
    assert place == tmp_path / "P.msgproj" / "takes" / digest[:2] / f"{digest}.wav"
    assert place.read_bytes() == wav.read_bytes()


def test_words_around_the_sound_do_not_change_its_hash(tmp_path: Path) -> None:
    (tmp_path / "t.wav").write_bytes(wav_bytes(SOUND, before=ODD_CHUNK))
    assert sound_hash(tmp_path / "t.wav") == hashlib.sha256(SOUND).hexdigest()


def test_same_sound_is_kept_once_and_never_changed(tmp_path: Path) -> None:
    first = add_take_file(tmp_path, write_wav(tmp_path / "a.wav", SOUND))
    content = first.read_bytes()
    (tmp_path / "b.wav").write_bytes(wav_bytes(SOUND, before=ODD_CHUNK))
    assert add_take_file(tmp_path, tmp_path / "b.wav") == first
    assert first.read_bytes() == content
    assert len(list(tmp_path.rglob("takes/**/*.wav"))) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a WAV"),
        (b"text that is no sound", "not a WAV"),
        (wav_bytes(SOUND)[:-1], "1 bytes are missing"),
        (wav_bytes(SOUND)[:20], "cut short"),
    ],
)
def test_files_that_are_no_whole_wav_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "t.wav").write_bytes(content)
    with pytest.raises(InputError, match=message):
        add_take_file(tmp_path / "P", tmp_path / "t.wav")
    assert not (tmp_path / "P").exists()


def test_absent_take_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.wav: No such file"):
        add_take_file(tmp_path, tmp_path / "gone.wav")


def test_file_in_place_of_the_takes_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "takes").write_text("")
    with pytest.raises((OutputLocationError, WriteError), match="takes"):
        add_take_file(tmp_path, write_wav(tmp_path / "t.wav"))


def test_takes_elsewhere_are_brought_in_and_missing_ones_kept(tmp_path: Path) -> None:
    folder = tmp_path / "P.msgproj"
    inside = replace(take("t1", "e1", tmp_path), path=folder / "takes" / "ab" / "ab1.wav")
    outside, gone = take("t2", "e1", tmp_path), take("t3", "e1", tmp_path)
    write_wav(outside.path, SOUND)
    project = new_project("P").with_event(event("e1")).with_takes([inside, outside, gone])
    brought = with_takes_inside(project, folder)
    digest = hashlib.sha256(SOUND).hexdigest()
    assert [one.path.relative_to(folder).as_posix() for one in brought.takes] == [
        "takes/ab/ab1.wav",
        f"takes/{digest[:2]}/{digest}.wav",
        "takes/t3/t3.wav",
    ]
    assert missing_takes(brought) == ("t1", "t3")
