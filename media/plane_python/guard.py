"""What a datagram is, and whose, decided from its first bytes before anything else looks at it (RFC 7983)."""

from collections import OrderedDict
from enum import StrEnum
from struct import Struct
from typing import Final

from media.plane import Address
from platform_api.kernel.ids import PeerId

STUN_HEADER_BYTES: Final = 20
DTLS_HEADER_BYTES: Final = 13
SRTP_MIN_BYTES: Final = 12 + 10
SRTCP_MIN_BYTES: Final = 8 + 4 + 10
STUN_COOKIE: Final = 0x2112A442
MAX_TRANSACTIONS: Final = 4096
MAX_UFRAGS: Final = 2
TRANSACTION_MS: Final = 40_000.0
MAX_CONTROL_A_SECOND: Final = 300

_STUN = Struct(">HHI")
_ATTRIBUTE = Struct(">HH")
_USERNAME = 0x0006
_REQUEST, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111


class Kind(StrEnum):
    STUN = "stun"
    DTLS = "dtls"
    RTP = "rtp"
    RTCP = "rtcp"


class Drop(StrEnum):
    """Why a datagram went no further; the names of the plane's counters."""

    SHORT = "drop.short"
    UNKNOWN_KIND = "drop.unknown_kind"
    STUN_MALFORMED = "drop.stun_malformed"
    STUN_UNKNOWN_UFRAG = "drop.stun_unknown_ufrag"
    STUN_UNKNOWN_TRANSACTION = "drop.stun_unknown_transaction"
    CONTROL_FLOOD = "drop.control_flood"
    MEDIA_FLOOD = "drop.media_flood"
    FOREIGN_ADDRESS = "drop.foreign_address"
    NO_KEYS = "drop.no_keys"
    NOT_AUTHENTIC = "drop.not_authentic"
    REPLAYED = "drop.replayed"
    TOO_MANY_SSRCS = "drop.too_many_ssrcs"
    RTP_MALFORMED = "drop.rtp_malformed"
    RTCP_MALFORMED = "drop.rtcp_malformed"
    UNKNOWN_SSRC = "drop.unknown_ssrc"
    DUPLICATE = "drop.duplicate"


def classify(view: memoryview, size: int) -> Kind | Drop:
    """The kind of the datagram in the first `size` bytes, or why it is dropped."""
    if size < 12:
        return Drop.SHORT
    first = view[0]
    if 128 <= first <= 191:
        if 192 <= view[1] <= 223:
            return Kind.RTCP if size >= SRTCP_MIN_BYTES else Drop.SHORT
        return Kind.RTP if size >= SRTP_MIN_BYTES else Drop.SHORT
    if first <= 3:
        return Kind.STUN if size >= STUN_HEADER_BYTES else Drop.SHORT
    if 20 <= first <= 63:
        return Kind.DTLS if size >= DTLS_HEADER_BYTES else Drop.SHORT
    return Drop.UNKNOWN_KIND


class StunTable:
    """Whose STUN a datagram is: requests by our ufrag in USERNAME, responses by our transactions."""

    def __init__(self) -> None:
        self._peers: dict[str, PeerId] = {}
        self._transactions: OrderedDict[bytes, tuple[PeerId, float]] = OrderedDict()

    def add(self, ufrag: str, peer: PeerId) -> None:
        """This ufrag is the peer's, beside the one that it had before (an ICE restart has two)."""
        self._peers.pop(ufrag, None)
        own = [known for known, owner in self._peers.items() if owner == peer]
        for oldest in own[: 1 - MAX_UFRAGS]:
            del self._peers[oldest]
        self._peers[ufrag] = peer

    def remove(self, peer: PeerId) -> None:
        for ufrag in [ufrag for ufrag, owner in self._peers.items() if owner == peer]:
            del self._peers[ufrag]
        for transaction in [key for key, (owner, _) in self._transactions.items() if owner == peer]:
            del self._transactions[transaction]

    def sent(self, data: bytes, peer: PeerId, now_ms: float) -> None:
        """Remembers the transaction of a request that goes out, for its response to be let in."""
        if len(data) < STUN_HEADER_BYTES or data[0] != 0 or data[1] != _REQUEST:
            return
        self._transactions[data[8:20]] = (peer, now_ms)
        while len(self._transactions) > MAX_TRANSACTIONS:
            self._transactions.popitem(last=False)
        while self._transactions:
            oldest = next(iter(self._transactions))
            if now_ms - self._transactions[oldest][1] < TRANSACTION_MS:
                break
            del self._transactions[oldest]

    def owner(self, data: bytes, now_ms: float) -> PeerId | Drop:
        """The peer that this STUN message is for, or why it is dropped."""
        message, length, cookie = _STUN.unpack_from(data)
        if cookie != STUN_COOKIE or length % 4 or length + STUN_HEADER_BYTES != len(data):
            return Drop.STUN_MALFORMED
        if message == _REQUEST:
            ufrag = _local_ufrag(data)
            if ufrag is None:
                return Drop.STUN_MALFORMED
            return self._peers.get(ufrag, Drop.STUN_UNKNOWN_UFRAG)
        if message in (_SUCCESS, _ERROR):
            known = self._transactions.get(data[8:20])
            if known is not None and now_ms - known[1] < TRANSACTION_MS:
                return known[0]
        return Drop.STUN_UNKNOWN_TRANSACTION


def _local_ufrag(data: bytes) -> str | None:
    """The part of USERNAME before the colon: the receiver's ufrag (RFC 8445 7.2.2)."""
    offset = STUN_HEADER_BYTES
    while offset + 4 <= len(data):
        kind, length = _ATTRIBUTE.unpack_from(data, offset)
        offset += 4
        if offset + length > len(data):
            return None
        if kind == _USERNAME:
            ufrag, colon, _ = data[offset : offset + length].partition(b":")
            return ufrag.decode("latin-1") if colon else None
        offset += length + -length % 4
    return None


class AddressTable:
    """Which checked address is whose; a few addresses a peer, the least recently checked going first."""

    MAX_A_PEER: Final = 8

    def __init__(self) -> None:
        self._owners: dict[Address, PeerId] = {}
        self._addresses: dict[PeerId, OrderedDict[Address, None]] = {}
        self.owner = self._owners.get

    def bind(self, peer: PeerId, address: Address, *, keep: Address | None) -> None:
        """The address is this peer's from now on; `keep` is not pushed out."""
        before = self._owners.get(address)
        if before is not None and before != peer:
            self._addresses[before].pop(address, None)
        self._owners[address] = peer
        own = self._addresses.setdefault(peer, OrderedDict())
        own[address] = None
        own.move_to_end(address)
        while len(own) > self.MAX_A_PEER:
            oldest = next(known for known in own if known != keep)
            del own[oldest]
            del self._owners[oldest]

    def remove(self, peer: PeerId) -> None:
        for address in self._addresses.pop(peer, ()):
            del self._owners[address]

    def __len__(self) -> int:
        return len(self._owners)
