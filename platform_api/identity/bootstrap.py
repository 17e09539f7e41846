"""The first organisation and the first accounts, made by the operator's own command and not over HTTP."""

from dataclasses import dataclass

import pyotp

from platform_api.db import Database
from platform_api.identity import duty_store, store
from platform_api.identity.factors import seal_totp
from platform_api.identity.model import Duty, Organisation, OrganisationKind, User, UserRole
from platform_api.identity.passwords import Passwords
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import new_one_time_password
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.ids import OrganisationId, UserId, new_id
from platform_api.kernel.sealing import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapUser:
    """An account and what its user is told once; no `totp_secret`: the user enrols at the first login."""

    user: User
    password: Secret
    totp_secret: Secret | None


async def create_organisation(
    database: Database,
    clock: Clock,
    *,
    name: str,
    kind: OrganisationKind = OrganisationKind.HOSPITAL,
    region_code: str = "",
    parent: OrganisationId | None = None,
) -> Organisation:
    """A new organisation."""
    made = Organisation(
        id=OrganisationId(new_id()), parent=parent, name=name, kind=kind, region_code=region_code
    )
    async with database.transaction(SYSTEM) as transaction:
        await store.add_organisation(transaction, made, clock.now())
    return made


async def create_user(
    database: Database,
    clock: Clock,
    passwords: Passwords,
    sealer: Sealer,
    *,
    organisation: Organisation,
    username: str,
    name: str,
    roles: frozenset[UserRole],
    title: str = "",
    locale: str = "zh-CN",
    activated: bool = False,
    duty: Duty | None = None,
) -> BootstrapUser:
    """A new account with a password made now.

    `activated`: password and authenticator are in force at once (demonstrations and tests); otherwise
    the password serves for the first login alone and the user sets own ones. Raises UniqueBroken.
    """
    user_id, password = UserId(new_id()), new_one_time_password()
    secret = pyotp.random_base32() if activated else None
    user = User(
        id=user_id,
        organisation=organisation.id,
        organisation_name=organisation.name,
        username=username.lower(),
        name=name,
        title=title,
        locale=locale,
        roles=roles,
        password_hash=await passwords.hash(password),
        must_change_password=not activated,
        totp_sealed=seal_totp(sealer, user_id, secret) if secret else None,
        totp_confirmed=activated,
        disabled=False,
        duty=duty,
    )
    async with database.transaction(SYSTEM) as transaction:
        await store.add_user(transaction, user, clock.now())
        if duty is not None:
            await duty_store.add_duty(transaction, user_id, duty, SYSTEM.subject, clock.now())
    return BootstrapUser(user=user, password=Secret(password), totp_secret=Secret(secret) if secret else None)
