from dataclasses import replace

import torch

from tests.trainer.cavp.test_terms import small_batch

MEDIA = ("picture", "mel", "lags", "films")


def test_rows_of_a_batch_take_every_field_along() -> None:
    whole = small_batch()
    part = whole.rows(slice(1, 3))
    for name in MEDIA:
        assert torch.equal(getattr(part, name), getattr(whole, name)[1:3]), name
    assert whole.labels is not None
    assert part.labels is not None
    for name, value in vars(whole.labels).items():
        assert torch.equal(getattr(part.labels, name), value[1:3]), name


def test_batch_goes_to_a_device_whole() -> None:
    moved = small_batch().to(torch.device("meta"))
    assert all(getattr(moved, name).is_meta for name in MEDIA)
    assert moved.labels is not None
    assert all(value.is_meta for value in vars(moved.labels).values())


def test_batch_of_real_video_stays_without_labels() -> None:
    film = replace(small_batch(), labels=None)
    assert film.rows(slice(0, 1)).labels is None
    assert film.to(torch.device("meta")).labels is None
