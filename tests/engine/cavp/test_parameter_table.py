import pytest
import torch

from engine.cavp.model import SFCAVP, CavpConfig
from engine.cavp.parameter_table import parameter_table, together

CLASSES = ("FEET_gravel", "IMPT_metal", "AERO_jet")
KINETICS_CLASSIFIER = 2304 * 400 + 400


@pytest.mark.parametrize("size", ["starter", "base"])
def test_rows_count_every_parameter_once(size: str) -> None:
    config = CavpConfig.of_size(size, CLASSES)
    with torch.device("meta"):
        whole = sum(value.numel() for value in SFCAVP(config).parameters())
    rows = parameter_table(config)
    assert sum(row.parameters for row in rows) == whole
    assert len({row.part for row in rows}) == len(rows)
    assert together(rows)[-1].part == "all"
    assert together(rows)[-1].parameters == whole


def test_picture_side_of_the_base_is_slowfast_r50() -> None:
    """SlowFast-R50 8x8 with its classifier of 400 classes is published with 34.57 million."""
    rows = together(parameter_table(CavpConfig.of_size("base", CLASSES)))
    trunk = {row.part: row.parameters for row in rows}["video.trunk together"]
    assert round((trunk + KINETICS_CLASSIFIER) / 1e6, 2) == 34.57


def test_outputs_are_those_of_four_seconds() -> None:
    outputs = {row.part: row.output for row in parameter_table(CavpConfig.of_size("base", CLASSES))}
    assert outputs["video.trunk.slow.res2"] == "1 x 256 x 25 x 56 x 56"
    assert outputs["video.trunk.fast.res5"] == "1 x 256 x 100 x 7 x 7"
    assert outputs["audio.trunk.slow.res5"] == "1 x 2048 x 25 x 4"
    assert outputs["audio.trunk.links.stem"] == "1 x 16 x 25 x 32"
    assert outputs["video.fast_out"] == "1 x 100 x 512"
    assert outputs["lag_scale"] == ""


def test_starter_has_rows_for_its_own_parts() -> None:
    outputs = {row.part: row.output for row in parameter_table(CavpConfig.of_size("starter", CLASSES))}
    assert outputs["video.fast_time"] == "1 x 100 x 96"
    assert outputs["audio.slow_time"] == "1 x 25 x 128"
