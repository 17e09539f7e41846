"""To which domain passkeys belong: a name in the request is believed only if it is one of ours."""

import pytest

from platform_api.identity.errors import PasskeyAddress
from platform_api.identity.relying_party import relying_party


def asked_at(origin: str, *, hosts: tuple[str, ...] = ("Scope.Example.org",)) -> tuple[str, tuple[str, ...]]:
    party = relying_party(domain="auto", origins=(), known_hosts=hosts, asked_at=origin)
    return party.id, party.origins


@pytest.mark.parametrize(
    ("origin", "domain"),
    [
        ("http://localhost:8080", "localhost"),
        ("https://localhost:8443", "localhost"),
        ("https://scope.example.org", "scope.example.org"),
        ("https://SCOPE.example.org:8443", "scope.example.org"),
    ],
)
def test_a_known_name_is_the_domain_of_its_passkeys(origin: str, domain: str) -> None:
    assert asked_at(origin) == (domain, (origin.lower(),))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://example.org",
        "https://scope.example.org.evil.example",
        "http://scope.example.org",
        "https://192.0.2.7",
        "https://[2001:db8::1]:8443",
        "",
    ],
)
def test_elsewhere_no_passkey_can_be_used(origin: str) -> None:
    with pytest.raises(PasskeyAddress):
        asked_at(origin)


def test_a_domain_of_the_settings_stands_whatever_the_request_says() -> None:
    bare = relying_party(domain="hospital.cn", origins=(), known_hosts=(), asked_at="https://evil.example")
    more = relying_party(
        domain="hospital.cn", origins=("https://a.hospital.cn:8443",), known_hosts=(), asked_at=""
    )

    assert (bare.id, bare.origins) == ("hospital.cn", ("https://hospital.cn",))
    assert more.origins == ("https://a.hospital.cn:8443",)
