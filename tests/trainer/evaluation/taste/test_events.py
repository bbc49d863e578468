import pytest
import torch

from engine.codec.mel_codec import MelCodec
from engine.model_store import StarterModel, read_card
from tests.engine.small_networks import CLASSES
from tests.trainer.preference.small_round import HITS, SmallRound
from trainer.evaluation.taste.events import (
    TakeSettings,
    around_first_hit,
    heard_mels,
    latents_of,
    taste_events,
)
from trainer.preference.stems import StemShelf

SETTINGS = TakeSettings(tokens=32, steps=2)


def test_stretch_begins_eight_tokens_before_the_first_hit(prepared: SmallRound) -> None:
    shelf = StemShelf(prepared.pool, "held_out")
    stem = shelf.read(next(entry for entry in shelf.entries if entry.contacts))
    cut = around_first_hit(stem, 32)
    # The first hit lies on mel frame 40, token 10: the stretch begins on token 2, mel frame 8.
    assert cut.moments_s == pytest.approx([0.405 - 0.08, 1.305 - 0.08])
    assert torch.equal(cut.mel, stem.mel[8:136])
    assert torch.equal(cut.grid, stem.grid[2:34])


def test_stretch_stays_inside_the_stem(prepared: SmallRound) -> None:
    shelf = StemShelf(prepared.pool, "held_out")
    stem = shelf.read(next(entry for entry in shelf.entries if entry.contacts))
    whole = around_first_hit(stem, 64)
    assert torch.equal(whole.control, stem.control)
    assert len(whole.moments_s) == len(HITS)


def test_events_are_made_of_contacts_and_the_same_for_the_same_seed(prepared: SmallRound) -> None:
    def found(seed: int) -> list[str]:
        events = taste_events(prepared.pool, "train", 3, tokens=32, classes=CLASSES, seed=seed)
        assert all(event.stem.moments_s for event in events)
        return [str(event.stem.entry.place) for event in events]

    assert len(found(1)) == 3
    assert found(1) == found(1)
    assert any(found(1) != found(seed) for seed in range(2, 8))


def test_take_made_beside_others_is_the_take_made_alone(prepared: SmallRound) -> None:
    model = StarterModel(read_card(prepared.model))
    events = taste_events(prepared.pool, "held_out", 3, tokens=32, classes=CLASSES, seed=1)
    together = latents_of(model.generator, events, [5, 6, 7], SETTINGS)
    alone = latents_of(model.generator, events[1:2], [6], SETTINGS)
    assert torch.allclose(together[1], alone[0], atol=1e-4)
    assert not torch.allclose(together[0], together[1], atol=1e-2)


def test_sound_of_a_take_depends_on_its_own_seed_alone() -> None:
    codec = MelCodec.__new__(MelCodec)
    torch.nn.Module.__init__(codec)
    codec.decode = lambda latents: latents  # type: ignore[method-assign] # latents that are mels already
    mels = torch.full((2, 24, 128), -3.0)
    both, second = heard_mels(codec, mels, [1, 2]), heard_mels(codec, mels[1:], [2])
    assert both.shape == (2, 24, 128)
    assert torch.equal(both[1], second[0])
    assert not torch.equal(both[0], both[1])
    assert float((both[1] + 3.0).abs()[4:-4].mean()) == pytest.approx(0.0, abs=0.5)
