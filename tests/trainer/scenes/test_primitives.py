import numpy as np

from trainer.scenes.primitives import PRIMITIVE_FIELDS, Field, Look, Shape, primitive


def test_row_holds_constants_and_curves_in_their_columns() -> None:
    curve = np.array([0.1, 0.2, 0.3], dtype=np.float32)
    rows = primitive(
        3, Shape.BOX, Look((0.2, 0.4, 0.6), 30.0, 0.1), x=curve, y=0.5, half_width=0.2, half_height=curve * 2
    )
    assert rows.shape == (3, PRIMITIVE_FIELDS)
    assert rows.dtype == np.float32
    assert np.array_equal(rows[:, Field.X], curve)
    assert np.array_equal(rows[:, Field.HALF_HEIGHT], curve * 2)
    wanted = {
        Field.SHAPE: 1.0,
        Field.Y: 0.5,
        Field.HALF_WIDTH: 0.2,
        Field.ANGLE: 0.0,
        Field.RED: 0.2,
        Field.GREEN: 0.4,
        Field.BLUE: 0.6,
        Field.ALPHA: 1.0,
        Field.STRIPES: 30.0,
        Field.STRIPE_DEPTH: 0.1,
    }
    for field, value in wanted.items():
        assert np.allclose(rows[:, field], value)
