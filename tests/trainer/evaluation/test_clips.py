from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import InputError
from tests.coded_film import even_pts, make_film
from tests.engine.small_networks import small_cavp
from trainer.evaluation.clips import hits_of_clip, read_clip_manifest

MANIFEST = "file,onsets_s,onset_confidence\na.mp4,0.5 1.25,high (by hand)\nb.mp4,,low\n"


def test_manifest_gives_films_onsets_and_the_first_word_of_trust(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text(MANIFEST, encoding="utf-8")
    one, other = read_clip_manifest(tmp_path)
    assert (one.path, one.onsets_s, one.trust) == (tmp_path / "a.mp4", (0.5, 1.25), "high")
    assert (other.onsets_s, other.trust) == ((), "low")


def test_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"manifest\.csv is missing"):
        read_clip_manifest(tmp_path)


def test_baseline_may_find_as_many_hits_as_we_did(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text(MANIFEST, encoding="utf-8")
    make_film(tmp_path / "a.mp4", pts=even_pts(60, Fraction(25)))
    found = hits_of_clip(small_cavp(), read_clip_manifest(tmp_path)[0])
    assert found.ours.true == found.baseline.true == 2
    assert found.baseline.found <= found.ours.found
