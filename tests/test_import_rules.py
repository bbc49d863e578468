"""The rules of the house hold in our tree, and each of them catches a planted breach."""

from pathlib import Path

import pytest

from tests.import_rules import RULES, Rule
from tests.source_tree import read_tree

ROOT = Path(__file__).resolve().parent.parent

SOUND_HOUSE = {
    "engine/__init__.py": "",
    "engine/errors.py": "import json\n",
    "engine/records.py": "import numpy as np\nfrom engine.errors import InputError\n",
    "engine/nn/__init__.py": "",
    "engine/nn/attention.py": "import torch\n",
    "engine/media/__init__.py": "",
    "engine/media/mux.py": "import av\nfrom engine import records\n",
    "engine/media/audio_file.py": "import torchaudio\n",
    "engine/codec/__init__.py": "",
    "engine/codec/vae.py": "from engine.nn.attention import Attention\n",
    "engine/project/__init__.py": "",
    "engine/project/project.py": "from engine.records import Event\n",
    "engine/scoring.py": "from engine.codec import vae\nfrom engine.media import mux\n",
    "engine/session.py": "from engine import scoring\nfrom engine.project import project\n",
    "engine/cli/__init__.py": "",
    "engine/cli/app.py": "from engine.session import EngineSession\n",
    "trainer/__init__.py": "",
    "trainer/loop.py": "from engine import scoring\n",
    "msg_studio/__init__.py": "",
    "msg_studio/app.py": "import PySide6\nfrom engine.media.mux import write_preview\n",
    "msg_studio/views.py": "from engine.project.project import Project\n",
    "tests/__init__.py": "",
    "tests/engine/__init__.py": "",
    "tests/engine/test_errors.py": "",
    "packaging/build.py": "",
}

TYPE_ONLY = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
IN_FUNCTION = "def f():\n    "
BY_NAME = "import importlib\nx = importlib.import_module"

PLANTED = [
    ("direction", "engine/scoring.py", "import trainer.loop\n", "engine must not know trainer"),
    ("direction", "engine/records.py", TYPE_ONLY + "from msg_studio import app\n", "engine must not know"),
    ("direction", "trainer/loop.py", IN_FUNCTION + "from msg_studio.app import x\n", "trainer must not know"),
    ("direction", "msg_studio/app.py", BY_NAME + "('trainer.loop')\n", "msg_studio must not know trainer"),
    ("direction", "engine/nn/attention.py", "from ...trainer import loop\n", "engine must not know trainer"),
    ("engine_floors", "engine/records.py", "from engine.nn import attention\n", "floor 0) must not reach nn"),
    (
        "engine_floors",
        "engine/nn/attention.py",
        IN_FUNCTION + "import engine.scoring\n",
        "must not reach scoring",
    ),
    ("engine_floors", "engine/media/mux.py", TYPE_ONLY + "from engine.codec.vae import V\n", "reach codec"),
    ("engine_floors", "engine/project/project.py", "import engine.nn.attention\n", "must not reach nn"),
    ("engine_floors", "engine/scoring.py", "from .cli import app\n", "must not reach cli"),
    ("engine_floors", "engine/odds.py", "", "stands on no floor"),
    ("light_floor", "engine/errors.py", IN_FUNCTION + "import torch\n", "too heavy"),
    ("light_floor", "engine/project/project.py", "import av\n", "too heavy"),
    ("light_floor", "engine/__init__.py", "import torch\n", "too heavy"),
    ("trainer_ceiling", "trainer/loop.py", "from engine.session import EngineSession\n", "stops at floor 3"),
    ("no_window_libraries", "engine/media/mux.py", "from PySide6.QtCore import QObject\n", "no window"),
    (
        "no_window_libraries",
        "trainer/loop.py",
        IN_FUNCTION + "import sounddevice\n",
        "no window or sound device",
    ),
    ("window_reach", "msg_studio/app.py", "from engine.nn import attention\n", "ask the engine process"),
    ("window_reach", "msg_studio/app.py", TYPE_ONLY + "import engine.scoring\n", "ask the engine process"),
    ("no_torch_in_window", "msg_studio/app.py", IN_FUNCTION + "import torch\n", "reaches torch"),
    (
        "no_torch_in_window",
        "msg_studio/app.py",
        "from engine.media import audio_file\n",
        "msg_studio.app -> engine.media.audio_file -> torchaudio",
    ),
    ("no_torch_in_window", "engine/media/__init__.py", "import torch\n", "app -> engine.media -> torch"),
    ("no_cycles", "engine/errors.py", "import engine.records\n", "engine.errors -> engine.records"),
    ("no_cycles", "engine/errors.py", TYPE_ONLY + "from engine.records import Event\n", "import cycle"),
    ("sizes", "engine/errors.py", "x = 1\n" * 401, "401 lines"),
    ("sizes", "trainer/loop.py", "def fit():\n" + "    x = 1\n" * 80, "fit has 81 lines"),
    ("file_names", "engine/media/mux_utils.py", "", "grab bag"),
    ("file_names", "trainer/helpers/__init__.py", "", "grab bag"),
    ("file_names", "tests/common.py", "", "grab bag"),
    ("file_names", "packaging/__init__.py", "", "hides the library"),
    ("folders_of_tests", "tests/trainer/test_loop.py", "", "has no __init__.py"),
]


def plant(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def named(name: str) -> Rule:
    return next(rule for rule in RULES if rule.__name__ == name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_our_tree_keeps_the_rule(rule: Rule) -> None:
    breaches = list(rule(read_tree(ROOT)))
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_sound_house_has_no_breach(rule: Rule, tmp_path: Path) -> None:
    plant(tmp_path, SOUND_HOUSE)
    assert list(rule(read_tree(tmp_path))) == []


@pytest.mark.parametrize(("rule_name", "path", "text", "message"), PLANTED)
def test_planted_breach_is_caught(rule_name: str, path: str, text: str, message: str, tmp_path: Path) -> None:
    plant(tmp_path, SOUND_HOUSE | {path: text})
    breaches = list(named(rule_name)(read_tree(tmp_path)))
    assert any(message in line for line in breaches), breaches


def test_each_rule_has_a_planted_breach() -> None:
    assert {rule.__name__ for rule in RULES} == {name for name, *_ in PLANTED}


def test_type_only_import_of_torch_does_not_count_as_reach(tmp_path: Path) -> None:
    plant(tmp_path, SOUND_HOUSE | {"engine/media/mux.py": TYPE_ONLY + "import torch\n"})
    assert list(named("no_torch_in_window")(read_tree(tmp_path))) == []
