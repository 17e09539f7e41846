"""When a publisher is told what is needed of a publication."""

from media.allocation.dynacast import ALL, LOWER_AFTER_S, REPEAT_S, Need


def test_less_is_said_when_it_has_lasted_and_more_at_once() -> None:
    need = Need()

    said = [need.hear(3, 3, 0.0), need.hear(1, 3, 1.0), need.hear(1, 3, LOWER_AFTER_S)]
    lowered = need.hear(1, 3, 1.0 + LOWER_AFTER_S)
    told = need.told
    raised = need.hear(2, 3, 1.1 + LOWER_AFTER_S)

    assert said == [False, False, False]
    assert (lowered, told) == (True, 1)
    assert (raised, need.told) == (True, 2)


def test_a_need_that_comes_back_in_time_says_nothing() -> None:
    need = Need()

    said = [need.hear(level, 3, at_s) for at_s, level in ((0, 3), (1, 0), (5, 3), (6, 0), (10, 0), (11.5, 3))]

    assert said == [False] * 6


def test_what_was_said_is_repeated_and_what_was_not_is_not() -> None:
    silent, said = Need(), Need()
    for at_s in (0.0, LOWER_AFTER_S):
        said.hear(0, 1, at_s)

    assert not silent.hear(1, 1, REPEAT_S * 5)
    assert not said.hear(0, 1, LOWER_AFTER_S + REPEAT_S - 1)
    assert said.hear(0, 1, LOWER_AFTER_S + REPEAT_S)
    assert said.hear(1, 1, LOWER_AFTER_S + REPEAT_S + 0.1)
    assert said.told == ALL
