"""What takes are made for: from a stem, cropped, joined, stored, and as conditions of both families."""

from pathlib import Path

import pytest
import torch

from engine.errors import InputError
from engine.generator.mmdit import MMDiT
from engine.generator.starter import StarterInputs
from tests.engine.generator.small_mmdit import small_config, some_features
from tests.engine.small_networks import small_generator
from tests.trainer.preference.small_round import SmallRound
from tests.trainer.small_pool import CLASSES
from trainer.preference.given import (
    cropped_given,
    field_of_pairs,
    given_of_stem,
    joined_given,
    read_given,
    write_given,
)
from trainer.preference.stems import StemPlace, read_stem


def inputs(prepared: SmallRound, *, hits: bool = True) -> StarterInputs:
    return given_of_stem(read_stem(prepared.pool, StemPlace("train-00000", 2)), classes=CLASSES, hits=hits)


def test_hit_track_is_kept_from_the_generator_when_it_is_off(prepared: SmallRound) -> None:
    on, off = inputs(prepared), inputs(prepared, hits=False)
    assert on.keep_control.tolist() == [True]
    assert off.keep_control.tolist() == [False]
    assert off.keep_video.tolist() == off.keep_class.tolist() == [True]
    assert on.classes.tolist() == [1]
    assert tuple(on.grid.shape) == (1, 64, 10, 8, 8)


def test_crop_takes_picture_and_hits_of_the_same_tokens(prepared: SmallRound) -> None:
    whole = inputs(prepared)
    part = cropped_given(whole, 30, 8, whole=64)
    assert isinstance(part, StarterInputs)
    assert torch.equal(part.grid, whole.grid[:, 30:38])
    assert torch.nonzero(part.control[0]).tolist() == [[2, 2]]  # frame 130 is token 32, sub-frame 2
    assert part.classes is whole.classes


def test_features_belong_to_a_whole_take() -> None:
    given = some_features(1)
    assert cropped_given(given, 0, 9, whole=9) is given
    with pytest.raises(InputError, match="cannot be cropped to 4 of 9"):
        cropped_given(given, 0, 4, whole=9)


def test_samples_are_joined_in_their_order(prepared: SmallRound) -> None:
    joined = joined_given([inputs(prepared), inputs(prepared, hits=False)])
    assert isinstance(joined, StarterInputs)
    assert joined.keep_control.tolist() == [True, False]
    assert tuple(joined.grid.shape[:2]) == (2, 64)
    with pytest.raises(InputError, match="cannot be tuned on together"):
        joined_given([inputs(prepared), some_features(1)])


@pytest.mark.parametrize("kind", ["starter", "features"])
def test_what_is_stored_comes_back(prepared: SmallRound, tmp_path: Path, kind: str) -> None:
    given = inputs(prepared) if kind == "starter" else some_features(1)
    write_given(tmp_path / "given.safetensors", given)
    found = read_given(tmp_path / "given.safetensors")
    assert type(found) is type(given)
    wanted = vars(given).values() if isinstance(given, StarterInputs) else given
    values = vars(found).values() if isinstance(found, StarterInputs) else found
    assert all(torch.equal(one, other) for one, other in zip(values, wanted, strict=True))


def test_damaged_conditions_are_told(tmp_path: Path) -> None:
    path = tmp_path / "given.safetensors"
    with pytest.raises(InputError, match="absent or damaged"):
        read_given(path)
    path.write_bytes(b"\x05\x00\x00")
    with pytest.raises(InputError, match="absent or damaged"):
        read_given(path)


def test_field_answers_for_both_sides_of_each_pair(prepared: SmallRound) -> None:
    generator = small_generator()
    given = joined_given([inputs(prepared), inputs(prepared, hits=False)])
    chance = torch.Generator().manual_seed(2)
    x, t = torch.randn(4, 64, 4, generator=chance), torch.rand(4, generator=chance)
    found = field_of_pairs(generator, given, tokens=64)(x, t)
    for row, sample in enumerate((inputs(prepared), inputs(prepared, hits=False)) * 2):
        alone = generator.velocity_under(generator.conditions(sample))(x[row : row + 1], t[row : row + 1])
        torch.testing.assert_close(found[row : row + 1], alone, rtol=1e-4, atol=1e-4)


def test_mm_dit_of_the_published_layout_is_asked_by_its_features() -> None:
    torch.manual_seed(4)
    network = MMDiT(small_config())
    found = field_of_pairs(network, some_features(2), tokens=9)(
        torch.zeros(4, 9, small_config().latent_dim), torch.zeros(4)
    )
    assert tuple(found.shape) == (4, 9, small_config().latent_dim)


def test_conditions_of_the_other_family_are_refused(prepared: SmallRound) -> None:
    with pytest.raises(InputError, match="StarterGenerator cannot be given Features"):
        field_of_pairs(small_generator(), some_features(1), tokens=9)
