"""Publish and subscribe to domain events; the in-process bus is the default of one machine."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from platform_api.kernel.events import Event
from platform_api.kernel.log import get_logger

E = TypeVar("E", bound=Event)
Handler = Callable[[E], Awaitable[None]]


class Bus(Protocol):
    """Where facts are told and heard."""

    def subscribe(self, kind: type[E], handler: Handler[E]) -> Callable[[], None]:
        """Has `handler` called for each event of this exact kind; returns the call that ends it."""
        ...

    async def publish(self, event: Event) -> None:
        """Tells all subscribers; a subscriber's fault is logged and reaches neither teller nor others."""
        ...


class LocalBus:
    """A bus inside one process: handlers run in order of subscription, awaited by the teller."""

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Callable[[Any], Awaitable[None]]]] = {}
        self._log = get_logger("bus")

    def subscribe(self, kind: type[E], handler: Handler[E]) -> Callable[[], None]:
        handlers = self._handlers.setdefault(kind, [])
        handlers.append(handler)

        def unsubscribe() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return unsubscribe

    async def publish(self, event: Event) -> None:
        for handler in tuple(self._handlers.get(type(event), ())):
            try:
                await handler(event)
            except Exception:  # noqa: BLE001 - one listener's fault must not undo the teller's fact
                self._log.exception("bus.handler_failed", event_type=type(event).__name__)
