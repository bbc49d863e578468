"""Finds, before a run begins, the films that give no crops to learn from."""

import hashlib
import json
from pathlib import Path

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.progress import Progress, ProgressListener
from trainer.data.account import BadFilm, Preparation, PreparedFilm
from trainer.data.crops import CropRules, sure_crops
from trainer.data.feature_cache import make_folder, read_mel


def check_crops(account: Preparation, rules: CropRules, folder: Path, *, listener: ProgressListener) -> None:
    """Count films without audible and different crops as bad; what was found is kept for the next time.

    Args:
        account: Of a preparation, whose films have room for the crops; changed.
        rules: What crops must be.
        folder: Of the cache.
        listener: Told how many films are done.

    Raises:
        InputError: When features are gone or damaged, or what was kept is.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    path = folder / "crop_checks" / f"{hashlib.sha256(repr(rules).encode()).hexdigest()[:32]}.json"
    known = _kept(path)
    before = len(known)
    films, account.films = account.films, []
    for count, film in enumerate(films, start=1):
        if film.path.stem not in known:
            known[film.path.stem] = sure_crops(read_mel(film.path), rules) is not None
            listener(Progress("check sounds", count, len(films), Path(film.name).name))
        if known[film.path.stem]:
            account.films.append(film)
        else:
            account.bad.append(_without_crops(film, rules))
    if len(known) > before:
        make_folder(path.parent)
        with written_atomically(path) as temporary:
            temporary.write_text(json.dumps(known), encoding="utf-8")


def _kept(path: Path) -> dict[str, bool]:
    if not path.is_file():
        return {}
    try:
        return {str(key): bool(found) for key, found in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError) as problem:
        raise InputError(f"{path} is damaged ({problem}): remove it, and it is made anew.") from problem


def _without_crops(film: PreparedFilm, rules: CropRules) -> BadFilm:
    reason = f"no {rules.count} crops found that are audible and different: it is silent for long, or steady"
    return BadFilm(film.place, film.name, reason)
