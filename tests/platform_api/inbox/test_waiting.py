"""Who waits, who is woken, and that no number of pages is too many."""

from contextlib import ExitStack

from platform_api.inbox.waiting import MAX_WAITING, MAX_WAITING_OF_ONE, Waiters


def test_only_those_are_woken_whom_it_concerns() -> None:
    waiters = Waiters()

    with (
        waiters.entered("anna", frozenset({"qa.moderate"})) as anna,
        waiters.entered("berta", frozenset()) as berta,
    ):
        waiters.wake(user="berta", permission=None)
        first = (anna.woken.is_set(), berta.woken.is_set())
        waiters.wake(user=None, permission="qa.moderate")

        assert first == (False, True)
        assert anna.woken.is_set()
    assert len(waiters) == 0


def test_the_longest_waiting_page_gives_way() -> None:
    waiters = Waiters()

    with ExitStack() as pages:
        first = pages.enter_context(waiters.entered("anna", frozenset()))
        own = [
            pages.enter_context(waiters.entered("anna", frozenset())) for _ in range(MAX_WAITING_OF_ONE - 1)
        ]
        pages.enter_context(waiters.entered("anna", frozenset()))
        others = [
            pages.enter_context(waiters.entered(f"u{number}", frozenset())) for number in range(MAX_WAITING)
        ]

        assert first.woken.is_set()
        assert own[0].woken.is_set()
        assert not others[-1].woken.is_set()
        assert len(waiters) == MAX_WAITING


def test_after_the_end_nobody_waits() -> None:
    waiters = Waiters()

    with waiters.entered("anna", frozenset()) as before:
        waiters.close()
        with waiters.entered("berta", frozenset()) as after:
            assert (before.woken.is_set(), after.woken.is_set()) == (True, True)
