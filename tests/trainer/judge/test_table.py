from tests.engine.small_networks import small_cavp
from tests.trainer.evaluation.test_clip_offsets import material
from tests.trainer.judge.flash_pool import flash_pool, small_judge
from trainer.evaluation.clip_material import ClipMaterial
from trainer.judge.comparison import Accord
from trainer.judge.table import accord_rows, judge_table


def test_table_sets_the_judge_beside_sf_cavp_and_baseline() -> None:
    pool = flash_pool(4)
    numbers = material("a.mp4", "high", steps=160)
    clip = ClipMaterial("a.mp4", "high", pool.grid[0], numbers.motion, pool.mix_mel[0])
    rows = judge_table(small_judge(pool.classes), small_cavp(), pool, [clip])
    assert len({row["figure"] for row in rows}) == len(rows) == 12
    assert all(list(row) == ["figure", "judge", "SF-CAVP", "baseline", "both", "remark"] for row in rows)
    filled = [[name for name in ("judge", "SF-CAVP", "baseline", "both") if row[name] != ""] for row in rows]
    assert filled[:3] + filled[6:8] == 5 * [["judge", "SF-CAVP", "baseline"]]
    assert filled[3:6] == 3 * [["judge", "SF-CAVP"]]
    assert filled[8:11] == 3 * [["both"]]


def test_judge_stands_alone_where_there_is_no_sf_cavp() -> None:
    pool = flash_pool(4)
    rows = judge_table(small_judge(pool.classes), None, pool)
    assert len(rows) == 6
    assert all(row["SF-CAVP"] == row["both"] == "" and row["judge"] != "" for row in rows)


def test_errors_that_never_coincide_leave_an_empty_cell() -> None:
    rows = accord_rows(Accord(0.5, 0.75, -0.25, None))
    assert [row["both"] for row in rows] == [0.5, 0.75, -0.25, ""]
