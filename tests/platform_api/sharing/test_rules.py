"""When a share link ends, and what its secrets are worth."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.sharing import Share, ShareClosed
from platform_api.sharing.rules import (
    MAX_PIN_FAILURES,
    check_open,
    new_secrets,
    pin_hash,
    pin_is,
    share_is_open,
)

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
SHARE = Share(
    id="share",
    subject="session",
    organisation=OrganisationId("here"),
    expires_at=NOW + timedelta(hours=24),
    pin_hash="",
    pin_failures=0,
    created_by=UserId("expert"),
    created_at=NOW,
)


def test_PR_04_a_share_link_ends_by_time_withdrawal_or_wrong_codes() -> None:
    assert share_is_open(SHARE, NOW + timedelta(hours=23, minutes=59))
    assert not share_is_open(SHARE, NOW + timedelta(hours=24))
    for ended, code in (
        (replace(SHARE, revoked_at=NOW), "share.revoked"),
        (replace(SHARE, pin_failures=MAX_PIN_FAILURES), "share.locked"),
        (replace(SHARE, expires_at=NOW), "share.expired"),
    ):
        with pytest.raises(ShareClosed) as caught:
            check_open(ended, NOW)
        assert caught.value.code == code


def test_PR_04_the_second_secret_is_kept_keyed_by_the_first() -> None:
    made = new_secrets()
    kept = replace(SHARE, pin_hash=pin_hash(made.token, made.pin))

    assert len(made.token) >= 32
    assert pin_is(kept, made.token, made.pin)
    assert not pin_is(kept, new_secrets().token, made.pin)
    assert made.pin not in kept.pin_hash
