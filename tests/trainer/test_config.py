from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.errors import InputError
from trainer.cavp.pretrain import PretrainConfig
from trainer.codec.train_codec import CodecRunConfig
from trainer.config import read_config
from trainer.flow.train import FlowRunConfig
from trainer.scenes.pool import PoolConfig


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5
    lengths: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Outer:
    name: str
    count: int = 3
    inner: Inner = field(default_factory=Inner)
    sizes: dict[str, int] = field(default_factory=dict)


def config_file(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_tables_fill_nested_dataclasses_and_lists_become_tuples(tmp_path: Path) -> None:
    text = 'name = "a"\n[inner]\nlengths = [4, 5]\n[sizes]\nhidden = 8\n'
    config = read_config(Outer, config_file(tmp_path, text))
    assert config == Outer("a", 3, Inner(0.5, (4, 5)), {"hidden": 8})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\ncuont = 4\n', r"run\.toml: unknown key 'cuont'; known are count, inner, name, sizes"),
        ('name = "a"\n[inner]\nspeed = 1\n', r"\[inner\]: unknown key 'speed'; known are lengths, rate"),
        ("count = 4\n", "missing 1 required .*'name'"),
        ('name = "a"\ninner = 4\n', r"\[inner\]: 4 is no table"),
        ("name = \n", "is not TOML"),
    ],
)
def test_wrong_config_names_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_config(Outer, config_file(tmp_path, text))


def test_binary_file_is_no_config(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not TOML"):
        read_config(Outer, path)


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.toml cannot be read"):
        read_config(Outer, tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (PoolConfig, "starter_scenes"),
        (PretrainConfig, "starter_cavp"),
        (CodecRunConfig, "starter_codec"),
        (FlowRunConfig, "starter_flow"),
        (FlowRunConfig, "starter_contacts"),
    ],
)
def test_shipped_configs_fit_their_recipes(kind: type, name: str) -> None:
    folder = Path(__file__).parents[2] / "trainer" / "configs"
    assert read_config(kind, folder / f"{name}.toml")
