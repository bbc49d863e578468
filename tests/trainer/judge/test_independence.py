"""The judge's word counts only while nothing that trains, ranks or ships a model listens to it."""

import json
import tomllib
from pathlib import Path

import pytest
from safetensors import safe_open

from tests.source_tree import SourceTree, read_tree
from trainer.config import read_config
from trainer.judge.judging import JUDGE_FAMILY
from trainer.judge.train import JudgeRunConfig

ROOT = Path(__file__).parents[3]
MAY_ASK = ("trainer.judge", "trainer.evaluation", "trainer.cli")


@pytest.fixture(scope="module")
def tree() -> SourceTree:
    return read_tree(ROOT)


def test_only_evaluations_know_the_judge(tree: SourceTree) -> None:
    asking = [
        name
        for name, module in tree.modules.items()
        if any(found.target.startswith("trainer.judge") for found in tree.our_imports(module))
    ]
    assert "trainer.cli.evaluate" in asking
    assert [name for name in asking if not name.startswith(MAY_ASK)] == []


def test_judge_shares_no_layer_with_sf_cavp(tree: SourceTree) -> None:
    ours = {found.target for found in tree.our_imports(tree.modules["trainer.judge.network"])}
    assert {name for name in ours if name.startswith(("engine.nn", "engine.cavp"))} == {"engine.cavp.lag"}


def test_weights_of_the_judge_are_not_packaged() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    packaged = [*build["targets"]["wheel"]["only-include"], *build["targets"]["sdist"]["include"]]
    run = read_config(JudgeRunConfig, ROOT / "trainer" / "configs" / "judge.toml").run
    assert Path(run).parts[0] not in {name.strip("/") for name in packaged}


def test_no_bundled_weights_are_a_judge() -> None:
    for path in sorted((ROOT / "assets").rglob("*.safetensors")):
        with safe_open(path, framework="pt") as stored:
            header = json.loads((stored.metadata() or {}).get("multisoundgen", "{}"))
        assert header.get("family") != JUDGE_FAMILY, path
