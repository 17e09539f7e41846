"""Every cell of the table, and every cell that is absent on purpose."""

import pytest

from signaling.connection.machine import ConnectionMachine, ImpossibleEvent
from signaling.connection.states import TRANSITIONS, Event, GiveUpSeat, KeepSeat, SayBye, State
from signaling.messages.room import LeaveReason

ABSENT = {
    (State.GREETED, Event.LEFT),
    (State.GREETED, Event.TAKEN_OVER),
    (State.SEATED, Event.JOINED),
    (State.CLOSED, Event.JOINED),
}
ROUTES = {State.GREETED: [], State.SEATED: [Event.JOINED], State.CLOSED: [Event.LOST]}


def machine_in(state: State) -> ConnectionMachine:
    machine = ConnectionMachine()
    for event in ROUTES[state]:
        machine.receive(event)
    return machine


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_each_cell(state: State, event: Event) -> None:
    machine = machine_in(state)

    if (state, event) in ABSENT:
        with pytest.raises(ImpossibleEvent):
            machine.receive(event)
        assert machine.state is state
        return
    target, effects = TRANSITIONS[state, event]
    assert machine.receive(event) == effects
    assert machine.state is target


def test_the_table_has_no_cell_beside_these() -> None:
    everything = {(state, event) for state in State for event in Event}

    assert set(TRANSITIONS) == everything - ABSENT


def test_nothing_is_said_to_a_closed_or_lost_connection() -> None:
    for (state, event), (_, effects) in TRANSITIONS.items():
        if state is State.CLOSED or event is Event.LOST:
            assert not any(isinstance(effect, SayBye) for effect in effects)


def test_only_a_lost_seat_is_kept_and_only_a_newer_one_is_not_given_up() -> None:
    kept = {event for (_, event), (_, effects) in TRANSITIONS.items() if KeepSeat() in effects}
    given_up = {
        effect.reason
        for (state, _), (_, effects) in TRANSITIONS.items()
        for effect in effects
        if state is State.SEATED and isinstance(effect, GiveUpSeat)
    }

    assert kept == {Event.LOST}
    assert given_up == {LeaveReason.LEFT, LeaveReason.REMOVED, LeaveReason.REVOKED, LeaveReason.FLOODED}
