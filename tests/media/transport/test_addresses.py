"""MD-05: where peers may send us, and what we tell them of ourselves."""

import pytest

from media.transport.addresses import (
    CandidatePolicy,
    advertised_addresses,
    host_addresses,
    local_candidates,
)


def line(address: str, port: int = 5432, transport: str = "udp") -> str:
    return f"1 1 {transport} 2130706431 {address} {port} typ host"


def test_advertised_addresses_are_the_settings_or_the_hosts() -> None:
    assert advertised_addresses(["198.51.100.7"], loopback=False) == ("198.51.100.7",)
    assert advertised_addresses(["198.51.100.7"], loopback=True) == ("198.51.100.7", "127.0.0.1")
    assert advertised_addresses([], loopback=False, host6=None) == (
        host_addresses(ipv6=False) or ("127.0.0.1",)
    )


def test_who_listens_on_one_address_names_no_other_of_its_family() -> None:
    v4, both = host_addresses(ipv6=False), host_addresses(ipv6=True)
    v6 = tuple(address for address in both if address not in v4)

    def named(host: str, host6: str | None, *configured: str) -> tuple[str, ...]:
        return advertised_addresses(configured, loopback=False, host=host, host6=host6)

    assert named("192.0.2.9", None) == ("192.0.2.9",)
    assert named("192.0.2.9", "::") == ("192.0.2.9", *v6)
    assert named("192.0.2.9", "2001:db8::9") == ("192.0.2.9", "2001:db8::9")
    assert named("0.0.0.0", "2001:db8::9") == (*v4, "2001:db8::9")
    assert named("192.0.2.9", "2001:db8::9", "198.51.100.7") == ("198.51.100.7",)  # behind NAT


def test_candidates_fall_in_preference() -> None:
    first, second = local_candidates(["198.51.100.7", "127.0.0.1"], 7882)

    assert first.to_sdp().endswith("198.51.100.7 7882 typ host")
    assert first.priority > second.priority


def test_MD_05_no_remote_candidate_is_admitted_by_default() -> None:
    lines = [line("127.0.0.1"), line("198.51.100.9"), line("8d8b.local"), line("169.254.1.1")]

    assert CandidatePolicy().admit(lines) == ()


@pytest.mark.parametrize(
    ("net", "address", "admitted"),
    [
        ("0.0.0.0/0", "198.51.100.9", True),
        ("0.0.0.0/0", "127.0.0.1", False),
        ("0.0.0.0/0", "169.254.1.1", False),
        ("0.0.0.0/0", "224.0.0.1", False),
        ("198.51.100.0/24", "203.0.113.1", False),
        ("127.0.0.0/8", "127.0.0.1", True),
        ("::/0", "::1", False),
        ("::/0", "2001:db8::1", True),
        ("0.0.0.0/0", "8d8b.local", False),
    ],
)
def test_MD_05_allowed_nets_do_not_open_special_places(net: str, address: str, admitted: bool) -> None:
    assert bool(CandidatePolicy.of([net]).admit([line(address)])) is admitted


def test_MD_05_our_own_addresses_are_not_admitted_by_a_wide_net() -> None:
    policy = CandidatePolicy.of(["0.0.0.0/0", "::/0"])

    assert [address for address in host_addresses(ipv6=True) if policy.admit([line(address)])] == []


@pytest.mark.parametrize(
    "text", ["", "1 1", "a b c d e f g h", line("198.51.100.9", 0), line("198.51.100.9", 9, "tcp")]
)
def test_malformed_candidates_are_left_out(text: str) -> None:
    assert CandidatePolicy.of(["0.0.0.0/0"]).admit([text, line("198.51.100.9")])[0].host == "198.51.100.9"
    assert len(CandidatePolicy.of(["0.0.0.0/0"]).admit([text])) == 0
