"""Signed grants: who may do what in one room, verified offline (RFC 7519, EdDSA of RFC 8037).

One algorithm, one issuer, one audience a kind, a key id from a fixed table. The algorithm and
the key are never taken from the token.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotAuthenticated
from platform_api.kernel.ids import RoomId, SessionId
from platform_api.kernel.rooms import ROLE_PUBLISHES, ROLE_RIGHTS, Right, Role, Source

ISSUER: Final = "scopecast"
ALGORITHM: Final = "EdDSA"
MAX_TOKEN_BYTES: Final = 4096
MAX_LIFE: Final = timedelta(minutes=15)
MAX_OPERATOR_LIFE: Final = timedelta(hours=24)


class Audience(StrEnum):
    """What a token is for; a token of one kind is refused where another is asked."""

    ROOM = "room"
    API = "api"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one participant may do in one room, until when."""

    room: RoomId
    subject: str
    name: str
    role: Role
    expires_at: datetime
    publish: frozenset[Source]
    subscribe: frozenset[Source] = frozenset(Source)
    may: frozenset[Right] = field(default_factory=frozenset)
    session: SessionId | None = None
    organisation: str | None = None
    login: str | None = None
    """The signing-in that asked for it: when that ends, what it opened is cut and nothing else."""


def grant_for(role: Role, *, room: RoomId, subject: str, name: str, expires_at: datetime) -> Grant:
    """The grant that a role carries by itself."""
    return Grant(
        room=room,
        subject=subject,
        name=name,
        role=role,
        expires_at=expires_at,
        publish=ROLE_PUBLISHES[role],
        may=ROLE_RIGHTS[role],
    )


@dataclass(frozen=True, slots=True)
class VerifyingKeys:
    """Public keys by key id: all that a verifier needs."""

    keys: Mapping[str, Ed25519PublicKey]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private key in use and its id."""

    key_id: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, key_id: str) -> "SigningKey":
        return cls(key_id, Ed25519PrivateKey.generate())

    @classmethod
    def from_text(cls, text: str) -> "SigningKey":
        """Reads `key_id:base64` as written by `to_text`."""
        key_id, _, encoded = text.strip().partition(":")
        return cls(key_id, Ed25519PrivateKey.from_private_bytes(base64.b64decode(encoded, validate=True)))

    def to_text(self) -> str:
        raw = self.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return f"{self.key_id}:{base64.b64encode(raw).decode()}"

    def verifying(self) -> VerifyingKeys:
        return VerifyingKeys({self.key_id: self.private.public_key()})


def public_text(key: Ed25519PublicKey) -> str:
    """The raw public key in base64."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def sign_claims(
    claims: Mapping[str, Any], *, key: SigningKey, audience: Audience, expires_at: datetime
) -> str:
    """A signed token with these claims for this audience."""
    body = {**claims, "iss": ISSUER, "aud": audience.value, "exp": int(expires_at.timestamp())}
    return jwt.encode(body, key.private, algorithm=ALGORITHM, headers={"kid": key.key_id})


def verify_claims(token: str, *, keys: VerifyingKeys, audience: Audience, clock: Clock) -> dict[str, Any]:
    """The claims of a valid token; raises NotAuthenticated `token.invalid` or `token.expired`."""
    if len(token) > MAX_TOKEN_BYTES:
        raise NotAuthenticated("token.invalid")
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
        key = keys.keys.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise NotAuthenticated("token.invalid")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience.value,
            issuer=ISSUER,
            options={"require": ["exp", "iss", "aud"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise NotAuthenticated("token.invalid") from error
    if not isinstance(claims["exp"], int) or claims["exp"] <= clock.now().timestamp():
        raise NotAuthenticated("token.expired")
    return claims


def sign_grant(grant: Grant, *, key: SigningKey, clock: Clock, operator: bool = False) -> str:
    """The grant as a token; a life above 15 minutes (24 h from the operator's own command) is refused."""
    life = grant.expires_at - clock.now()
    if life > (MAX_OPERATOR_LIFE if operator else MAX_LIFE) + timedelta(seconds=5):
        raise ValueError(f"a grant may not live {life}")
    claims: dict[str, Any] = {
        "sub": grant.subject,
        "room": grant.room,
        "name": grant.name,
        "role": grant.role.value,
        "publish": sorted(grant.publish),
        "subscribe": sorted(grant.subscribe),
        "may": sorted(grant.may),
    }
    if grant.session is not None:
        claims["session"] = grant.session
    if grant.organisation is not None:
        claims["organisation"] = grant.organisation
    if grant.login is not None:
        claims["login"] = grant.login
    return sign_claims(claims, key=key, audience=Audience.ROOM, expires_at=grant.expires_at)


def verify_grant(token: str, *, keys: VerifyingKeys, clock: Clock) -> Grant:
    """The grant in a token; raises NotAuthenticated `token.invalid` or `token.expired`."""
    claims = verify_claims(token, keys=keys, audience=Audience.ROOM, clock=clock)
    try:
        return Grant(
            room=RoomId(str(claims["room"])),
            subject=str(claims["sub"]),
            name=str(claims["name"]),
            role=Role(claims["role"]),
            expires_at=datetime.fromtimestamp(claims["exp"], tz=clock.now().tzinfo),
            publish=frozenset(Source(item) for item in claims["publish"]),
            subscribe=frozenset(Source(item) for item in claims["subscribe"]),
            may=frozenset(Right(item) for item in claims["may"]),
            session=SessionId(claims["session"]) if "session" in claims else None,
            organisation=claims.get("organisation"),
            login=claims.get("login"),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise NotAuthenticated("token.invalid") from error
