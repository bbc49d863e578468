from pathlib import Path

import pytest

from engine.errors import InputError
from trainer.data.account import BadFilm, Preparation, PreparedFilm, write_bad_films

GOOD = PreparedFilm(1, "2", "a.mp4", "", Path("a"), 100)


def account(good: int, bad: int) -> Preparation:
    return Preparation([GOOD] * good, [BadFilm("3", "b.mp4", "no sound")] * bad)


def test_share_of_bad_films_up_to_the_limit_is_allowed() -> None:
    account(9, 1).check(largest_bad_share=0.1, listed_in=Path("list.csv"))
    account(9, 0).check(largest_bad_share=0.0, listed_in=Path("list.csv"))


def test_more_bad_films_name_share_limit_list_and_first() -> None:
    words = r"2 of 10 films \(20%\) are bad, allowed are 10% .*list.csv lists them: .*b.mp4: no sound"
    with pytest.raises(InputError, match=words):
        account(8, 2).check(largest_bad_share=0.1, listed_in=Path("list.csv"))


def test_no_good_film_is_refused_whatever_the_limit() -> None:
    with pytest.raises(InputError, match="2 of 2 films"):
        account(0, 2).check(largest_bad_share=1.0, listed_in=Path("list.csv"))
    with pytest.raises(InputError, match="0 of 0 films"):
        account(0, 0).check(largest_bad_share=1.0, listed_in=Path("list.csv"))


def test_list_of_bad_films_is_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "run" / "bad.csv"
    write_bad_films(path, [BadFilm("3", "b.mp4", "cut short, damaged")])
    assert path.read_text(encoding="utf-8") == 'place,film,reason\n3,b.mp4,"cut short, damaged"\n'
    write_bad_films(path, [])
    assert path.read_text(encoding="utf-8") == "place,film,reason\n"


def test_reasons_are_counted_without_what_is_a_films_own() -> None:
    bad = [
        BadFilm("1", "a/x.mp4", "silent: its log-mel varies by 0.0001"),
        BadFilm("2", "a/y.mp4", "y.mp4 has no sound track: films must bring their own sound."),
        BadFilm("3", "a/z.mp4", "silent: its log-mel varies by 0.0002"),
    ]
    assert Preparation(bad=bad).reasons == {"silent": 2, "has no sound track": 1}
