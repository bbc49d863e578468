import numpy as np

from msg_studio.views.maps.map_image import colour_table, fitted_for_display


def test_large_maps_are_pooled_and_peaks_stay_visible() -> None:
    values = np.zeros((3000, 1500), dtype=np.float32)
    values[1234, 777] = 0.9
    fitted = fitted_for_display(values)
    assert fitted.shape == (1000, 750)
    assert fitted[1234 // 3, 777 // 2] == np.float32(0.9)


def test_steps_left_over_at_the_end_are_merged_too() -> None:
    values = np.full((1025, 1500), np.nan, dtype=np.float32)
    values[1024, 1499] = 0.5
    values[2, 3] = -0.25
    fitted = fitted_for_display(values)
    assert fitted.shape == (513, 750)
    assert (fitted[512, 749], fitted[1, 1], fitted[0, 0]) == (0.5, -0.25, 0.0)


def test_what_is_drawn_is_contiguous_float32_without_nan() -> None:
    values = np.asfortranarray(np.full((4, 6), np.nan))
    fitted = fitted_for_display(values)
    assert fitted.dtype == np.float32
    assert fitted.flags.c_contiguous
    assert not fitted.any()


def test_the_colours_are_cividis_from_dark_blue_to_yellow() -> None:
    colours = colour_table()
    assert colours.shape == (256, 3)
    assert colours[0, 2] > colours[0, 0]
    assert colours[-1, 0] > 200 > 100 > colours[-1, 2]
    lightness = colours @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(lightness) > -1).all()
