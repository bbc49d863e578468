"""What a worker thread is asked to do: orders one after the other, and of all wishes only the newest."""

from collections import deque
from threading import Condition
from typing import Generic, TypeVar

Order = TypeVar("Order")
Wish = TypeVar("Wish")


class Mailbox(Generic[Order, Wish]):
    """Filled by one thread, emptied by another: no order is lost, a wish replaces the wish before it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._orders: deque[Order] = deque()
        self._wish: Wish | None = None
        self._dropped = False  # an order not taken yet makes the wish being worked on meaningless

    @property
    def outdated(self) -> bool:
        """Whether the wish taken last need not be answered; cheap enough to ask after every picture."""
        return self._wish is not None or self._dropped

    def order(self, order: Order, *, drops_wish: bool = False) -> None:
        """Add an order.

        Args:
            order: What to do, after the orders before it and before any wish.
            drops_wish: Whether it makes all wishes before it meaningless.
        """
        with self._changed:
            self._orders.append(order)
            if drops_wish:
                self._wish, self._dropped = None, True
            self._changed.notify()

    def wish(self, wish: Wish) -> None:
        """Wish for something in place of what was wished for before."""
        with self._changed:
            self._wish = wish
            self._changed.notify()

    def outdated_within(self, timeout_s: float) -> bool:
        """Wait until the wish taken last need not be answered, for a time at most; whether that came."""
        with self._changed:
            return self._changed.wait_for(lambda: self.outdated, timeout_s)

    def take(self) -> Order | Wish:
        """Wait for the next order, else the newest wish, and take it out."""
        with self._changed:
            self._changed.wait_for(lambda: self._orders or self._wish is not None)
            if self._orders:
                return self._orders.popleft()
            wish, self._wish, self._dropped = self._wish, None, False
            assert wish is not None  # waited for, and only this thread takes
            return wish
