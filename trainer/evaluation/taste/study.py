"""All tastes, one after the other; what is finished is not done again.

Letters: E events, K takes of an event.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.atomic_file import written_atomically
from engine.errors import InputError
from engine.model_store import StarterModel
from engine.progress import Progress, ProgressListener, silent
from trainer.data.feature_cache import make_folder
from trainer.evaluation.taste.events import AT_ONCE, TasteEvent, heard_mels, latents_of, taste_events
from trainer.evaluation.taste.trial import BaseTakes, TasteConfig, TasteResult, rewards_of, try_taste
from trainer.preference.tastes import taste_named
from trainer.scenes.bank import Split

SCHEMA = 1
_HEADER = "multisoundgen_taste"
_SEED_GAP = 1_000_003


def study_tastes(
    names: Sequence[str],
    model: StarterModel,
    pool: Path,
    output: Path,
    config: TasteConfig,
    *,
    listener: ProgressListener = silent,
) -> list[TasteResult]:
    """Try tastes out; a taste that was finished with the same settings is read, not tried again.

    Args:
        names: Tastes.
        model: The base; its generator is without adapters afterwards.
        pool: Folder of rendered scenes.
        output: Folder for results, takes of the base, and tunings.
        config: How.
        listener: Told of progress.

    Raises:
        InputError: When a taste is unknown, or the pool has no events.
        OutputLocationError: When nothing can be written in the folder.
        WorkError: When a loss is no finite number.
        RunStopped: When it was asked to stop while tuning.
    """
    tastes = {name: taste_named(name) for name in names}
    torch.set_num_threads(config.tune.threads)  # as tuning does: the base's takes are compared bit by bit
    make_folder(output)
    base = base_takes(model, pool, output, config, listener=listener)
    about = _about(model, pool, config, base)
    for done, (name, taste) in enumerate(tastes.items(), start=1):
        path = output / f"{_file_name(name)}.json"
        if _read_result(path, about) is None:
            run = output / "runs" / _file_name(f"{name} {_key(about)}")
            found = try_taste(name, taste, model, base, config, run, listener=listener)
            _write(path, {"schema": SCHEMA, "about": about, "result": found.plain()})
        listener(Progress("tastes", done, len(tastes), name))
    return [_finished(output / f"{_file_name(name)}.json", about) for name in names]


def base_takes(
    model: StarterModel, pool: Path, output: Path, config: TasteConfig, *, listener: ProgressListener
) -> BaseTakes:
    """Takes of the base, made once for all tastes and kept in the folder.

    Kept ones are made anew when the base does not make the first of them again bit for bit: another
    version of the program would be compared with itself otherwise.
    """
    classes = model.generator.config.classes
    tokens = config.made.tokens

    def events(split: Split, count: int) -> list[TasteEvent]:
        return taste_events(pool, split, count, tokens=tokens, classes=classes, seed=config.seed)

    voted, held_out = events("train", config.pairs), events("held_out", config.trials)
    repeated = [event for event in voted for _ in range(config.takes)]
    seeds = [_SEED_GAP * config.seed + number for number in range(len(repeated) + len(held_out))]
    own, later = seeds[: len(repeated)], seeds[len(repeated) :]
    path, about = output / "base.safetensors", _about_base(model, pool, config)
    kept = _read_tensors(path, about)
    some = slice(0, AT_ONCE)
    if kept is None or not torch.equal(
        kept["latents"][some], latents_of(model.generator, held_out[some], later[some], config.made)
    ):
        first = latents_of(
            model.generator, repeated, own, config.made, name="takes to vote on", listener=listener
        )
        latents = latents_of(
            model.generator,
            held_out,
            later,
            config.made,
            name="held-out takes of the base",
            listener=listener,
        )
        mels = heard_mels(model.codec, latents, later)
        kept = {
            "voted_mels": heard_mels(model.codec, first, own),
            "latents": latents,
            "mels": mels,
            "rewards": torch.tensor(rewards_of(model, held_out, mels)),
        }
        with written_atomically(path) as temporary:
            save_file(kept, temporary, metadata={_HEADER: json.dumps(about)})
    return BaseTakes(
        voted=voted,
        voted_mels=kept["voted_mels"].unflatten(0, (len(voted), config.takes)),
        held_out=held_out,
        seeds=later,
        latents=kept["latents"],
        mels=kept["mels"],
        rewards=kept["rewards"].tolist(),
    )


def _about_base(model: StarterModel, pool: Path, config: TasteConfig) -> dict[str, Any]:
    """All that decides the takes of the base."""
    return {
        "pool": str(pool),
        "generator": model.generator_sha256,
        "sf_cavp": model.cavp_sha256,
        "pairs": config.pairs,
        "trials": config.trials,
        "takes": config.takes,
        "seed": config.seed,
        "made": asdict(config.made),
        "threads": config.tune.threads,
    }


def _about(model: StarterModel, pool: Path, config: TasteConfig, base: BaseTakes) -> dict[str, Any]:
    """All that decides a result, as it reads in JSON."""
    takes = hashlib.sha256(base.latents.numpy().tobytes()).hexdigest()
    own = {"noise": config.noise, "tune": asdict(config.tune), "base_takes": takes}
    whole = {**_about_base(model, pool, config), **own}
    plain: dict[str, Any] = json.loads(json.dumps(whole))
    return plain


def _key(about: dict[str, Any]) -> str:
    """A short name for settings."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:12]


def _file_name(name: str) -> str:
    return re.sub(r"\W+", "_", name)


def _read_result(path: Path, about: dict[str, Any]) -> TasteResult | None:
    """A finished result with these settings, None for none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return TasteResult(**values["result"]) if values["about"] == about else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _finished(path: Path, about: dict[str, Any]) -> TasteResult:
    found = _read_result(path, about)
    if found is None:
        raise InputError(f"{path} was changed while tastes were tried out: run the command again.")
    return found


def _read_tensors(path: Path, about: dict[str, Any]) -> dict[str, Tensor] | None:
    """Tensors that were kept with these settings, None for none."""
    try:
        with safe_open(path, framework="pt") as stored:
            if json.loads((stored.metadata() or {})[_HEADER]) != about:
                return None
            return {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValueError):
        return None


def _write(path: Path, values: dict[str, Any]) -> None:
    with written_atomically(path) as temporary:
        temporary.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
