"""Certificates (CA, USB key): a proxy of ours ends mutual TLS and vouches for them; we know whose they are.

The headers are believed from a proxy of `http.trusted_proxies` alone; from anybody else they are nothing, and
the attempt is counted and noted. Off unless `identity.certificate_login` says otherwise.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Database, UniqueBroken
from platform_api.http import Asker
from platform_api.http.call import Caller
from platform_api.identity import certificate_store, store
from platform_api.identity.errors import (
    AccountDisabled,
    AddressTried,
    CertificateKnown,
    CertificateLimit,
    CertificateMissing,
    CertificateUnknown,
)
from platform_api.identity.logins import Logins
from platform_api.identity.model import Tokens, User, UserCertificate
from platform_api.identity.proof import SYSTEM, Proofs
from platform_api.identity.rules import PER_ADDRESS, IdentitySettings
from platform_api.identity.visitor import LoginMethod, Visitor
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError, NotFound
from platform_api.kernel.ids import UserId, new_id

CERTIFICATE_HEADER: Final = "X-Scopecast-Client-Certificate"
"""The certificate: PEM, percent-encoded (nginx), or DER in base64 (Caddy)."""
VERIFIED_HEADER: Final = "X-Scopecast-Client-Verified"
VERIFIED: Final = "SUCCESS"
MAX_HEADER: Final = 16_384
MOST_CERTIFICATES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A certificate that our proxy verified."""

    fingerprint: bytes
    subject: str
    ends_at: datetime


def certificate_shown(caller: Caller, *, on: bool, now: datetime) -> Shown:
    """The certificate of this call; raises CertificateMissing where none is vouched for."""
    text = caller.headers.get(CERTIFICATE_HEADER, "")
    vouched = on and caller.by_proxy and caller.headers.get(VERIFIED_HEADER) == VERIFIED
    if not vouched or not text or len(text) > MAX_HEADER:
        raise CertificateMissing
    try:
        found = _parse(text)
        subject = found.subject.rfc4514_string()
    except (ValueError, binascii.Error) as error:
        raise CertificateMissing from error
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
        raise CertificateMissing
    return Shown(
        fingerprint=found.fingerprint(SHA256()), subject=subject[:300], ends_at=found.not_valid_after_utc
    )


def _parse(text: str) -> x509.Certificate:
    if text.startswith("-----BEGIN"):
        return x509.load_pem_x509_certificate(unquote(text).encode())
    return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))


class Certificates:
    """Bound by their signed-in user, then good to sign in."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        proofs: Proofs,
        logins: Logins,
        settings: IdentitySettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._proofs = proofs
        self._logins = logins
        self._on = settings.certificate_login

    @property
    def on(self) -> bool:
        """Whether the operator switched it on."""
        return self._on

    async def mine(self, asker: Asker) -> list[UserCertificate]:
        """The asker's certificates."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await certificate_store.certificates_of(transaction, UserId(asker.subject))

    async def bind(self, asker: Asker, password: str, caller: Caller) -> UserCertificate:
        """Binds the certificate of this very connection to the asker.

        Raises CertificateMissing, CertificateKnown, CertificateLimit, PasswordWrong, Locked or Busy.
        """
        now = self._clock.now()
        shown = certificate_shown(caller, on=self._on, now=now)
        user = await self._proofs.by_password(asker, password)
        bound = UserCertificate(
            id=new_id(),
            user=user.id,
            subject=shown.subject,
            ends_at=shown.ends_at,
            created_at=now,
            used_at=None,
        )
        async with self._database.transaction(asker.actor()) as transaction:
            await store.lock_user(transaction, user.id)
            if len(await certificate_store.certificates_of(transaction, user.id)) >= MOST_CERTIFICATES:
                raise CertificateLimit(params={"limit": MOST_CERTIFICATES})
            try:
                await certificate_store.add_certificate(transaction, bound, shown.fingerprint)
            except UniqueBroken as error:
                raise CertificateKnown from error
            who = Who.of(asker, caller.address)
            self._trail.note(transaction, _changed(who, bound, "certificate_bound"))
        return bound

    async def unbind(self, asker: Asker, certificate: str, password: str, *, address: str) -> None:
        """Takes a certificate away; raises NotFound, PasswordWrong, Locked or Busy."""
        user = await self._proofs.by_password(asker, password)
        async with self._database.transaction(asker.actor()) as transaction:
            mine = await certificate_store.certificates_of(transaction, user.id)
            found = [item for item in mine if item.id == certificate]
            if not found or not await certificate_store.remove_certificate(transaction, user.id, certificate):
                raise NotFound
            self._trail.note(transaction, _changed(Who.of(asker, address), found[0], "certificate_unbound"))

    async def sign_in(self, caller: Caller, visitor: Visitor) -> Tokens:
        """Tokens for the user of this connection's certificate: the key and its PIN are both factors.

        Raises CertificateMissing, CertificateUnknown, AccountDisabled or AddressTried.
        """
        key = f"address:{visitor.address}"
        counted_at = await self._proofs.count(key, PER_ADDRESS, AddressTried)
        try:
            shown = certificate_shown(caller, on=self._on, now=self._clock.now())
            user = await self._user_of(shown)
        except AppError as error:
            await self._record_failure(error.code, visitor)
            raise
        await self._proofs.forgive_one(key, counted_at)
        async with self._database.transaction(SYSTEM) as transaction:
            await certificate_store.touch_certificate(transaction, shown.fingerprint, self._clock.now())
            return await self._logins.welcome(transaction, user, visitor, LoginMethod.CERTIFICATE)

    async def _user_of(self, shown: Shown) -> User:
        async with self._database.transaction(SYSTEM) as transaction:
            owner = await certificate_store.owner_of(transaction, shown.fingerprint)
            user = await store.user_by_id(transaction, owner) if owner else None
        if user is None or not user.complete:
            raise CertificateUnknown
        if user.disabled:
            raise AccountDisabled
        return user

    async def _record_failure(self, code: str, visitor: Visitor) -> None:
        entry = Entry(
            tag=Tag.LOGIN,
            who=Who(subject="", name="", organisation=None, address=visitor.address),
            target_kind="login",
            target="",
            outcome=Outcome.FAILED,
            details={"code": code, "method": LoginMethod.CERTIFICATE.value},
        )
        await self._trail.record(entry)


def _changed(who: Who, certificate: UserCertificate, what: str) -> Entry:
    return Entry(
        tag=Tag.CREDENTIALS_CHANGED,
        who=who,
        target_kind="user",
        target=certificate.user,
        details={"what": what, "certificate": certificate.id},
    )
