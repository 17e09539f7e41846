"""Pages that wait for their badge to change: bounded, and woken by what was put or settled."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

MAX_WAITING: Final = 4_000
"""Of all people together; the one who has waited longest is answered at once when another comes."""
MAX_WAITING_OF_ONE: Final = 8
"""Of one person: the pages of a browser or two."""


@dataclass(eq=False, slots=True)
class Waiter:
    """One page; `woken` is set when its figures may have changed."""

    subject: str
    permissions: frozenset[str]
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Waiters:
    """All pages that wait, in the order they came."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Waiter, None] = OrderedDict()
        self._closed = False

    @contextmanager
    def entered(self, subject: str, permissions: frozenset[str]) -> Iterator[Waiter]:
        """A place in the queue for as long as the block lasts."""
        waiter = Waiter(subject, permissions)
        self._make_room(subject)
        self._waiting[waiter] = None
        if self._closed:
            waiter.woken.set()
        try:
            yield waiter
        finally:
            self._waiting.pop(waiter, None)

    def wake(self, *, user: str | None, permission: str | None) -> None:
        """Wakes the pages of this user, or of all who hold the permission."""
        for waiter in self._waiting:
            if waiter.subject == user or permission in waiter.permissions:
                waiter.woken.set()

    def close(self) -> None:
        """Wakes all; who comes later does not wait."""
        self._closed = True
        for waiter in self._waiting:
            waiter.woken.set()

    def __len__(self) -> int:
        return len(self._waiting)

    def _make_room(self, subject: str) -> None:
        own = [waiter for waiter in self._waiting if waiter.subject == subject]
        if len(own) >= MAX_WAITING_OF_ONE:
            self._let_go(own[0])
        if len(self._waiting) >= MAX_WAITING:
            self._let_go(next(iter(self._waiting)))

    def _let_go(self, waiter: Waiter) -> None:
        self._waiting.pop(waiter, None)
        waiter.woken.set()
