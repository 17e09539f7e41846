"""Listeners of one client: each hears every event; a fault of one reaches neither teller nor others."""

from collections.abc import Callable

from media.control import NodeEvent
from platform_api.kernel.log import get_logger

_log = get_logger("media.client")


class Listeners:
    """Those who want a node's events, and those who want to know that the link was lost and is back."""

    def __init__(self) -> None:
        self._event: list[Callable[[NodeEvent], None]] = []
        self._reset: list[Callable[[], None]] = []

    def on_event(self, listener: Callable[[NodeEvent], None]) -> None:
        self._event.append(listener)

    def on_reset(self, listener: Callable[[], None]) -> None:
        self._reset.append(listener)

    def tell(self, event: NodeEvent) -> None:
        for listener in self._event:
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - a listener's fault is its own
                _log.exception("listener.failed", event_kind=event.event)

    def reset(self) -> None:
        for listener in self._reset:
            try:
                listener()
            except Exception:  # noqa: BLE001 - as above
                _log.exception("listener.failed", event_kind="reset")
