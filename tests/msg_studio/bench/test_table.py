import pytest

from msg_studio.bench.table import machine_words, percentile, print_table


def test_first_column_stands_left_and_figures_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Times", [("scrub", "3.5"), ("drag along", "12.25")], ("what", "ms"))
    assert capsys.readouterr().out == (
        "Times\n"
        "what           ms\n"
        "----------  -----\n"
        "scrub         3.5\n"
        "drag along  12.25\n"
        "\n"
    )  # fmt: skip


def test_table_without_rows_still_has_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Nothing", [], ("what", "ms"))
    assert capsys.readouterr().out == "Nothing\nwhat  ms\n----  --\n\n"


def test_machine_is_told_by_cores_and_load() -> None:
    cores, load = machine_words().split(", ")
    assert cores.split()[0].isdigit()
    assert load.startswith("load ")


@pytest.mark.parametrize(("share", "value"), [(50, 50.0), (99, 99.0), (100, 100.0), (1, 1.0)])
def test_percentile_is_the_value_so_many_do_not_exceed(share: float, value: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], share) == value
