import numpy as np
import pytest

from trainer.scenes.plan import Cast, ScenePlan, draw_scene, kinds_of
from trainer.scenes.primitives import Field

CAST = Cast(("FEET_gravel", "IMPT_metal", "GLAS_glass", "WATR_water"), ("AERO_jet", "WATR_water"))


@pytest.fixture(scope="module")
def plans() -> list[ScenePlan]:
    return [draw_scene(seed, CAST, duration_s=3.2) for seed in range(150)]


def test_same_seed_draws_the_same_scene_and_another_seed_another() -> None:
    one, again, other = (draw_scene(seed, CAST, duration_s=3.2) for seed in (5, 5, 6))
    for name in ("primitives", "camera", "light"):
        assert np.array_equal(getattr(one, name), getattr(again, name))
    for actor, same in zip(one.actors, again.actors, strict=True):
        assert (actor.class_name, actor.kind, actor.gain) == (same.class_name, same.kind, same.gain)
        assert actor.beats is None or np.array_equal(actor.beats.times_s, same.beats.times_s)
    assert one.primitives.shape != other.primitives.shape or not np.array_equal(
        one.primitives, other.primitives
    )


def test_every_actor_has_either_contacts_or_activity_of_a_kind_of_its_class(plans: list[ScenePlan]) -> None:
    for plan in plans:
        assert 1 <= len(plan.actors) <= 3
        for actor in plan.actors:
            assert (actor.beats is None) != (actor.activity is None)
            assert actor.kind in kinds_of(actor.class_name)
            if actor.beats is not None:
                assert actor.class_name in CAST.event_classes
                assert 0 < actor.beats.times_s.min() <= actor.beats.times_s.max() < 3.2
            else:
                assert actor.class_name in CAST.flow_classes
                assert actor.activity.shape == (80,)


def test_first_actor_is_not_always_on_screen_but_mostly(plans: list[ScenePlan]) -> None:
    on_screen = [actor.on_screen for plan in plans for actor in plan.actors]
    assert 0.85 < np.mean(on_screen) < 1.0


def test_scenes_have_80_frames_in_every_field(plans: list[ScenePlan]) -> None:
    for plan in plans:
        assert plan.steps == 80
        assert plan.camera.shape == (80, 2)
        assert plan.light.shape == (80,)
        assert np.isfinite(plan.primitives).all()
        assert len(plan.backgrounds) == (1 if plan.cut_frame == 80 else 2)


def test_cut_moves_everything_at_its_frame() -> None:
    """The same scene with and without its cut differs only from the cut on."""
    plan = next(p for p in (draw_scene(s, CAST, duration_s=3.2) for s in range(99)) if p.cut_frame < 80)
    jump = np.abs(np.diff(plan.primitives[:, :, Field.X], axis=1))
    assert jump[:, plan.cut_frame - 1].min() > 0.0


def test_cast_needs_two_voices_and_a_kind_of_ours() -> None:
    voices = {"FEET_gravel": 2, "IMPT_metal": 1, "NONE_thing": 9, "PLNT_leaf": 5}
    cast = Cast.of_bank(voices, {"AERO_jet": 1, "FEET_gravel": 3})
    assert cast.event_classes == ("FEET_gravel",)  # PLNT shows flows only
    assert cast.flow_classes == ("AERO_jet",)


def test_class_without_a_kind_of_ours_has_none() -> None:
    assert kinds_of("NONE_thing") == ()
    assert kinds_of("FEET_gravel") == ("steps",)


def test_silent_copies_move_on_screen_and_are_no_actors(plans: list[ScenePlan]) -> None:
    with_copies = [plan for plan in plans if plan.silent_beats]
    assert 0.08 < len(with_copies) / len(plans) < 0.4
    assert all(
        0 < beats.times_s.min() <= beats.times_s.max() < 3.2 for p in with_copies for beats in p.silent_beats
    )


def test_actors_stand_inside_the_picture(plans: list[ScenePlan]) -> None:
    places = np.array([actor.place for plan in plans for actor in plan.actors])
    assert 0.0 < places.min() <= places.max() < 1.0
