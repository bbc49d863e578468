"""Tar shards of films in the manner of WebDataset: written from prepared features, and read.

A shard of ours holds for each film KEY.picture.npy, KEY.mel.npy, KEY.label.txt and KEY.about.json, KEY
being that of the feature cache. A shard in the manner of VGGSound holds KEY.mp4 (.mkv, .webm) and a
label in KEY.txt, KEY.label.txt or the "label" of KEY.json.

Training draws each step from its source of chance alone, so that a run can be taken up again; a stream
cannot do that. Shards are therefore read once, into the feature cache, and drawn from there.

Letters: T fast steps at 25 Hz, M mel bands.
"""

import glob
import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.errors import InputError, MissingComponentError
from engine.features.mel import MEL_BANDS
from engine.progress import Progress, ProgressListener
from engine.timing import MEL_FRAMES_PER_TOKEN
from trainer.data.account import FilmNeeds, Outcome, Preparation, PreparedFilm
from trainer.data.feature_cache import FilmCache, make_folder
from trainer.data.preparation import make_features, run_jobs
from trainer.data.video_features import FilmFeatures

FILM_SUFFIXES = ("mp4", "mkv", "webm", "mov")
_PREPARED = ("picture.npy", "mel.npy", "about.json")
_KEY = re.compile("[0-9a-f]{32}")


def write_shards(
    films: Sequence[PreparedFilm], cache: FilmCache, folder: Path, *, films_per_shard: int
) -> list[Path]:
    """Write prepared films to films-000000.tar and so on.

    Raises:
        InputError: When a shard is to hold no film.
        MissingComponentError: When webdataset is not installed.
        OutputLocationError: When nothing can be written there.
        WriteError: When the disk refuses.
    """
    if films_per_shard < 1:
        raise InputError(f"{films_per_shard} films a shard: give at least 1.")
    make_folder(folder)
    paths: list[Path] = []
    for first in range(0, len(films), films_per_shard):
        path = folder / f"films-{len(paths):06d}.tar"
        with written_atomically(path) as temporary, temporary.open("wb") as handle:
            tar = _webdataset().TarWriter(handle, encoder=False, mtime=0)
            for film in films[first : first + films_per_shard]:
                tar.write(_sample(film, cache))
            tar.close()
        paths.append(path)
    return paths


def _sample(film: PreparedFilm, cache: FilmCache) -> dict[str, Any]:
    features = load_file(film.path)
    return {
        "__key__": film.path.stem,
        "picture.npy": _as_npy(features["picture"]),
        "mel.npy": _as_npy(features["mel"]),
        "label.txt": film.label.encode(),
        "about.json": json.dumps({"features": cache.recipe.version, "name": film.name}).encode(),
    }


def _as_npy(tensor: Tensor) -> bytes:
    text = io.BytesIO()
    np.save(text, tensor.numpy(), allow_pickle=False)
    return text.getvalue()


def shard_paths(patterns: Sequence[str]) -> list[Path]:
    """Shards of patterns such as data/films-{000000..000011}.tar or data/*.tar, in order.

    Raises:
        InputError: When a pattern names no file.
        MissingComponentError: When webdataset is not installed.
    """
    paths: list[Path] = []
    for pattern in (text for given in patterns for text in _webdataset().shardlists.expand_urls(given)):
        found = sorted(glob.glob(pattern))
        if not found:
            raise InputError(
                f"No shard at {pattern}: mend `shards`, or make some with `msg-train data shard`."
            )
        paths += [Path(name) for name in found]
    return paths


def own_shards(paths: Sequence[Path], *, rank: int, world: int) -> list[Path]:
    """Every ``world``-th shard from that of this process on.

    Raises:
        InputError: When there are fewer shards than processes.
    """
    if len(paths) < world:
        raise InputError(
            f"{len(paths)} shards cannot be shared by {world} processes: "
            "write smaller shards, or start fewer processes."
        )
    return list(paths[rank::world])


def prepare_shards(
    paths: Sequence[Path],
    cache: FilmCache,
    needs: FilmNeeds,
    *,
    workers: int,
    listener: ProgressListener,
    first_number: int = 0,
    number_step: int = 1,
) -> Preparation:
    """Read shards into the cache; a shard read before is not read again.

    A shard that cannot be read to its end counts as one bad film; what came before the damage stays.

    Args:
        paths: Shards.
        cache: Where features lie.
        needs: What each film must have.
        workers: Processes that read, each a shard at a time.
        listener: Told how many shards are done.
        first_number: Number of the first film.
        number_step: From the number of a film to the next.

    Raises:
        InputError: When a shard of ours was made for other features.
        MissingComponentError: When webdataset is not installed.
        OutputLocationError: When nothing can be written in the cache.
        WriteError: When the disk refuses.
        WorkError: When a worker was killed.
    """
    jobs = [_ShardJob(path, cache) for path in paths]
    account = Preparation()
    for count, (path, outcomes) in enumerate(
        zip(paths, run_jobs(_done, jobs, workers=workers), strict=True), start=1
    ):
        for outcome in outcomes:
            account.take(outcome, cache, needs, first_number + account.rows * number_step)
        listener(Progress("read shards", count, len(paths), path.name))
    return account


@dataclass(frozen=True)
class _ShardJob:
    """One shard to read; goes to a worker process."""

    path: Path
    cache: FilmCache

    def do(self) -> list[Outcome]:
        """What became of each film in it."""
        receipt = self._receipt()
        if receipt.is_file():
            kept = [Outcome(**entry) for entry in json.loads(receipt.read_text(encoding="utf-8"))]
            if all(one.reason or self.cache.facts(one.key) is not None for one in kept):
                return kept
        outcomes = list(self._outcomes())
        make_folder(receipt.parent)
        with written_atomically(receipt) as temporary:
            entries = [{**asdict(one), "fresh": False} for one in outcomes]
            temporary.write_text(json.dumps(entries), encoding="utf-8")
        return outcomes

    def _receipt(self) -> Path:
        """What is known of a shard read before, by its name, size, time and the features wanted."""
        about = self.path.stat()
        parts = (str(self.path.resolve()), about.st_size, about.st_mtime_ns, self.cache.recipe.version)
        return self.cache.folder / "shards" / f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}.json"

    def _outcomes(self) -> Iterator[Outcome]:
        samples = _samples(self.path)
        while True:
            try:
                sample = next(samples, None)
            except (tarfile.TarError, OSError, EOFError, ValueError) as problem:
                yield Outcome("", str(self.path), "", reason=f"this shard is damaged: {problem.args[0]}")
                return
            if sample is None:
                return
            yield self._outcome(sample)

    def _outcome(self, sample: dict[str, Any]) -> Outcome:
        place, name = str(sample["__key__"]), f"{self.path}/{sample['__key__']}"
        if all(part in sample for part in _PREPARED):
            return self._unpacked(sample, place, name)
        suffix = next((known for known in FILM_SUFFIXES if known in sample), "")
        if not suffix:
            return Outcome(place, name, "", reason="holds neither prepared features nor a film")
        return self._decoded(sample, place, name, suffix)

    def _unpacked(self, sample: dict[str, Any], place: str, name: str) -> Outcome:
        label, key = _label(sample), Path(place).name
        if not _KEY.fullmatch(key):
            return Outcome(place, name, label, reason="its key is no name of prepared features")
        try:
            about = dict(json.loads(sample["about.json"]))
            features = _features(sample)
        except (ValueError, TypeError) as problem:
            return Outcome(place, name, label, reason=f"damaged: {problem}")
        if about.get("features") != self.cache.recipe.version:
            raise InputError(
                f"Shard {self.path} holds features '{about.get('features')}', wanted are "
                f"'{self.cache.recipe.version}': write it anew with `msg-train data shard`."
            )
        known = self.cache.facts(key) is not None
        if not known:
            self.cache.save(key, features)
        return Outcome(place, str(about.get("name", name)), label, key, fresh=not known)

    def _decoded(self, sample: dict[str, Any], place: str, name: str, suffix: str) -> Outcome:
        film: bytes = sample[suffix]
        key, label = self.cache.key(hashlib.sha256(film).hexdigest()), _label(sample)
        reason = self.cache.verdict(key)
        if reason or self.cache.facts(key) is not None:
            return Outcome(place, name, label, key, reason)
        with tempfile.TemporaryDirectory(prefix="film-") as folder:
            path = Path(folder) / f"{Path(place).name}.{suffix}"
            path.write_bytes(film)
            reason = make_features(self.cache, key, path)
        return Outcome(place, name, label, key, reason, fresh=True)


def _done(job: _ShardJob) -> list[Outcome]:
    return job.do()


def _samples(path: Path) -> Iterator[dict[str, Any]]:
    """Films of a shard as bytes by the ending of their names; nothing in it is unpickled."""
    iterators = _webdataset().tariterators
    with path.open("rb") as handle:
        members = iterators.tar_file_expander([{"url": str(path), "stream": handle}])
        yield from iterators.group_by_keys(members)


def _features(sample: dict[str, Any]) -> FilmFeatures:
    """Prepared features of a sample; ValueError when they are not what we write."""
    picture, mel = (np.load(io.BytesIO(sample[part]), allow_pickle=False) for part in _PREPARED[:2])
    if picture.ndim < 2 or mel.shape != (MEL_FRAMES_PER_TOKEN * len(picture), MEL_BANDS):
        raise ValueError(f"picture {picture.shape} and mel {mel.shape} do not belong together")
    return FilmFeatures(torch.from_numpy(picture), torch.from_numpy(mel))


def _label(sample: dict[str, Any]) -> str:
    for part in ("label.txt", "txt"):
        if part in sample:
            return str(sample[part].decode(errors="replace")).strip()
    about = json.loads(sample["json"]) if "json" in sample else {}
    return str(about.get("label", "")) if isinstance(about, dict) else ""


def _webdataset() -> ModuleType:
    try:  # imported here: films of a manifest need it not
        import webdataset
    except ImportError as problem:
        raise MissingComponentError(
            f"webdataset is missing ({problem}): install the extra 'train'."
        ) from problem
    module: ModuleType = webdataset
    return module
