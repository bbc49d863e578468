from pathlib import Path

import pytest

from engine.assets import _assets_folder, asset_path
from engine.errors import MissingComponentError


def test_asset_path_leads_to_a_file_of_the_checkout() -> None:
    assert asset_path("ucs", "classes.tsv").is_file()


def test_installed_assets_win_over_a_folder_beside_the_package(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "engine" / "_assets").mkdir(parents=True)
    assert _assets_folder(tmp_path / "engine") == tmp_path / "engine" / "_assets"


def test_missing_assets_are_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(MissingComponentError, match="Install the program again"):
        _assets_folder(tmp_path / "engine")
