"""Offers as values: a strict reader of the SDP that peers send (RFC 8866, RFC 8829).

Limits are checked before anything is read. Each line costs the same small time whatever came before it,
so an offer of the largest size takes some 10 ms. Whatever is wrong raises MediaRefused with one
of the declared codes; nothing else escapes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from media.client import MediaRefused
from media.control import MAX_CANDIDATES, MAX_MEDIA_SECTIONS, MAX_SDP_BYTES
from media.errors import MediaErrorCode

MAX_LINES: Final = 4096
"""More than fit into the largest offer of a browser, whose lines hold 20 octets and more."""
MAX_FORMATS: Final = 64
MAX_EXTENSIONS: Final = 32
MAX_RIDS: Final = 4
MAX_SSRCS: Final = 32
MAX_FINGERPRINTS: Final = 8
DIRECTIONS: Final = frozenset({"sendonly", "recvonly", "sendrecv", "inactive"})
SECURE_PROFILES: Final = frozenset({"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP"})

_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_MID: Final = re.compile(r"[A-Za-z0-9._:+-]{1,32}")
_RID: Final = re.compile(r"[A-Za-z0-9_-]{1,16}")
_ICE: Final = re.compile(r"[A-Za-z0-9+/=_-]{4,256}")
_FINGERPRINT: Final = re.compile(r"([A-Za-z0-9-]{3,16}) ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){15,63})")
_MEDIA: Final = re.compile(
    r"(?P<kind>[a-z]{1,16}) (?P<port>[0-9]{1,5})(?:/[0-9]{1,5})? (?P<profile>[A-Za-z/]{3,32})"
    r"(?P<formats>(?: [A-Za-z0-9-]{1,64})+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What the offerer's certificate hashes to (RFC 8122)."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One payload type: its rtpmap, fmtp and rtcp-fb."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int
    parameters: Mapping[str, str]
    feedback: tuple[str, ...]

    @property
    def fmtp(self) -> str:
        """The parameters as an fmtp value."""
        return ";".join(f"{key}={value}" if value else key for key, value in self.parameters.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One media section, session-level ICE and DTLS lines folded in."""

    kind: str
    port: int
    profile: str
    mid: str
    direction: str
    raw_formats: str
    formats: tuple[Format, ...]
    extensions: Mapping[str, int]
    rids: tuple[str, ...]
    ssrcs: tuple[int, ...]
    rtx_ssrcs: Mapping[int, int]
    ufrag: str
    password: str
    fingerprints: tuple[Fingerprint, ...]
    setup: str
    rtcp_mux: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a peer offers; `candidates` are all its candidate lines, unread.

    `mixed`: it takes short and long header extensions in one flow (RFC 8285 6).
    """

    sections: tuple[Section, ...]
    bundle: tuple[str, ...]
    candidates: tuple[str, ...]
    ice_lite: bool
    mixed: bool


class SdpInvalid(ValueError):
    """A line does not say what its grammar allows."""


def parse_offer(text: str) -> Offer:
    """The offer; raises MediaRefused `media.sdp_too_large`, `sdp_limits` or `sdp_invalid`."""
    if len(text) > MAX_SDP_BYTES or len(text.encode("utf-8", "replace")) > MAX_SDP_BYTES:
        raise MediaRefused(MediaErrorCode.SDP_TOO_LARGE)
    if text.count("\n") > MAX_LINES:
        raise MediaRefused(MediaErrorCode.SDP_LIMITS)
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if sum(line.startswith("m=") for line in lines) > MAX_MEDIA_SECTIONS:
        raise MediaRefused(MediaErrorCode.SDP_LIMITS)
    if sum(line.startswith("a=candidate:") for line in lines) > MAX_CANDIDATES:
        raise MediaRefused(MediaErrorCode.SDP_LIMITS)
    try:
        if _FORBIDDEN.search(text):
            raise SdpInvalid("control character")
        return _read(lines)
    except ValueError as error:
        raise MediaRefused(MediaErrorCode.SDP_INVALID) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A trickle-ice-sdpfrag (RFC 8840 9); `ufrag` and `password` are empty where it names none."""

    ufrag: str
    password: str
    candidates: tuple[str, ...]


def parse_fragment(text: str) -> Fragment:
    """The fragment; raises as `parse_offer`."""
    if len(text) > MAX_SDP_BYTES:
        raise MediaRefused(MediaErrorCode.SDP_TOO_LARGE)
    if text.count("\n") > MAX_LINES:
        raise MediaRefused(MediaErrorCode.SDP_LIMITS)
    named = _TransportLines()
    candidates: list[str] = []
    try:
        for line in text.split("\n"):
            name, _, value = line.rstrip("\r").removeprefix("a=").partition(":")
            if name == "candidate":
                candidates.append(value)
            elif name in {"ice-ufrag", "ice-pwd"}:
                named.attribute(name, value)
    except ValueError as error:
        raise MediaRefused(MediaErrorCode.SDP_INVALID) from error
    if len(candidates) > MAX_CANDIDATES:
        raise MediaRefused(MediaErrorCode.SDP_LIMITS)
    return Fragment(ufrag=named.ufrag, password=named.password, candidates=tuple(candidates))


def _read(lines: list[str]) -> Offer:
    if lines[0] != "v=0":
        raise SdpInvalid("no v=0")
    session = _SessionLines()
    sections: list[_SectionLines] = []
    candidates: list[str] = []
    for line in lines[1:]:
        if line.startswith("m="):
            sections.append(_SectionLines(line[2:]))
        elif line.startswith("a=candidate:"):
            candidates.append(line.removeprefix("a=candidate:"))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            (sections[-1] if sections else session).attribute(name, value)
        elif line and (len(line) < 2 or line[1] != "="):
            raise SdpInvalid("not a type=value line")
    if not sections:
        raise SdpInvalid("no media section")
    read = tuple(section.finish(session) for section in sections)
    if len({section.mid for section in read}) != len(read):
        raise SdpInvalid("a mid twice")
    bundle = session.bundle if session.bundle or len(read) > 1 else (read[0].mid,)
    return Offer(
        sections=read,
        bundle=bundle,
        candidates=tuple(candidates),
        ice_lite=session.ice_lite,
        mixed=session.mixed,
    )


@dataclass(slots=True)
class _TransportLines:
    ufrag: str = ""
    password: str = ""
    setup: str = ""
    fingerprints: list[Fingerprint] = field(default_factory=list)

    def attribute(self, name: str, value: str) -> bool:
        """Takes the line if it belongs to ICE or DTLS."""
        if name == "ice-ufrag":
            self.ufrag = _match(_ICE, value).group()
        elif name == "ice-pwd":
            self.password = _match(_ICE, value).group()
        elif name == "setup":
            if value not in {"actpass", "active", "passive"}:
                raise SdpInvalid("setup")
            self.setup = value
        elif name == "fingerprint":
            if len(self.fingerprints) == MAX_FINGERPRINTS:
                raise SdpInvalid("fingerprints")
            algorithm, digest = _match(_FINGERPRINT, value.strip()).groups()
            self.fingerprints.append(Fingerprint(algorithm=algorithm.lower(), value=digest.upper()))
        else:
            return False
        return True


@dataclass(slots=True)
class _SessionLines:
    transport: _TransportLines = field(default_factory=_TransportLines)
    bundle: tuple[str, ...] = ()
    ice_lite: bool = False
    mixed: bool = False
    direction: str = "sendrecv"

    def attribute(self, name: str, value: str) -> None:
        if self.transport.attribute(name, value):
            return
        if name == "ice-lite":
            self.ice_lite = True
        elif name == "extmap-allow-mixed":
            self.mixed = True
        elif name == "group" and value.startswith("BUNDLE"):
            self.bundle = tuple(_match(_MID, mid).group() for mid in value.split()[1:])
        elif name in DIRECTIONS:
            self.direction = name


class _SectionLines:
    """One media section while its lines come in."""

    def __init__(self, media_line: str) -> None:
        media = _match(_MEDIA, media_line)
        self._kind = media["kind"]
        self._port = int(media["port"])
        self._profile = media["profile"]
        self._raw_formats = media["formats"].strip()
        self._transport = _TransportLines()
        self._mid = ""
        self._direction: str | None = None
        self._rtcp_mux = False
        self._maps: dict[int, tuple[str, int, int]] = {}
        self._parameters: dict[int, dict[str, str]] = {}
        self._feedback: dict[int | None, list[str]] = {}
        self._extensions: dict[str, int] = {}
        self._rids: list[str] = []
        self._ssrcs: dict[int, None] = {}
        self._rtx_ssrcs: dict[int, int] = {}

    def attribute(self, name: str, value: str) -> None:
        reader = _READERS.get(name)
        if reader is not None:
            reader(self, value)
        elif name in DIRECTIONS:
            self._direction = name
        else:
            self._transport.attribute(name, value)

    def read_mid(self, value: str) -> None:
        self._mid = _match(_MID, value.strip()).group()

    def read_rtcp_mux(self, _: str) -> None:
        self._rtcp_mux = True

    def read_rtpmap(self, value: str) -> None:
        payload, _, encoding = value.partition(" ")
        name, _, rest = encoding.strip().partition("/")
        clock, _, channels = rest.partition("/")
        self._maps[_number(payload, 127)] = (
            name,
            _number(clock, 1_000_000),
            _number(channels, 8) if channels else 1,
        )
        _limit(self._maps, MAX_FORMATS)

    def read_fmtp(self, value: str) -> None:
        payload, _, text = value.partition(" ")
        parameters = self._parameters.setdefault(_number(payload, 127), {})
        for item in text.split(";", MAX_FORMATS)[:MAX_FORMATS]:
            key, _, content = item.strip().partition("=")
            parameters[key.lower()] = content
        _limit(self._parameters, MAX_FORMATS)

    def read_feedback(self, value: str) -> None:
        payload, _, text = value.partition(" ")
        key = None if payload == "*" else _number(payload, 127)
        kinds = self._feedback.setdefault(key, [])
        kinds.append(text.strip())
        _limit(kinds, MAX_FORMATS)

    def read_extension(self, value: str) -> None:
        identifier, _, uri = value.partition(" ")
        number = _number(identifier.partition("/")[0], 4096)
        self._extensions[uri.partition(" ")[0]] = number
        _limit(self._extensions, MAX_EXTENSIONS)

    def read_rid(self, value: str) -> None:
        name, _, rest = value.partition(" ")
        if rest.startswith("send"):
            self._rids.append(_match(_RID, name).group())
            _limit(self._rids, MAX_RIDS)

    def read_ssrc(self, value: str) -> None:
        self._ssrcs[_number(value.partition(" ")[0], 0xFFFFFFFF)] = None
        _limit(self._ssrcs, MAX_SSRCS)

    def read_ssrc_group(self, value: str) -> None:
        semantics, _, numbers = value.partition(" ")
        ssrcs = numbers.split(maxsplit=2) if semantics == "FID" else []
        if len(ssrcs) == 2:  # a pair: media and its RTX (RFC 5576)
            self._rtx_ssrcs[_number(ssrcs[0], 0xFFFFFFFF)] = _number(ssrcs[1], 0xFFFFFFFF)
            _limit(self._rtx_ssrcs, MAX_SSRCS)

    def finish(self, session: _SessionLines) -> Section:
        if not self._mid:
            raise SdpInvalid("no mid")
        own, shared = self._transport, session.transport
        rtx = set(self._rtx_ssrcs.values())
        return Section(
            kind=self._kind,
            port=self._port,
            profile=self._profile,
            mid=self._mid,
            direction=self._direction or session.direction,
            raw_formats=self._raw_formats,
            formats=self._formats() if self._kind in {"audio", "video"} else (),
            extensions=self._extensions,
            rids=tuple(dict.fromkeys(self._rids)),
            ssrcs=tuple(ssrc for ssrc in self._ssrcs if ssrc not in rtx),
            rtx_ssrcs=self._rtx_ssrcs,
            ufrag=own.ufrag or shared.ufrag,
            password=own.password or shared.password,
            fingerprints=tuple(own.fingerprints or shared.fingerprints),
            setup=own.setup or shared.setup,
            rtcp_mux=self._rtcp_mux,
        )

    def _formats(self) -> tuple[Format, ...]:
        numbers = [_number(text, 127) for text in self._raw_formats.split()]
        _limit(numbers, MAX_FORMATS)
        for_all = tuple(dict.fromkeys(self._feedback.get(None, [])))
        own = self._feedback
        return tuple(
            Format(
                payload_type=number,
                name=self._maps[number][0],
                clock_rate=self._maps[number][1],
                channels=self._maps[number][2],
                parameters=self._parameters.get(number, {}),
                feedback=tuple(dict.fromkeys((*own[number], *for_all))) if number in own else for_all,
            )
            for number in dict.fromkeys(numbers)
            if number in self._maps
        )


_READERS: Final[Mapping[str, Callable[[_SectionLines, str], None]]] = {
    "mid": _SectionLines.read_mid,
    "rtcp-mux": _SectionLines.read_rtcp_mux,
    "rtpmap": _SectionLines.read_rtpmap,
    "fmtp": _SectionLines.read_fmtp,
    "rtcp-fb": _SectionLines.read_feedback,
    "extmap": _SectionLines.read_extension,
    "rid": _SectionLines.read_rid,
    "ssrc": _SectionLines.read_ssrc,
    "ssrc-group": _SectionLines.read_ssrc_group,
}


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise SdpInvalid(pattern.pattern)
    return found


@lru_cache(maxsize=4096)
def _number(text: str, most: int) -> int:
    number = int(_match(_NUMBER, text).group())
    if number > most:
        raise SdpInvalid("number out of range")
    return number


def _limit(container: object, most: int) -> None:
    if len(container) > most:  # type: ignore[arg-type]
        raise SdpInvalid("too many")
