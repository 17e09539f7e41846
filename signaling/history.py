"""The last events of a room, for those who come back."""

from collections import deque

from signaling.messages.room import NumberedEvent


class History:
    """A ring of numbered events without a gap."""

    def __init__(self, size: int) -> None:
        self._events: deque[NumberedEvent] = deque(maxlen=size)

    def append(self, event: NumberedEvent) -> None:
        self._events.append(event)

    def after(self, seq: int) -> tuple[NumberedEvent, ...] | None:
        """Exactly the events after `seq`; None if they are no longer all here, or `seq` never was."""
        newest = self._events[-1].seq if self._events else 0
        missed = newest - seq
        if missed < 0 or missed > len(self._events):
            return None
        return tuple(self._events)[len(self._events) - missed :]
