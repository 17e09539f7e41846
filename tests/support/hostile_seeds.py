"""Where the harness of the parsers begins: what lawful senders send, what was once handled wrongly, and changes of both."""

import ast
import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from platform_api.http.paging import encode_cursor
from recording.containers.mp4 import Sample, fragment
from recording.control import JournalEntry
from recording.journal import encode_line
from signaling.messages.documentation import REQUEST_EXAMPLES
from tests.support.hostile_bytes import PACKETS
from tests.support.offers import offer, section
from tests.support.parsers import seeds as packets

KEPT: Final = Path(__file__).resolve().parents[1] / "fuzz" / "corpus"
WORDS: Final = (
    b"\x00", b"\xff\xff\xff\xff", b"\xed\xa0\x80", b"\\ud800", "é́\u202e\ufeff".encode(), "ﷺİß".encode(), b'\\"', b"[", b"]", b'{"a":', b"-1",
    b"1e999", b"NaN", b"9" * 40, b"\r\n", b"a=", b"m=", b"%00", b"../", b"=", b",", b";", b":", b" ", b"\t", "１３８".encode(),
    b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00",
)  # fmt: skip
LONGEST: Final = 300_000
"""Somewhat more than any of the parsers takes: what costs the square of its length is seen at that size."""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _offers() -> list[bytes]:
    send = section("0", direction="sendonly", extra=["a=ssrc-group:FID 11 12", "a=ssrc:11 cname:x"])
    layered = section("0", direction="sendonly", extra=["a=rid:h send", "a=simulcast:send h"])
    candidate = "a=candidate:1 1 udp 2130706431 192.0.2.7 7882 typ host"
    texts = (
        offer(send, section("1", "audio", "sendonly")),
        offer(layered, section("1", "audio", "recvonly", extra=[candidate])),
        "a=ice-ufrag:abcd\r\na=ice-pwd:" + "p" * 24 + f"\r\n{candidate}\r\n",
    )
    return [text.encode() for text in texts]


def _segment() -> bytes:
    made = [Sample(time=at * 3000, duration=3000, keyframe=at == 0, data=bytes([at]) * 20) for at in range(4)]
    return fragment(1, made[:2]) + fragment(2, made[2:])


def _journal() -> bytes:
    told = [JournalEntry(seq=seq, at_ms=seq, name="chat.said", data={"body": "看边界"}) for seq in (1, 2)]
    return b"".join(encode_line(entry) for entry in told)


_LAWFUL: Final[Mapping[str, Callable[[], list[bytes]]]] = {
    "frames": lambda: [b"\x00\x0c" + bytes(12) + b"\x00\x09" + bytes(9)],
    "sdp": _offers,
    "signalling": lambda: [_json([name, data]) for name, data in REQUEST_EXAMPLES.items()],
    "token": lambda: [b'{"alg":"EdDSA","kid":"k","typ":"JWT"}\n{"exp":1,"iss":"scopecast","aud":"room"}', b"a.b.c"],
    "cursor": lambda: [
        encode_cursor(datetime(2026, 11, 30, tzinfo=UTC), "0197a000-0000-7000-8000-000000000000").encode(),
        b'["\xe7\x94\xb2","0197a000-0000-7000-8000-000000000000"]',
        b"[7]",
        b'["2026-11-30T00:00:00+08:00","a"]',
    ],
    "upload": lambda: [
        b"filename 6IOD6KeSLnBkZg==,filetype YXBwbGljYXRpb24vcGRm",
        b"\x89PNG\r\n\x1a\n../../\xe8\x83\x83.png",
        b"%PDF-1.7 C:\\a\\b.pdf",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x1aE\xdf\xa3webm",
        b"\x00\x00\x00\x18ftypqt  ",
        b"ID3a.mp3",
    ],
    "headers": lambda: [b"bytes=0-499", b"bytes=-5", b'W/"t", *', b"zh-CN,zh;q=0.9,en;q=0.8"],
    "people": lambda: [
        "姓名*\t用户名\t机构\t角色\t职称\t专科\t手机号\t身份证号\n王建国\twjg\t内镜中心\t专家、医生\t主任\t\t13800138000\t110101199003070011".encode(),
        "姓名\t角色\n张三\t院长\n\t医生".encode(),
    ],
    "words": lambda: ["胃角 ESD wjg".encode(), "阿卜杜热西提·买买提".encode(), "𬱖 13800138000".encode()],
    "repair": lambda: [_segment(), _journal()],
}  # fmt: skip


def seeds(target: str) -> list[bytes]:
    """What the harness of this target begins with, each once."""
    path = KEPT / f"{target}.txt"
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    kept = [ast.literal_eval(line) for line in lines if not line.startswith("#")]
    lawful = packets() if target in {*PACKETS, "stun"} else _LAWFUL[target]()
    return list(dict.fromkeys([*kept, *lawful]))


def changed(begun: list[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    """So many inputs made of these by chance, the same ones for the same chance."""
    for _ in range(count):
        data = chance.choice(begun)
        for _ in range(chance.choice((1, 1, 2, 4, 8))):
            data = _once(data, begun, chance)[:LONGEST]
        yield data


def _once(data: bytes, begun: list[bytes], chance: random.Random) -> bytes:
    at, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    match chance.randrange(7):
        case 0:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[end:]
        case 2:
            return data[:at] + chance.choice(WORDS) + data[at:]
        case 3:
            return data[:at] + chance.choice(WORDS) + data[end:]
        case 4:
            other = chance.choice(begun)
            return data[:at] + other[chance.randrange(len(other) + 1) :]
        case 5:
            return data[:at] + data[at:end] * chance.choice((2, 3, 40)) + data[end:]
        case _:
            return data[:at] + chance.choice(WORDS) * chance.choice((10, 1_100, 20_000)) + data[at:]
