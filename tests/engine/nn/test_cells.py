import torch

from engine.nn.cells import CellEncoder, SpatialPool


def test_pool_gathers_by_attention_and_keeps_the_largest() -> None:
    pool = SpatialPool(1)
    with torch.no_grad():
        pool.where.weight.fill_(1.0)
        pool.where.bias.zero_()
    cells = torch.tensor([[[[0.0, torch.log(torch.tensor(3.0))]]]])  # weights 1/4 and 3/4
    pooled, where = pool(cells)
    largest = float(cells.max())
    torch.testing.assert_close(where, torch.tensor([[[0.25, 0.75]]]))
    torch.testing.assert_close(pooled, torch.tensor([[0.75 * largest, largest]]))


def test_encoder_halves_the_grid_and_doubles_the_width() -> None:
    pooled, where = CellEncoder(10, 6)(torch.zeros(5, 10, 8, 8))
    assert pooled.shape == (5, 12)
    assert where.shape == (5, 4, 4)
