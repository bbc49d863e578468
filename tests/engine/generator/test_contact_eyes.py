import math

import torch

from engine.features.motion_grid import GRID_CHANNELS
from engine.generator.contact_eyes import ContactEyes, Seen, track_of_seen
from engine.generator.control import ACTIVITY_CHANNEL, hits_of_track
from tests.engine.small_networks import CLASSES, filled, small_grid

SILENT = -9.0


def eyes() -> ContactEyes:
    torch.manual_seed(6)
    made = filled(ContactEyes(CLASSES, channels=GRID_CHANNELS, cell_width=6, width=8))
    assert isinstance(made, ContactEyes)
    return made


def odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def seen(contacts: dict[int, float], tokens: int = 20, activity: float = SILENT) -> Seen:
    found = torch.full((1, tokens), SILENT)
    for token, value in contacts.items():
        found[0, token] = odds(value)
    return Seen(found, torch.full((1, tokens), activity))


def test_every_token_gets_log_odds_of_contacts_and_activity() -> None:
    found = eyes()(small_grid(30)[None].expand(2, -1, -1, -1, -1), torch.tensor([0, 3]))
    assert found.contacts.shape == found.activity.shape == (2, 30)
    assert torch.isfinite(found.contacts).all()


def test_what_is_seen_depends_on_what_is_asked_for() -> None:
    network, grid = eyes(), small_grid(30)[None]
    one, other, anything = (network(grid, torch.tensor([asked])).contacts for asked in (0, 1, len(CLASSES)))
    assert not torch.allclose(one, other, atol=1e-4)
    assert not torch.allclose(one, anything, atol=1e-4)


def test_classes_of_one_category_share_what_they_look_for() -> None:
    classes = ("WOOD_break", "FEET_gravel", "WOOD_knock")
    network = ContactEyes(classes, channels=GRID_CHANNELS, cell_width=6, width=8)
    assert network.category_of.tolist() == [1, 0, 1, 2]  # the last one is "anything"


def test_likely_contacts_become_hits_as_strong_as_the_root_of_their_chance() -> None:
    track = track_of_seen(seen({4: 0.81, 12: 0.49}))[0]
    hits = hits_of_track(track.numpy())
    assert [round(strength, 3) for _, strength in hits] == [0.9, 0.7]
    assert [round(25 * time - 0.5) for time, _ in hits] == [4, 12]
    assert float(track[:, ACTIVITY_CHANNEL].max()) < 1e-3


def test_the_less_likely_of_two_neighbours_and_the_unlikely_are_no_hits() -> None:
    hits = hits_of_track(track_of_seen(seen({4: 0.81, 6: 0.6, 12: 0.05}))[0].numpy())
    assert [round(strength, 3) for _, strength in hits] == [0.9]


def test_a_hit_lies_between_tokens_where_the_likelier_neighbour_is() -> None:
    """Odds of a bell: its top is found to a quarter of a token."""
    for moment in (8.3, 8.5, 8.7):
        away = torch.arange(20) + 0.5 - moment
        found = Seen(4 - 0.5 * (away / 0.6)[None].square(), torch.full((1, 20), SILENT))
        ((time, _),) = hits_of_track(track_of_seen(found)[0].numpy())
        assert abs(25 * time - moment) <= 0.26


def test_at_the_edges_of_the_picture_nothing_is_lost() -> None:
    hits = hits_of_track(track_of_seen(seen({0: 0.81, 19: 0.49}))[0].numpy())
    assert [round(strength, 2) for _, strength in hits] == [0.9, 0.7]


def test_what_runs_on_is_activity() -> None:
    track = track_of_seen(seen({}, activity=odds(0.75)))[0]
    torch.testing.assert_close(track[:, ACTIVITY_CHANNEL], torch.full((20,), 0.75))
    assert not track[:, :ACTIVITY_CHANNEL].any()
