import numpy as np
import pytest

from trainer.scenes.flows import FLOW_KINDS
from trainer.scenes.kinds import EVENT_KINDS
from trainer.scenes.looks import KINDS_OF_CATEGORY, Look, category_of, look_of, shade


def mean_colour(class_name: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.mean([look_of(class_name, rng).rgb for _ in range(200)], axis=0)


def test_every_kind_that_is_named_exists() -> None:
    assert {kind for kinds in KINDS_OF_CATEGORY.values() for kind in kinds} <= {*EVENT_KINDS, *FLOW_KINDS}


def test_surface_decides_the_colour() -> None:
    red, green, blue = mean_colour("FEET_grass")
    assert green > max(red, blue)
    red, green, blue = mean_colour("IMPT_wood")
    assert red > green > blue
    assert mean_colour("FEET_snow").min() > 0.85


def test_unlisted_class_has_a_look_of_its_own_that_stays() -> None:
    assert np.allclose(mean_colour("CLCK_cuckoo"), mean_colour("CLCK_cuckoo"))
    assert np.abs(mean_colour("CLCK_cuckoo") - mean_colour("CLCK_alarm")).max() > 0.05


def test_colours_stay_between_zero_and_one() -> None:
    rng = np.random.default_rng(1)
    for class_name in ("FEET_snow", "FEET_dirt", "BELL_unlisted"):
        for _ in range(200):
            assert all(0.0 <= part <= 1.0 for part in look_of(class_name, rng).rgb)


def test_shade_scales_and_clips() -> None:
    assert shade(Look((0.2, 0.4, 0.8), 5.0, 0.1), 2.0) == Look((0.4, 0.8, 1.0), 5.0, 0.1)


@pytest.mark.parametrize(("name", "category"), [("FEET_gravel", "FEET"), ("WATR_big_splash", "WATR")])
def test_category_is_the_word_before_the_underscore(name: str, category: str) -> None:
    assert category_of(name) == category
