from PySide6.QtGui import QImage

from msg_studio.workers.picture_cache import PictureCache

PICTURE_BYTES = 10 * 10 * 4


def picture() -> QImage:
    return QImage(10, 10, QImage.Format.Format_RGB32)


def test_picture_not_looked_at_for_longest_goes_first() -> None:
    cache = PictureCache(3 * PICTURE_BYTES)
    for index in range(3):
        cache.keep(index, picture())
    assert cache.get(0) is not None
    cache.keep(3, picture())
    assert [cache.get(index) is not None for index in range(4)] == [True, False, True, True]


def test_newest_picture_is_kept_even_above_the_limit() -> None:
    cache = PictureCache(PICTURE_BYTES // 2)
    cache.keep(0, picture())
    cache.keep(1, picture())
    assert cache.get(0) is None
    assert cache.get(1) is not None


def test_cleared_cache_takes_as_much_as_a_new_one() -> None:
    cache = PictureCache(2 * PICTURE_BYTES)
    cache.keep(0, picture())
    cache.keep(1, picture())
    cache.clear()
    cache.keep(2, picture())
    cache.keep(3, picture())
    assert len(cache) == 2
