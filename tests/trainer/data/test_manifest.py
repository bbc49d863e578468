from pathlib import Path

import pytest

from engine.errors import InputError
from trainer.data.manifest import FilmRow, read_manifest

HEADER = "file,start_s,duration_s,label,split\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "films.csv"
    path.write_text(text, encoding="utf-8")
    return path


def own(path: Path, split: str = "train") -> list[FilmRow]:
    return read_manifest(path, kind="films", films=None, split=split)


def test_own_rows_carry_stretches_and_paths_beside_the_manifest(tmp_path: Path) -> None:
    path = written(
        tmp_path, HEADER + 'a.mp4,,,"bark, dog",train\n\nsub/b.mov,12.5,8,door,train\nc.mp4,,,x,test\n'
    )
    assert own(path) == [
        FilmRow(2, tmp_path / "a.mp4", 0.0, None, "bark, dog", "train"),
        FilmRow(4, tmp_path / "sub" / "b.mov", 12.5, 8.0, "door", "train"),
    ]
    assert [row.number for row in own(path, "test")] == [5]


def test_vggsound_rows_find_either_name(tmp_path: Path) -> None:
    (tmp_path / "--a_b_000030.mp4").touch()
    (tmp_path / "cd_70.webm").touch()
    path = written(
        tmp_path, '--a_b,30,"people eating, noisily",train\ncd,70,train horning,train\ngone,5,x,train\n'
    )
    rows = read_manifest(path, kind="vggsound", films=tmp_path, split="train")
    assert [row.path.name for row in rows] == ["--a_b_000030.mp4", "cd_70.webm", "gone_000005.mp4"]
    assert rows[0] == FilmRow(1, tmp_path / "--a_b_000030.mp4", 0.0, None, "people eating, noisily", "train")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,label\na.mp4,x\n", "begins with 'file,label'"),
        ("", "begins with ''"),
        (HEADER + "a.mp4,,,train\n", "line 2 has 4 cells, wanted 5"),
        (HEADER + "a.mp4,0:30,,x,train\n", "line 2: start_s '0:30' is no time: write seconds"),
        (HEADER + "a.mp4,,,x,train\na.mp4,-1,,x,train\n", "line 3: start_s '-1' is no time"),
        (HEADER + "a.mp4,,nan,x,train\n", "duration_s 'nan' is no time"),
        (HEADER + "a.mp4,,0,x,train\n", "duration_s is 0: give more"),
        (HEADER + ",,,x,train\n", "line 2: file is empty"),
        (HEADER + "a.mp4,,,x,test\n", "no row of split 'train' .it has: test."),
        (HEADER + 'a.mp4,,,"x,train\n', "is no CSV in UTF-8"),
    ],
)
def test_malformed_manifest_is_refused_with_line_value_and_remedy(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        own(written(tmp_path, text))


@pytest.mark.parametrize("line", ["abc,3.5,x,train", ",30,x,train", "abc,-3,x,train"])
def test_malformed_vggsound_row_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match="line 1: .* is no id and start in whole seconds"):
        read_manifest(written(tmp_path, line), kind="vggsound", films=tmp_path, split="train")


def test_manifest_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read .No such file"):
        own(tmp_path / "none.csv")
    (tmp_path / "films.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is no CSV in UTF-8"):
        own(tmp_path / "films.csv")


def test_vggsound_manifest_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give their folder"):
        read_manifest(written(tmp_path, "a,1,x,train"), kind="vggsound", films=None, split="train")
