"""The folder of a run: its config, its progress lines and its newest checkpoint."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import torch


class RunDirectory:
    """Where a run lives; stop it, start it again, and it goes on from its checkpoint."""

    def __init__(self, folder: Path, config_file: Path | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if config_file is not None:
            shutil.copyfile(config_file, folder / "config.toml")

    @property
    def state_file(self) -> Path:
        """Everything needed to go on."""
        return self.folder / "state.pt"

    def save_state(self, state: dict[str, Any]) -> None:
        """Replace the newest state whole."""
        temporary = self.state_file.with_suffix(".tmp")
        torch.save(state, temporary)
        temporary.replace(self.state_file)

    def load_state(self) -> dict[str, Any] | None:
        """The newest state, None for a fresh run."""
        if not self.state_file.is_file():
            return None
        state: dict[str, Any] = torch.load(self.state_file, weights_only=True, map_location="cpu")
        return state

    def log(self, step: int, values: dict[str, float]) -> None:
        """Append one JSON line to progress.jsonl."""
        line = {"step": step, "time": round(time.time(), 1), **{k: round(v, 6) for k, v in values.items()}}
        with (self.folder / "progress.jsonl").open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(line) + "\n")
