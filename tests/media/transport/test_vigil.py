"""When a peer is asked, when it is dead, and when it has withdrawn its consent."""

import pytest

from media.transport.vigil import PATIENCE, Vigil

TICK_S = 0.05


def ends_after(*, answers: bool, checks_every_s: float | None, must_consent: bool, until_s: float) -> float:
    """When the vigil over such a peer is over, or `until_s`; it answers for the first second."""
    vigil, now, next_check_s = Vigil(PATIENCE, 0.0), 0.0, checks_every_s or until_s + 1
    while now < until_s and not vigil.is_over(now, must_consent=must_consent):
        now += TICK_S
        if checks_every_s is not None and now >= next_check_s:
            vigil.heard(now)
            next_check_s += checks_every_s
        if vigil.wait_s(now, 0.5) == 0.0:
            vigil.asked(now)
            if answers or now < 1.0:
                vigil.consented(now)
    return now


def test_dead_peer_is_seen_within_eight_seconds() -> None:
    assert ends_after(answers=False, checks_every_s=None, must_consent=False, until_s=60) < 8.0


def test_peer_that_answers_lives() -> None:
    assert ends_after(answers=True, checks_every_s=None, must_consent=True, until_s=60) >= 60


@pytest.mark.parametrize("must_consent", [True, False])
def test_peer_that_only_checks_lives_and_may_be_sent_media_for_thirty_seconds(must_consent: bool) -> None:
    over_s = ends_after(answers=False, checks_every_s=5.0, must_consent=must_consent, until_s=60)

    assert (over_s <= 30.0 + 2 * TICK_S) is must_consent


def test_consent_is_asked_no_oftener_than_every_four_seconds_of_who_is_heard() -> None:
    vigil = Vigil(PATIENCE, 0.0)

    assert vigil.wait_s(0.0, 0.0) == 4.0
    vigil.heard(3.0)
    assert vigil.wait_s(3.0, 1.0) == pytest.approx(3.0)
    vigil.asked(5.0)
    vigil.consented(5.0)
    assert vigil.wait_s(5.0, 0.0) == 4.0


def test_our_own_standstill_is_no_silence_of_the_peer() -> None:
    vigil = Vigil(PATIENCE, 0.0)

    vigil.excuse(0.3)  # within what a busy machine takes
    assert vigil.is_over(7.0, must_consent=False)
    vigil.excuse(20.0)

    assert not vigil.is_over(26.9, must_consent=False)
    assert vigil.is_over(27.0, must_consent=False)
    assert vigil.is_over(30.0, must_consent=True)


def test_silent_peer_is_asked_twice_a_second() -> None:
    vigil = Vigil(PATIENCE, 0.0)
    vigil.asked(4.0)

    assert vigil.doubts(4.0)
    assert vigil.wait_s(4.0, 0.9) == 0.5
