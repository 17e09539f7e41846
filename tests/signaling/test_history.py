import pytest

from signaling.history import History
from signaling.messages.room import NumberedEvent


def history(size: int, count: int) -> History:
    made = History(size)
    for seq in range(1, count + 1):
        made.append(NumberedEvent(seq=seq, at_ms=seq, name="x", data={}))
    return made


@pytest.mark.parametrize(
    ("after", "expected"),
    [(5, ()), (4, (5,)), (2, (3, 4, 5)), (1, None), (0, None), (6, None)],
)
def test_exactly_the_events_after_a_number_or_nothing_at_all(
    after: int, expected: tuple[int, ...] | None
) -> None:
    missed = history(3, 5).after(after)

    assert (None if missed is None else tuple(event.seq for event in missed)) == expected


def test_an_empty_history_has_missed_nothing() -> None:
    assert History(3).after(0) == ()
    assert History(3).after(1) is None
