import json
from pathlib import Path

from engine.cli.foley_report import replace_report


def test_files_only_the_earlier_report_names_are_removed(tmp_path: Path) -> None:
    for name in ("stems/old.wav", "stems/new.wav", "stems/mine.wav", "heatmaps/old.png", "preview.mov"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    replace_report({"files": ["stems/old.wav", "heatmaps/old.png", "preview.mov"]}, tmp_path)
    replace_report({"files": ["stems/new.wav", "preview.mp4"]}, tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"stems/new.wav", "stems/mine.wav", "report.json"}


def test_report_that_names_files_elsewhere_is_not_followed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "stems").mkdir(parents=True)
    spared = [tmp_path / "mine.wav", out / "mix.wav", out / "stems" / "a.txt", out / "stems" / ".." / "b.wav"]
    for path in spared:
        path.touch()
    names = ["../mine.wav", str(tmp_path / "mine.wav"), "mix.wav", "stems/a.txt", "stems/../b.wav", 3, None]
    (out / "report.json").write_text(json.dumps({"files": names}), encoding="utf-8")
    replace_report({"files": []}, out)
    assert all(path.exists() for path in spared)


def test_damaged_earlier_report_is_replaced(tmp_path: Path) -> None:
    for content in ("{", "[]", '{"files": 3}', ""):
        (tmp_path / "report.json").write_text(content, encoding="utf-8")
        replace_report({"files": []}, tmp_path)
        assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == {"files": []}
