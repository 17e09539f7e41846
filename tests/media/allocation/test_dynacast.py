"""When a publisher is told what is needed of a publication."""

import pytest

from media.allocation.dynacast import LOWER_AFTER_S, REPEAT_S, Levels, Need, needed_levels

ALL: Levels = None
NOBODY, LOW, MID = frozenset[int](), frozenset((1,)), frozenset((1, 2))


def test_less_is_said_when_it_has_lasted_and_more_at_once() -> None:
    need = Need()

    said = [need.hear(ALL, 0.0), need.hear(LOW, 1.0), need.hear(LOW, LOWER_AFTER_S)]
    lowered = need.hear(LOW, 1.0 + LOWER_AFTER_S)
    told = need.told
    raised = need.hear(MID, 1.1 + LOWER_AFTER_S)

    assert said == [False, False, False]
    assert (lowered, told) == (True, LOW)
    assert (raised, need.told) == (True, MID)


def test_what_is_needed_instead_comes_before_what_is_not_goes() -> None:
    need = Need()
    need.hear(LOW, 0.0)
    need.hear(LOW, LOWER_AFTER_S)

    changed = need.hear(frozenset((3,)), 6.0), need.told
    need.hear(frozenset((3,)), 6.5)
    later = need.hear(frozenset((3,)), 6.5 + LOWER_AFTER_S), need.told

    assert changed == (True, frozenset((1, 3)))
    assert later == (True, frozenset((3,)))


def test_a_need_that_comes_back_in_time_says_nothing() -> None:
    need = Need()
    heard = ((0, ALL), (1, NOBODY), (5, ALL), (6, NOBODY), (10, NOBODY), (11.5, ALL))

    assert [need.hear(levels, at_s) for at_s, levels in heard] == [False] * 6


def test_what_was_said_is_repeated_and_what_was_not_is_not() -> None:
    silent, said = Need(), Need()
    for at_s in (0.0, LOWER_AFTER_S):
        said.hear(NOBODY, at_s)

    assert not silent.hear(ALL, REPEAT_S * 5)
    assert not said.hear(NOBODY, LOWER_AFTER_S + REPEAT_S - 1)
    assert said.hear(NOBODY, LOWER_AFTER_S + REPEAT_S)
    assert said.hear(ALL, LOWER_AFTER_S + REPEAT_S + 0.1)
    assert said.told is ALL


@pytest.mark.parametrize(
    ("viewed", "count", "best", "needed"),
    [
        (0, 3, False, NOBODY),
        (1, 3, False, LOW),
        (3, 3, False, ALL),
        (0, 3, True, frozenset((3,))),
        (1, 3, True, frozenset((1, 3))),
        (2, 3, True, ALL),
        (0, 1, True, ALL),
        (0, 1, False, NOBODY),
    ],
)
def test_a_recording_needs_the_best_layer_and_viewers_all_below_theirs(
    viewed: int, count: int, best: bool, needed: Levels
) -> None:
    assert needed_levels(viewed, count, best=best) == needed
