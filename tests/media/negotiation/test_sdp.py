"""SG-01: whatever is sent as an offer, a declared refusal comes in bounded time."""

import contextlib
import random
import time

import pytest

from media.client import MediaRefused
from media.errors import MediaErrorCode
from media.negotiation.agreement import LocalTransport
from media.negotiation.machine import Negotiation
from media.negotiation.sdp import Fingerprint, parse_offer
from platform_api.kernel.rooms import Source
from tests.support.offers import offer, section

LOCAL = LocalTransport(
    ufrag="serverufrag",
    password="s" * 24,
    fingerprints=(Fingerprint(algorithm="sha-256", value="CD:" * 31 + "CD"),),
    candidates=(),
)
MUTATIONS = 20_000
WORST_MS = 100.0


def refusal(text: str) -> str:
    with pytest.raises(MediaRefused) as refused:
        parse_offer(text)
    return refused.value.code


def test_SG_01_limits_are_checked_before_reading() -> None:
    whole = offer(section("0"))
    candidate = "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n"

    assert parse_offer(whole + candidate * 64).candidates[0].startswith("1 1 udp")
    began = time.perf_counter()
    assert refusal(whole + "a=x\r\n" * 500_000) == "media.sdp_too_large"
    assert refusal(whole + candidate * 65) == "media.sdp_limits"
    assert refusal(whole + candidate * 5_000) in {"media.sdp_limits", "media.sdp_too_large"}
    assert refusal(offer(*(section(str(mid), media=("a=rtpmap:96 VP8/90000",)) for mid in range(33)))) == (
        "media.sdp_limits"
    )
    assert (time.perf_counter() - began) * 1000 < WORST_MS


def test_SG_01_the_largest_offers_are_read_in_time() -> None:
    filler = [f"a=fmtp:{96 + number % 30} a{number}=1" for number in range(3_000)]
    for text in (
        offer(section("0", extra=filler))[: 64 * 1024],
        offer(section("0", extra=["a=rtcp-fb:* nack"] * 3_000))[: 64 * 1024],
        offer(section("0", extra=["a=fmtp:96 " + ";" * 60_000])),
        offer(section("0", extra=["a=ssrc-group:FID " + "1 " * 30_000])),
    ):
        began = time.thread_time()
        with contextlib.suppress(MediaRefused):
            parse_offer(text)
        assert (time.thread_time() - began) * 1000 < 20


def test_SG_01_mutated_offers_end_in_an_answer_or_a_declared_refusal() -> None:
    rng = random.Random(20261)
    whole = offer(
        section("0", direction="sendonly", extra=["a=rid:h send", "a=rid:l send", "a=simulcast:send h;l"]),
        section("1", "audio", "sendonly", extra=["a=ssrc-group:FID 1 2", "a=ssrc:1 cname:x"]),
        section("2"),
    )
    codes = {code.value for code in MediaErrorCode}
    outcomes: set[str] = set()
    worst_ms = 0.0
    for _ in range(MUTATIONS):
        text = _mutate(whole, rng)
        began = time.thread_time()
        try:
            Negotiation(LOCAL).answer(text, publications=(), may_publish=frozenset(Source))
            outcomes.add("answered")
        except MediaRefused as error:
            outcomes.add(error.code)
        worst_ms = max(worst_ms, (time.thread_time() - began) * 1000)

    assert {"answered", "media.sdp_invalid"} <= outcomes <= codes | {"answered"}
    assert worst_ms < WORST_MS


def _mutate(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 4)):
        lines = text.split("\r\n")
        at = rng.randrange(len(lines))
        match rng.randrange(7):
            case 0:
                del lines[at]
            case 1:
                lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
            case 2:
                lines.insert(at, lines[rng.randrange(len(lines))])
            case 3:
                place = rng.randrange(len(lines[at]) + 1)
                lines[at] = (
                    lines[at][:place]
                    + chr(rng.choice((0, 9, 32, 58, 59, 0x7F, 0x2028, 0x1F600)))
                    + lines[at][place:]
                )
            case 4:
                lines[at] = lines[at].replace("9", str(rng.choice((-1, 2**32, 10**30, "x"))))
            case 5:
                lines[at] = "".join(rng.sample(lines[at], len(lines[at])))
            case _:
                lines[at] = lines[at] * rng.randint(2, 50)
        text = "\r\n".join(lines)
    return text


def test_lines_of_a_peer_never_write_lines_of_the_answer() -> None:
    hostile = offer(section("0")).replace("a=mid:0", "a=mid:0\u2028a=candidate:evil")

    assert refusal(hostile) == "media.sdp_invalid"
    assert refusal(offer(section("0", extra=["a=rid:h;x send"]))) == "media.sdp_invalid"
