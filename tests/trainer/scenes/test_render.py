from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.features.motion_grid import FRAME_HEIGHT, FRAME_WIDTH
from tests.trainer.scenes.contacts import HITS, STEPS, WHITE, beats, lowest_frames, stage
from trainer.scenes.kinds import bounce
from trainer.scenes.plan import Background, Cast, ScenePlan, draw_scene
from trainer.scenes.primitives import Look, Shape, primitive
from trainer.scenes.render import held_frames, render


def grey(level: float) -> Background:
    return Background((np.zeros((2, 2, 3), dtype=np.float32),), np.full(3, level, dtype=np.float32), 0.0)


def plan_of(*drawing: np.ndarray, steps: int = STEPS, **changes: object) -> ScenePlan:
    """A scene without camera movement, flicker, blur or noise."""
    plan = ScenePlan(
        seed=1,
        actors=(),
        silent_beats=(),
        primitives=np.stack(drawing),
        camera=np.zeros((steps, 2), dtype=np.float32),
        backgrounds=(grey(0.2),),
        cut_frame=steps,
        light=np.ones(steps, dtype=np.float32),
        noise=0.0,
        coarseness=0.0,
        blur=0.0,
        source_rate_hz=25.0,
    )
    return replace(plan, **changes)


def box(steps: int = 10, **places: object) -> np.ndarray:
    where = {"x": 2 / 3, "y": 0.5, "half_width": 1 / 6, "half_height": 0.25, **places}
    return primitive(steps, Shape.BOX, WHITE, **where)


def test_box_covers_the_pixels_of_its_place() -> None:
    """X 0.5 to 5/6 of 4/3 is columns 36 to 60, y 0.25 to 0.75 is rows 18 to 54."""
    picture = render([plan_of(box(), steps=10)])[0, 0]
    assert picture.shape == (FRAME_HEIGHT, FRAME_WIDTH, 3)
    white = picture[..., 0] == 255
    assert bool(white[19:53, 37:59].all())
    outside = torch.ones_like(white)
    outside[17:55, 35:61] = False
    assert picture[..., 0][outside].unique().tolist() == [51]  # the background, 0.2 * 255


def test_ellipse_leaves_the_corners_and_ring_the_middle() -> None:
    corner, middle = (20, 38), (36, 48)
    pictures = {
        shape: render(
            [plan_of(primitive(4, shape, WHITE, x=2 / 3, y=0.5, half_width=1 / 6, half_height=0.25), steps=4)]
        )
        for shape in Shape
    }
    assert pictures[Shape.BOX][0, 0, *corner, 0] == pictures[Shape.ELLIPSE][0, 0, *middle, 0] == 255
    assert pictures[Shape.ELLIPSE][0, 0, *corner, 0] == pictures[Shape.RING][0, 0, *middle, 0] == 51
    assert pictures[Shape.RING][0, 0, 36, 60, 0] > 200


def test_rotation_turns_by_its_angle() -> None:
    flat = plan_of(box(half_width=0.4, half_height=0.05, angle=np.pi / 2), steps=10)
    picture = render([flat])[0, 0, ..., 0]
    assert picture[10, 48] == 255
    assert picture[36, 20] == 51


def test_camera_carries_things_and_background() -> None:
    moved = plan_of(box(), steps=10, camera=np.full((10, 2), [12 / 72, 0], dtype=np.float32))
    still = plan_of(box(), steps=10)
    torch.testing.assert_close(render([moved])[0, 0, :, 24:84], render([still])[0, 0, :, 12:72])


def test_rendered_ball_is_lowest_in_the_pictures_of_its_hits() -> None:
    drawn = bounce(replace(stage(2), y=0.8), beats(), WHITE)
    pictures = render([plan_of(*drawn)])[0].float()
    bright = (pictures[..., 0] > 220).float()  # the ledge is darker
    rows = torch.arange(FRAME_HEIGHT)[:, None]
    height = (bright * rows).sum((1, 2)) / bright.sum((1, 2))
    assert lowest_frames(-height.numpy()) == list(HITS)


def test_cut_changes_the_background_at_its_frame() -> None:
    plan = plan_of(box(alpha=0.0), steps=10, backgrounds=(grey(0.2), grey(0.8)), cut_frame=6)
    levels = render([plan])[0, :, 0, 0, 0].tolist()
    assert levels == [51] * 6 + [204] * 4


@pytest.mark.parametrize(
    ("rate_hz", "frames"),
    [
        (25.0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (12.5, [0, 0, 2, 2, 4, 4, 6, 6, 8, 8]),
        (20.0, [0, 0, 1, 2, 4, 5, 5, 6, 8, 9]),  # shot at 0, 0, 50, 100, 150, 200 ms ...
    ],
)
def test_slower_camera_holds_its_pictures(rate_hz: float, frames: list[int]) -> None:
    found = held_frames(10, rate_hz).tolist()
    assert found[0] == 0
    assert all(0 <= tick - frame <= np.ceil(25 / rate_hz) for tick, frame in enumerate(found))
    if rate_hz != 20.0:
        assert found == frames
    assert len(set(found)) == {25.0: 10, 12.5: 5, 20.0: 8}[rate_hz]


def test_light_darkens_and_noise_is_decided_by_the_seed() -> None:
    dark = plan_of(box(alpha=0.0), steps=10, light=np.full(10, 0.5, dtype=np.float32))
    assert render([dark])[0, 0, 0, 0, 0] == 26  # 0.1 * 255 rounded to even
    noisy = plan_of(box(), steps=10, noise=0.03)
    assert torch.equal(render([noisy]), render([noisy]))
    assert not torch.equal(render([noisy]), render([replace(noisy, seed=2)]))


def test_scene_looks_the_same_alone_and_beside_another() -> None:
    cast = Cast(("FEET_gravel", "IMPT_metal"), ("AERO_jet",))
    one, other = (draw_scene(seed, cast, duration_s=1.6) for seed in (3, 4))
    both = render([one, other])
    difference = (both[0].int() - render([one])[0].int()).abs()
    assert int(difference.max()) <= 1
    assert torch.equal(render([one]), render([one]))


def test_look_has_stripes_of_its_depth() -> None:
    striped = primitive(
        4, Shape.BOX, Look((0.5, 0.5, 0.5), 40.0, 0.4), x=2 / 3, y=0.5, half_width=0.5, half_height=0.4
    )
    inside = render([plan_of(striped, steps=4)])[0, 0, 20:50, 20:76, 0].float() / 255
    assert float(inside.min()) == pytest.approx(0.3, abs=0.02)
    assert float(inside.max()) == pytest.approx(0.7, abs=0.02)


def test_plans_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one length, got \[10, 4\]"):
        render([plan_of(box(), steps=10), plan_of(box(4), steps=4)])
    with pytest.raises(ValueError, match="one length"):
        render([])


def test_coarse_codec_leaves_still_blocks_and_shows_what_moves() -> None:
    """A slow fade is skipped for up to a dozen frames; a ball that falls is not."""
    fade = np.linspace(0.9, 1.0, STEPS, dtype=np.float32)
    plain = plan_of(box(STEPS, x=np.linspace(0.3, 1.0, STEPS)), light=fade)
    clean, coarse = render([plain])[0].int(), render([replace(plain, coarseness=0.7)])[0].int()
    corner = coarse[:, 4, 4, 0]
    assert len(corner.unique()) < len(clean[:, 4, 4, 0].unique())
    assert int((clean - coarse).abs().max()) <= 30
    assert int((coarse[1:] - coarse[:-1]).abs().amax((1, 2, 3)).min()) > 60


def test_picture_is_the_same_whether_few_or_all_pixels_are_asked() -> None:
    """A thing that leaves the picture on every side is drawn as far as it can be seen."""
    wide = primitive(10, Shape.ELLIPSE, WHITE, x=2 / 3, y=0.5, half_width=3.0, half_height=3.0, angle=0.4)
    assert bool((render([plan_of(wide, steps=10)]) == 255).all())
    gone = primitive(10, Shape.BOX, WHITE, x=9.0, y=-4.0, half_width=0.2, half_height=0.2)
    assert render([plan_of(gone, steps=10)]).unique().tolist() == [51]
