"""Where the files that come with the program lie, in a checkout and in an installed wheel."""

from pathlib import Path

from engine.errors import MissingComponentError


def asset_path(*parts: str) -> Path:
    """Path of a bundled file or folder; whether it exists is for the caller to see.

    Args:
        *parts: Path below the assets folder, such as ``"ucs", "classes.tsv"``.

    Raises:
        MissingComponentError: When the program came without its assets folder.
    """
    return _assets_folder(Path(__file__).parent).joinpath(*parts)


def _assets_folder(engine_folder: Path) -> Path:
    installed = engine_folder / "_assets"
    checkout = engine_folder.parent / "assets"
    for folder in (installed, checkout):
        if folder.is_dir():
            return folder
    raise MissingComponentError(
        f"The program's own files are missing: neither {installed} nor {checkout} is a folder. "
        "Install the program again."
    )
