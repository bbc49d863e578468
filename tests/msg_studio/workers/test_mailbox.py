from threading import Thread

from msg_studio.workers.mailbox import Mailbox


def test_orders_come_in_turn_and_before_the_newest_wish() -> None:
    mail: Mailbox[str, int] = Mailbox()
    mail.wish(1)
    mail.order("first")
    mail.wish(2)
    mail.order("second")
    assert [mail.take() for _ in range(3)] == ["first", "second", 2]


def test_order_of_another_film_drops_the_wish_before_it_but_not_the_one_after() -> None:
    mail: Mailbox[str, int] = Mailbox()
    mail.wish(1)
    mail.order("open", drops_wish=True)
    mail.wish(2)
    assert [mail.take() for _ in range(2)] == ["open", 2]
    mail.wish(3)
    mail.order("close", drops_wish=True)
    assert mail.take() == "close"
    mail.wish(4)
    assert mail.take() == 4


def test_wish_is_outdated_by_a_newer_one_and_by_another_film_but_not_by_other_orders() -> None:
    mail: Mailbox[str, int] = Mailbox()
    mail.wish(1)
    mail.take()
    mail.order("proxy")
    assert not mail.outdated
    mail.wish(2)
    assert mail.outdated
    mail.take()  # the order
    mail.take()  # the wish
    assert not mail.outdated
    mail.order("open", drops_wish=True)
    assert mail.outdated


def test_waiting_ends_at_once_when_a_newer_wish_comes() -> None:
    mail: Mailbox[str, int] = Mailbox()
    mail.wish(1)
    mail.take()
    assert not mail.outdated_within(0.001)
    answers: list[bool] = []
    waiting = Thread(target=lambda: answers.append(mail.outdated_within(60.0)))
    waiting.start()
    mail.wish(2)
    waiting.join(10.0)
    assert answers == [True]
