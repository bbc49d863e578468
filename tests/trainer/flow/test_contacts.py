import torch

from engine.generator.contact_eyes import Seen
from tests.engine.small_networks import small_codec, small_generator
from tests.trainer.small_pool import pool_of
from trainer.flow.batches import DropRates
from trainer.flow.contacts import VisibleContacts, contact_loss
from trainer.flow.scene_source import SceneStems
from trainer.flow.train import FlowTerms, loss_terms

ALL = torch.arange(30)


def contacts_of(shown: torch.Tensor) -> list[int]:
    """Tokens in which a contact is as likely as anywhere near."""
    return torch.nonzero(shown[:, 0] > 0.9)[:, 0].tolist()


def test_a_contact_is_most_likely_in_its_own_token() -> None:
    pool = pool_of([(0, 0, True)], scenes=1, hits={0: {41: 0.4, 80: 1.0}})  # at 100 Hz: tokens 10 and 20
    shown = VisibleContacts(pool).draw(torch.tensor([0]), ALL[None], torch.tensor([True]))[0]
    assert shown.shape == (30, 2)
    assert contacts_of(shown) == [10]  # 41 lies an eighth of a token off the middle
    assert int(shown[:, 0].argmax()) == 10
    assert int(shown[15:, 0].argmax()) + 15 == 20
    assert shown[19, 0] > shown[21, 0] > 0  # frame 80 is the first of token 20
    assert float(shown[13:17, 0].max()) < 1e-2


def test_what_is_off_screen_is_not_shown() -> None:
    pool = pool_of([(0, 0, False)], scenes=1, hits={0: {41: 1.0}})
    assert not VisibleContacts(pool).draw(torch.tensor([0]), ALL[None], torch.tensor([True])).any()


def test_asked_for_anything_all_stems_and_silent_copies_of_the_scene_are_shown() -> None:
    pool = pool_of([(0, 0, True), (0, 1, True), (1, 1, True)], scenes=2, hits={0: {41: 1.0}, 1: {81: 1.0}})
    pool.silent_onsets[0, 25] = 0.7
    known = VisibleContacts(pool)
    own = known.draw(torch.tensor([0]), ALL[None], torch.tensor([True]))[0]
    every = known.draw(torch.tensor([0]), ALL[None], torch.tensor([False]))[0]
    assert contacts_of(own) == [10]
    assert contacts_of(every) == [10, 20, 25]
    assert not known.draw(torch.tensor([2]), ALL[None], torch.tensor([False])).any()


def test_a_crop_shows_its_own_stretch() -> None:
    pool = pool_of([(0, 0, True)], scenes=1, hits={0: {41: 1.0}})
    shown = VisibleContacts(pool).draw(torch.tensor([0]), ALL[None, 6:18], torch.tensor([True]))[0]
    assert contacts_of(shown) == [4]


def test_the_loss_is_least_for_who_says_what_is_shown() -> None:
    shown = torch.zeros(1, 4, 2)
    shown[0, 1, 0] = 1.0
    right = torch.tensor([[-8.0, 8.0, -8.0, -8.0]])
    silent = torch.full((1, 4), -8.0)
    assert float(contact_loss(Seen(right, silent), shown)) < 1e-3
    wrong = float(contact_loss(Seen(silent, silent), shown))
    assert abs(wrong - 8.0 / 8) < 1e-2  # one of eight values is off by 8 nats


def test_flow_matching_never_reaches_the_eyes_and_contacts_nothing_else() -> None:
    network = small_generator(has_eyes=True).requires_grad_(True)
    pool = pool_of([(0, 0, True), (1, 1, True)], scenes=2, hits={0: {41: 1.0}})
    batch = SceneStems(pool, DropRates(0.0, 1.0, 0.0, 0.0)).draw(2, 16, torch.Generator().manual_seed(1))

    def moved(terms: FlowTerms) -> set[str]:
        network.zero_grad()
        chance = torch.Generator().manual_seed(2)
        sum(loss_terms(network, small_codec(), batch, terms, chance=chance).values()).backward()
        return {name for name, value in network.named_parameters() if value.grad is not None}

    by_flow, by_contacts = moved(FlowTerms(1.0, 0.0)), moved(FlowTerms(0.0, 1.0))
    assert not any(name.startswith("eyes.") for name in by_flow)
    assert "control_in.weight" in by_flow
    assert by_contacts == {name for name, _ in network.named_parameters() if name.startswith("eyes.")}
