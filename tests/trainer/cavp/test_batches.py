import torch

from tests.trainer.cavp.test_terms import small_batch


def test_rows_of_a_batch_take_every_field_along() -> None:
    whole = small_batch()
    part = whole.rows(slice(1, 3))
    assert torch.equal(part.picture, whole.picture[1:3])
    assert torch.equal(part.lags, whole.lags[1:3])
    assert torch.equal(part.films, whole.films[1:3])
    assert whole.labels is not None
    assert part.labels is not None
    for name, value in vars(whole.labels).items():
        assert torch.equal(getattr(part.labels, name), value[1:3]), name


def test_batch_goes_to_a_device_whole() -> None:
    moved = small_batch().to(torch.device("meta"))
    assert moved.picture.is_meta
    assert moved.films.is_meta
    assert moved.labels is not None
    assert all(value.is_meta for value in vars(moved.labels).values())
