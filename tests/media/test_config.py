"""Where a node listens, as its settings say it."""

from typing import Any

import pytest

from media.config import MediaSettings
from media.transport.addresses import hosts_here
from platform_api.kernel.config import SettingsError


@pytest.mark.parametrize(
    ("settings", "hosts"),
    [
        ({}, ("0.0.0.0", "::")),
        ({"ipv6": False}, ("0.0.0.0", None)),
        ({"host": "192.0.2.9"}, ("192.0.2.9", "::")),
        ({"host6": "2001:DB8:0::9"}, ("0.0.0.0", "2001:db8::9")),
        ({"host": "127.0.0.1", "loopback": True}, ("127.0.0.1", "::")),
    ],
)
def test_it_listens_on_all_addresses_or_on_the_named_one(
    settings: dict[str, Any], hosts: tuple[str, str | None]
) -> None:
    assert MediaSettings(**settings).hosts() == hosts


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "media.example.org"}, "media.host: 'media.example.org' is not an IPv4 address"),
        ({"host": "::1"}, "media.host: '::1' is not an IPv4 address"),
        ({"host": "224.0.0.1"}, "media.host: '224.0.0.1' is not an IPv4 address"),
        ({"host6": "127.0.0.1"}, "media.host6: '127.0.0.1' is not an IPv6 address"),
        ({"host6": "fe80::1%eth0"}, "media.host6: 'fe80::1%eth0' is not an IPv6 address"),
        ({"host6": "::1", "ipv6": False}, "media.host6 needs media.ipv6"),
        ({"host": "192.0.2.9", "loopback": True}, "media.loopback names 127.0.0.1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_name(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        MediaSettings(**settings).hosts()


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "198.51.100.77"},
        {"host6": "2001:db8::77"},
        {"host6": "::ffff:127.0.0.1"},
    ],
)
def test_an_address_of_another_machine_is_refused_before_anything_listens(settings: dict[str, str]) -> None:
    (name, address), *_ = settings.items()

    with pytest.raises(SettingsError, match=f"media.{name}: this machine cannot listen on {address} "):
        hosts_here(MediaSettings(**settings))  # type: ignore[arg-type]
