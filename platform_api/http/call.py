"""What a handler is given and what it may give back beside a shape."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from platform_api.http.asker import Asker
from platform_api.http.body import RawBody
from platform_api.http.services import Services
from platform_api.kernel.errors import NotAuthenticated
from platform_api.kernel.sentences import Language

P = TypeVar("P")
Q = TypeVar("Q")
B = TypeVar("B")

__all__ = ["BareAnswer", "BytesAnswer", "Call", "Caller", "Cookie", "FileAnswer", "RawBody", "Readable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Where a call comes from."""

    address: str
    language: Language
    request_id: str
    secure: bool
    origin: str
    """The scheme, host and port that the peer used, to build links for people."""
    cookies: Mapping[str, str]
    headers: Mapping[str, str]
    by_proxy: bool = False
    """Whether the peer is a proxy of ours, whose headers about the client are believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie to set; `max_age_s` 0 removes it. All are HttpOnly, Secure, SameSite=Strict, Path=/."""

    name: str
    value: str
    max_age_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[P, Q, B]):
    """One request after all checks: `Call[PathShape, QueryShape, BodyShape]`, `None` where there is none."""

    path: P
    query: Q
    body: B
    caller: Caller
    services: Services
    possible_asker: Asker | None
    cookies: list[Cookie] = field(default_factory=list)

    @property
    def asker(self) -> Asker:
        """Who asks; a public route's handler that needs one gets NotAuthenticated."""
        if self.possible_asker is None:
            raise NotAuthenticated
        return self.possible_asker


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesAnswer:
    """Bytes of a known content type."""

    data: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BareAnswer:
    """An answer of headers alone, with the status of its route."""

    headers: Mapping[str, str]


class Readable(Protocol):
    """Bytes that may be read from any place, a piece at a time."""

    @property
    def size(self) -> int: ...

    def pieces(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `stop`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """A file of ours; ranges, If-Range and If-None-Match are answered. Other bytes have another tag."""

    source: Readable
    tag: str
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
