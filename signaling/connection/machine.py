"""One connection's state: events in, effects out; no socket, no clock, no await."""

from signaling.connection.states import TRANSITIONS, Effect, Event, State


class ImpossibleEvent(Exception):
    """The table has no cell for this event in this state: a fault of the caller."""


class ConnectionMachine:
    """See `states.py` for the rules."""

    def __init__(self) -> None:
        self._state = State.GREETED

    @property
    def state(self) -> State:
        return self._state

    def receive(self, event: Event) -> tuple[Effect, ...]:
        """Moves on and says what is to be done; raises ImpossibleEvent and stays."""
        cell = TRANSITIONS.get((self._state, event))
        if cell is None:
            raise ImpossibleEvent(f"{event} while {self._state}")
        self._state, effects = cell
        return effects
