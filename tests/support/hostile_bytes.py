"""What is done with bytes of strangers by each parser of ours in Python, and what may come of it (SC-04).

A target takes any bytes and returns: what it refuses is refused by the errors that its callers know. Whatever
else it raises is a fault, and so is an answer that does not hold what its first line says.
"""

import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from annotation.codec import operation_from
from media.client import MediaRefused
from media.control import OfferedPublication
from media.negotiation.agreement import LocalTransport
from media.negotiation.machine import Negotiation
from media.negotiation.sdp import Fingerprint, parse_fragment, parse_offer
from media.plane_python.guard import Drop, Kind, StunTable, classify
from media.transport.addresses import CandidatePolicy
from media.transport.framing import MAX_FRAME_BYTES, BadFrame, Deframer, framed, is_check, is_success
from platform_api.files.errors import FileRefused
from platform_api.files.model import MAX_NAME_CHARS
from platform_api.files.rules import display_name, type_of
from platform_api.files.upload_routes import metadata_of
from platform_api.http.paging import CursorInvalid, decode_cursor, decode_id_cursor, decode_moment_cursor
from platform_api.joining.model import Cell
from platform_api.joining.rules import FIRST_ROW, HEADINGS, RowReader, read_headings
from platform_api.joining.sheets import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS
from platform_api.kernel.byte_ranges import ranged
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.errors import AppError, NotAuthenticated
from platform_api.kernel.identity_text import holds_identity
from platform_api.kernel.ids import OrganisationId, PeerId
from platform_api.kernel.rooms import Source
from platform_api.kernel.sentences import best_language
from platform_api.kernel.tokens import Audience, VerifyingKeys, verify_claims
from platform_api.search.tokens import ask, index_name, matches
from recording.containers.scan import samples, scan
from recording.journal import encode_line, parse
from signaling.codec import Unreadable, decode, dumps, encode, loads
from signaling.errors import Malformed
from signaling.messages import REQUESTS
from tests.support.parsers import describe

Target = Callable[[bytes], None]
PACKETS: Final = (
    "demux", "rtp", "red", "extensions", "rtcp", "twcc", "descriptor", "VP8", "VP9", "H264", "AV1",
)  # fmt: skip
"""The parsers of the Python plane that `tests/support/parsers.py` describes."""
MAX_DATAGRAM: Final = 1_500
LOCAL: Final = LocalTransport(
    ufrag="server",
    password="s" * 24,
    fingerprints=(Fingerprint(algorithm="sha-256", value="CD:" * 31 + "CD"),),
    candidates=("1 1 udp 2130706431 192.0.2.7 7882 typ host",),
)
OWN: Final = (OrganisationId("own"), "本院")
KEYS: Final = VerifyingKeys({"k": Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()})


def packet(parser: str) -> Target:
    """One parser of the plane."""

    def read(data: bytes) -> None:
        describe(parser, data[:MAX_DATAGRAM])

    return read


def stun(data: bytes) -> None:
    """Whose a datagram is: one of ours, or a reason."""
    data = data[:MAX_DATAGRAM]
    kind = classify(memoryview(data), len(data))
    table = StunTable()
    table.add("ufrag", PeerId("peer"))
    table.sent(data, PeerId("peer"), 0.0)
    if kind is Kind.STUN:
        assert isinstance(table.owner(data, 1.0), Drop) or table.owner(data, 1.0) == "peer"
    is_check(data)
    is_success(data)


def frames(data: bytes) -> None:
    """A stream gives the same frames however it is cut, none of another length than ours have, or is bad."""
    whole = _frames(data, len(data) or 1)
    assert _frames(data, 7) == whole
    if whole is not None:
        assert all(len(each) <= MAX_FRAME_BYTES for each in whole)
        assert data.startswith(b"".join(framed(each) for each in whole))


def _frames(data: bytes, step: int) -> list[bytes] | None:
    stream, found = Deframer(), []
    try:
        for at in range(0, len(data), step):
            found += stream.feed(data[at : at + step])
    except BadFrame:
        return None
    return found


def sdp(data: bytes) -> None:
    """An offer is answered, by an answer that can be read in its turn, or refused."""
    text = _text(data)
    with contextlib.suppress(MediaRefused):
        parse_fragment(text)
    with contextlib.suppress(MediaRefused):
        offer = parse_offer(text)
        CandidatePolicy.of(["0.0.0.0/0", "::/0"]).admit(offer.candidates)
        sent = [
            OfferedPublication(mid=section.mid, source=source)
            for section in offer.sections[:2]
            if (source := {"audio": Source.VOICE, "video": Source.SCOPE}.get(section.kind))
        ]
        agreed = Negotiation(LOCAL, lambda: LOCAL).answer(
            text, publications=sent, may_publish=frozenset(Source)
        )
        assert len(parse_offer(agreed.answer).sections) == len(offer.sections)


def signalling(data: bytes) -> None:
    """A message is one of the catalogue, refused by a field's name, or unreadable; what is read is written."""
    try:
        said = loads(_text(data))
    except Unreadable:
        return
    with contextlib.suppress(UnicodeEncodeError):  # a lone surrogate has no bytes
        dumps(said).encode()
    match said:
        case [str() as name, value, *_] if name in REQUESTS:
            with contextlib.suppress(Malformed):
                message = decode(REQUESTS[name], value)
                assert decode(REQUESTS[name], json.loads(dumps(encode(message)))) == message
        case dict():
            with contextlib.suppress(ValidationError):
                operation_from(said)


def token(data: bytes) -> None:
    """Nothing that is not signed is believed."""
    with contextlib.suppress(NotAuthenticated):
        verify_claims(_text(data), keys=KEYS, audience=Audience.ROOM, clock=SystemClock())
        raise AssertionError(data)
    head, _, rest = data.partition(b"\n")
    built = ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in (head, rest, b"sig"))
    with contextlib.suppress(NotAuthenticated):
        verify_claims(built, keys=KEYS, audience=Audience.ROOM, clock=SystemClock())
        raise AssertionError(data)


def cursor(data: bytes) -> None:
    """A cursor holds what the database takes, or is refused."""
    for text in (_text(data), base64.urlsafe_b64encode(data).decode().rstrip("=")):
        for read in (decode_moment_cursor, decode_id_cursor):
            with contextlib.suppress(CursorInvalid):
                read(text)
        for kinds in ((datetime, str), (str, str), (str,), (int,)):
            with contextlib.suppress(CursorInvalid):
                _storable(decode_cursor(text, *kinds))


def _storable(values: tuple[Any, ...]) -> None:
    for value in values:
        match value:
            case str():
                assert "\0" not in value
                value.encode()
            case datetime():
                value.astimezone(UTC)
            case int():
                value.to_bytes(8, "big", signed=True)


def upload(data: bytes) -> None:
    """What an upload says of itself and what its bytes are: a kind and a name that can be shown, or a refusal."""
    with contextlib.suppress(AppError):
        metadata_of(_text(data))
    with contextlib.suppress(FileRefused):
        shown = display_name(_text(data), type_of(data))
        assert 0 < len(shown) <= MAX_NAME_CHARS
        assert shown.isprintable()
        assert "/" not in shown
        shown.encode()


def headers(data: bytes) -> None:
    """Every header has an answer, and no range leaves the file."""
    text = _text(data)
    best_language(text)
    for size in (0, 1, 1000):
        told = ranged({"Range": text, "If-Range": '"t"', "If-None-Match": text}, tag="t", size=size)
        if told.places is not None and len(told.places):
            assert 0 <= told.places.start < told.places.stop <= size


def people(data: bytes) -> None:
    """A list of users: each row is a user who can be stored, or its faults."""
    lines = [line.split("\t")[:MOST_COLUMNS] for line in _text(data).split("\n")[: MOST_ROWS + 1]]
    rows = [[Cell(text=text[:MOST_CHARACTERS]) for text in line] for line in lines]
    columns, _ = read_headings(rows[0])
    columns = columns or dict(enumerate(HEADINGS))
    reader = RowReader({"内镜中心": [OWN[0]]}, OWN)
    for number, row in enumerate(rows, FIRST_ROW):
        reader.read(number, {heading: row[at] for at, heading in columns.items() if at < len(row)})
    reader.find_doubles()
    for user in reader.users:
        assert user.name
        assert user.roles
        for kept in (user.name, user.username, user.title, user.speciality, user.phone, user.document):
            assert "\0" not in kept
            kept.encode()


def words(data: bytes) -> None:
    """What somebody types is found in itself, as far as a search goes."""
    text = _text(data)[:60]
    holds_identity(text)
    asked = ask(text)
    assert matches(asked, index_name(text)) or not asked.tokens or len(text.split()) > 1


def repair(data: bytes) -> None:
    """Of a torn segment or journal what is whole is found, and found again in what is kept of it."""
    if (found := scan(data)) is not None:
        assert 0 < found.octets <= len(data)
        assert scan(data[: found.octets]) == found
        assert len(list(samples(data[: found.octets]))) == found.samples
    for entry in parse(data).entries:
        assert parse(encode_line(entry)).entries == (entry,)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


TARGETS: Final[Mapping[str, Target]] = {
    **{name: packet(name) for name in PACKETS},
    "stun": stun,
    "frames": frames,
    "sdp": sdp,
    "signalling": signalling,
    "token": token,
    "cursor": cursor,
    "upload": upload,
    "headers": headers,
    "people": people,
    "words": words,
    "repair": repair,
}
