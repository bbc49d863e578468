from pathlib import Path

import pytest

from engine.media import survey as survey_module
from engine.media.container import opened, picture_stream
from engine.media.frame_table import FrameTable
from engine.media.index_table import table_from_index
from engine.media.survey import survey
from tests.engine.media.conftest import VARIANTS

WITHOUT_READING = {"pro_res.mov", "jpegs.mov", "jpegs_late.mp4"}


def listed(table: FrameTable) -> tuple[object, ...]:
    arrays = table.pts.tolist(), table.keyframe.tolist(), table.seek_points.tolist()
    return (*arrays, table.time_base, table.last_duration)


@pytest.mark.parametrize("name", VARIANTS)
def test_index_gives_the_table_of_a_whole_reading_or_none(
    films: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = films / name
    with opened(path) as film:
        table = table_from_index(film, picture_stream(film, path))
    assert (table is not None) == (name in WITHOUT_READING)
    found = survey(path)
    survey_module._survey.cache_clear()
    monkeypatch.setattr(survey_module, "table_from_index", lambda film, picture: None)
    read = survey(path)
    assert listed(found.table) == listed(read.table)
    assert found.info == read.info
    survey_module._survey.cache_clear()
