"""Credentials that end by themselves, and who is told of a relay."""

from datetime import UTC, datetime

import pytest

from media.turn import Relays, TurnSettings, credentials, urls_of
from platform_api.kernel.clock import ManualClock
from platform_api.kernel.config import Secret, Settings, SettingsError

SECRET = "north-sea-lighthouse-keeper"


def test_credentials_are_the_drafts_hmac() -> None:
    """Checked with `echo -n 1800000000:doctor-7 | openssl dgst -sha1 -hmac … -binary | base64`."""
    assert credentials(SECRET, "doctor-7", 1_800_000_000) == (
        "1800000000:doctor-7",
        "spigg1ZpxPuHPqXUa8M6DpAsCfc=",
    )


def test_names_hold_nothing_that_a_relay_reads_otherwise() -> None:
    username, _ = credentials(SECRET, "encoder: 手术室 1", 1_800_000_000)

    assert username == "1800000000:encoder------1"


def test_each_person_gets_credentials_of_their_own_for_an_hour_at_most() -> None:
    clock = ManualClock(datetime(2027, 1, 15, 8, 0, tzinfo=UTC))
    relays = Relays(("turn:192.0.2.9:3478?transport=udp",), SECRET, 3600, clock)

    (one,), (other,) = relays.ice_servers("doctor-7"), relays.ice_servers("doctor-8")

    expires = int(clock.now().timestamp()) + 3600
    assert one["username"] == f"{expires}:doctor-7"
    assert one["credential"] != other["credential"]
    assert one["urls"] == ["turn:192.0.2.9:3478?transport=udp"]
    (link,) = relays.links("doctor-7")
    assert link.startswith('<turn:192.0.2.9:3478?transport=udp>; rel="ice-server"; username="')
    assert one["credential"] in link


def test_nobody_is_told_of_a_relay_by_default() -> None:
    settings = Settings({}, {}).section("turn", TurnSettings)
    settings.check()

    assert (settings.urls, settings.serve) == ((), False)
    assert Relays((), "", settings.ttl_s, ManualClock(datetime.now(UTC))).ice_servers("doctor-7") == ()
    assert Relays((), "", settings.ttl_s, ManualClock(datetime.now(UTC))).links("doctor-7") == ()


@pytest.mark.parametrize(
    "settings",
    [
        TurnSettings(ttl_s=3601),
        TurnSettings(ttl_s=0),
        TurnSettings(urls=("turn:192.0.2.9",)),
        TurnSettings(urls=("stun:192.0.2.9",), secret=Secret(SECRET)),
        TurnSettings(urls=("https://192.0.2.9",), secret=Secret(SECRET)),
    ],
)
def test_settings_that_cannot_work_or_last_too_long_are_refused(settings: TurnSettings) -> None:
    with pytest.raises(SettingsError, match=r"turn\."):
        settings.check()


def test_a_relay_is_named_by_udp_tcp_and_tls_and_v6_in_brackets() -> None:
    assert urls_of(["192.0.2.9", "2001:db8::9"], port=3478, tls_port=5349) == (
        "turn:192.0.2.9:3478?transport=udp",
        "turn:[2001:db8::9]:3478?transport=udp",
        "turn:192.0.2.9:3478?transport=tcp",
        "turn:[2001:db8::9]:3478?transport=tcp",
        "turns:192.0.2.9:5349?transport=tcp",
        "turns:[2001:db8::9]:5349?transport=tcp",
    )
