import numpy as np
import pytest

from tests.trainer.scenes.small_bank import RATE_HZ, usual_recordings, write_bank
from trainer.scenes import sound
from trainer.scenes.bank import SoundBank, Voice, load_bank
from trainer.scenes.plan import Actor, Cast, ScenePlan, draw_scene
from trainer.scenes.rhythm import Beats
from trainer.scenes.sound import perform, perform_actor, varied

TIMES = (0.31, 0.905, 1.5)
STRENGTHS = (1.0, 0.5, 0.25)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> SoundBank:
    return load_bank("train", folder=write_bank(tmp_path_factory.mktemp("bank"), usual_recordings()))


def striking() -> Actor:
    beats = Beats(np.array(TIMES, dtype=np.float32), np.array(STRENGTHS, dtype=np.float32))
    return Actor("IMPT_metal", "strike", True, beats, None, 1.0, (0.5, 0.5))


def running(activity: np.ndarray) -> Actor:
    return Actor("AERO_jet", "spin", True, None, activity.astype(np.float32), 1.0, (0.5, 0.5))


def stem(actor: Actor, bank: SoundBank, *, synthetic_share: float = 0.0, seed: int = 1) -> np.ndarray:
    return perform_actor(actor, bank, np.random.default_rng(seed), 2 * RATE_HZ, synthetic_share)


@pytest.mark.parametrize("synthetic_share", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_sound_starts_at_the_beat_within_five_milliseconds(
    bank: SoundBank, synthetic_share: float, seed: int
) -> None:
    sound = np.abs(stem(striking(), bank, synthetic_share=synthetic_share, seed=seed))
    for time_s, strength in zip(TIMES, STRENGTHS, strict=True):
        first = round((time_s - 0.05) * RATE_HZ)
        rest = sound[first - 441 : first].max()
        near = sound[first : first + round(0.1 * RATE_HZ)]
        onset = first + int(np.flatnonzero(near > rest + 0.2 * (near.max() - rest))[0])
        assert abs(onset / RATE_HZ - time_s) < 0.005
        assert near.max() < 2.0 * strength


def test_loudness_follows_the_strength(bank: SoundBank) -> None:
    sound = stem(striking(), bank)
    power = [np.square(sound[round(t * RATE_HZ) :][:4410]).sum() ** 0.5 for t in TIMES]
    assert power[1] / power[0] == pytest.approx(0.5, rel=0.35)
    assert power[2] / power[0] == pytest.approx(0.25, rel=0.35)


def test_all_contacts_of_an_actor_come_from_one_recording() -> None:
    """Recording "up" pushes, recording "down" pulls; an actor does only one of the two."""
    level = np.full(2000, 0.1, dtype=np.float32)
    voices = [Voice("IMPT_metal", group, level * sign, 0) for group, sign in (("up", 1), ("down", -1))] * 3
    signs = []
    for seed in range(12):
        sound = stem(striking(), SoundBank({"IMPT_metal": voices}, {}), seed=seed)
        signs.append({float(np.sign(sound[round(time_s * RATE_HZ) + 100])) for time_s in TIMES})
    assert all(len(heard) == 1 for heard in signs)
    assert set.union(*signs) == {1.0, -1.0}


def test_continuous_sound_follows_its_activity(bank: SoundBank) -> None:
    activity = np.zeros(50)
    activity[10:30] = 1.0
    sound = stem(running(activity), bank)
    per_step = np.abs(sound.reshape(50, -1)).max(1)
    assert per_step[11:29].min() > 0.05
    assert not per_step[:8].any()
    assert not per_step[31:].any()


def test_actor_without_contacts_or_activity_is_a_mistake(bank: SoundBank) -> None:
    nobody = Actor("AERO_jet", "spin", True, None, None, 1.0, (0.5, 0.5))
    with pytest.raises(ValueError, match="AERO_jet has neither"):
        stem(nobody, bank)


def scene(seed: int, bank: SoundBank) -> ScenePlan:
    return draw_scene(seed, Cast(("FEET_gravel", "IMPT_metal"), ("AERO_jet",)), duration_s=2.0)


def test_scene_has_a_stem_an_actor_and_a_mix_that_holds_them(bank: SoundBank) -> None:
    for seed in range(5):
        plan = scene(seed, bank)
        sound = perform(plan, bank)
        assert sound.stems.shape == (len(plan.actors), 2 * RATE_HZ)
        assert sound.mix.shape == (2 * RATE_HZ,)
        dry = sum(stem * actor.gain for stem, actor in zip(sound.stems, plan.actors, strict=True))
        assert np.corrcoef(dry, sound.mix)[0, 1] > 0.5


def test_sound_is_decided_by_the_seed(bank: SoundBank) -> None:
    one, again, other = (perform(scene(seed, bank), bank) for seed in (1, 1, 2))
    assert np.array_equal(one.mix, again.mix)
    assert np.array_equal(one.stems, again.stems)
    assert not np.array_equal(one.mix, other.mix)


@pytest.mark.parametrize("speed", [0.75, 1.0, 1.3])
def test_voice_played_faster_is_shorter_higher_and_starts_as_its_onset_says(speed: float) -> None:
    times = np.arange(RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * 400 * times).astype(np.float32)
    tone[:1000] = 0
    made = varied(Voice("IMPT_metal", "one", tone, 1000), speed=speed)
    assert len(made.samples) == round(RATE_HZ / speed)
    assert abs(int(np.flatnonzero(made.samples)[0]) - made.onset) <= 2
    peak = np.abs(np.fft.rfft(made.samples)).argmax() * RATE_HZ / len(made.samples)
    assert peak == pytest.approx(400 * speed, rel=0.01)


def test_every_recording_of_a_class_is_as_likely_as_another() -> None:
    level = np.full(2000, 0.1, dtype=np.float32)
    many = [Voice("IMPT_metal", "many", level, 0)] * 9 + [Voice("IMPT_metal", "few", -level, 0)]
    signs = [
        np.sign(stem(striking(), SoundBank({"IMPT_metal": many}, {}), seed=seed)[round(0.31 * RATE_HZ) + 100])
        for seed in range(40)
    ]
    assert 10 <= signs.count(-1.0) <= 30


def test_background_lies_under_some_mixes_and_in_no_stem(bank: SoundBank) -> None:
    cast = Cast(("IMPT_metal",), ("AERO_jet",))
    plans = [draw_scene(seed, cast, duration_s=1.6) for seed in range(25)]
    far = [sound._background(bank, np.random.default_rng(seed), 4410) for seed in range(25)]
    loud = [float(np.abs(wave).max()) for wave in far]
    assert 1 <= sum(level > 0 for level in loud) <= 12
    assert max(loud) < 0.2
    assert all(np.isfinite(perform(plan, bank).mix).all() for plan in plans[:4])
