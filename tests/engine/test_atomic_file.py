import errno
import os
from pathlib import Path

import pytest

from engine.atomic_file import written_atomically
from engine.errors import OutputLocationError, WriteError


def write(path: Path, content: bytes) -> None:
    with written_atomically(path) as temporary:
        temporary.write_bytes(content)


def write_half(path: Path) -> None:
    with written_atomically(path) as temporary:
        temporary.write_bytes(b"half")
        raise KeyError("my own")


def test_file_appears_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "stem.wav"
    with written_atomically(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".wav"
        temporary.write_bytes(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_earlier_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "stem.wav"
    path.write_bytes(b"old and longer")
    write(path, b"new")
    assert path.read_bytes() == b"new"


def test_failure_keeps_the_earlier_file_and_removes_the_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / "stem.wav"
    path.write_bytes(b"old")
    with pytest.raises(KeyError, match="my own"):
        write_half(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_new_file_has_the_rights_other_new_files_have(tmp_path: Path) -> None:
    write(tmp_path / "ours", b"")
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_long_names_are_written(tmp_path: Path) -> None:
    path = tmp_path / f"{'ä' * 120}.wav"  # 244 bytes; names end at 255
    write(path, b"x")
    assert path.read_bytes() == b"x"


def test_missing_folder_is_a_bad_place(tmp_path: Path) -> None:
    with pytest.raises(
        OutputLocationError, match=r"Cannot write .*stem\.wav: the folder does not exist\. Choose"
    ):
        write(tmp_path / "absent" / "stem.wav", b"")


def test_file_in_place_of_the_folder_is_a_bad_place(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(OutputLocationError, match="a part of its path is a file, not a folder"):
        write(tmp_path / "out" / "stem.wav", b"")
    assert (tmp_path / "out").read_bytes() == b"a file"


def test_folder_in_place_of_the_file_is_a_bad_place(tmp_path: Path) -> None:
    (tmp_path / "stem.wav").mkdir()
    with pytest.raises(OutputLocationError, match="a folder has that name"):
        write(tmp_path / "stem.wav", b"")
    assert [entry.name for entry in tmp_path.iterdir()] == ["stem.wav"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_disk_is_a_failed_write(tmp_path: Path) -> None:
    path = tmp_path / "stem.wav"
    with (
        pytest.raises(WriteError, match=r"Writing .*stem\.wav failed, the disk is full: free some space"),
        written_atomically(path),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_device_is_not_replaced_by_a_file() -> None:
    with pytest.raises(OutputLocationError, match="Cannot write /dev/full"):
        write(Path("/dev/full"), b"x")
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.EFBIG, WriteError, "larger than this disk or account allows"),
        (errno.EIO, WriteError, "the disk has an error"),
        (errno.ENOTCONN, WriteError, os.strerror(errno.ENOTCONN)),
        (errno.EROFS, OutputLocationError, "the disk is read-only"),
        (errno.EACCES, OutputLocationError, "permission is missing"),
    ],
)
def test_system_errors_become_sentences(
    tmp_path: Path, number: int, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words), written_atomically(tmp_path / "stem.wav"):
        raise OSError(number, os.strerror(number))
    assert list(tmp_path.iterdir()) == []


def test_error_about_another_file_passes_through(tmp_path: Path) -> None:
    absent = tmp_path / "source.wav"
    with pytest.raises(FileNotFoundError), written_atomically(tmp_path / "stem.wav"):
        absent.read_bytes()
    assert list(tmp_path.iterdir()) == []
