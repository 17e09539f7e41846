"""Who asks, and what a route demands of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol

from platform_api.db import Actor
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, SessionId


@dataclass(frozen=True, slots=True)
class Permission:
    """What an asker must hold for a route; the word appears as `x-permission` in the API's document."""

    name: str


PUBLIC: Final = Permission("public")
SIGNED_IN: Final = Permission("signed_in")
"""Any user whose activation is complete."""
ACTIVATING: Final = Permission("activating")
"""A user who may still have to set a password or an authenticator, and a complete one."""
ANYONE_KNOWN: Final = Permission("anyone_known")
"""Whoever is signed in, complete or not, guests too."""
PATIENT: Final = Permission("patient")
"""A patient, signed in by telephone: never a user."""
GUEST_OR_USER: Final = Permission("guest_or_user")
"""A complete user, or a guest of the session that the handler must compare with `Asker.session`."""


class GuestKind(StrEnum):
    """What a guest without an account is in the one session that is open to him."""

    COMMENTATOR = "commentator"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A signed-in user, or a guest: then `session` is the one he may see, `guest_kind` what he is there."""

    subject: str
    name: str
    login: str
    organisation: OrganisationId | None
    permissions: frozenset[str]
    complete: bool = True
    session: SessionId | None = None
    guest_kind: GuestKind | None = None
    is_patient: bool = False
    api_key: str | None = None
    """The key of a program that acts for the subject: it may what the key says alone."""
    elsewhere: Mapping[OrganisationId, frozenset[str]] = field(default_factory=dict)
    """What the asker may at other nodes than `organisation`, the widest first."""

    @property
    def is_guest(self) -> bool:
        return self.session is not None

    def holds(self, permission: Permission | str) -> bool:
        """Whether this asker may pass a door that demands the permission."""
        name = permission if isinstance(permission, str) else permission.name
        if self.api_key is not None:
            return name == PUBLIC.name or name in self.permissions
        if self.is_patient or name == PATIENT.name:
            return name in (PUBLIC.name, ANYONE_KNOWN.name) or (self.is_patient and name == PATIENT.name)
        match name:
            case PUBLIC.name | ANYONE_KNOWN.name:
                return True
            case ACTIVATING.name:
                return not self.is_guest
            case GUEST_OR_USER.name:
                return self.complete
            case SIGNED_IN.name:
                return self.complete and not self.is_guest
            case _:
                return self.complete and not self.is_guest and name in self.permissions

    def acting(self, permission: Permission, node: str | None) -> "Asker":
        """The same asker at one node, whose scope the whole call has.

        At the node that the call names; else where the asker belongs; else, for a right that is held
        elsewhere alone, at the widest such node. Raises NotFound for a node at which the asker is nobody.
        """
        if node is not None and node != self.organisation:
            return self._at(next((each for each in self.elsewhere if each == node), None))
        if node is not None or self.holds(permission) or self.api_key is not None:
            return self
        for each, permissions in self.elsewhere.items():
            if permission.name in permissions:
                return self._at(each)
        return self

    def _at(self, node: OrganisationId | None) -> "Asker":
        if node is None:
            raise NotFound("node.unknown")
        return replace(self, organisation=node, permissions=self.elsewhere[node], elsewhere={})

    def actor(self) -> Actor:
        """The asker as the database is told."""
        return Actor(subject=self.subject, organisation=self.organisation)


class Authenticator(Protocol):
    """Turns a bearer token into the asker; identity implements it."""

    async def authenticate(self, token: str, *, by_page: bool = False) -> Asker:
        """The asker; raises NotAuthenticated. A page that asks `by_page` itself keeps no login alive."""
        ...

    async def refused(
        self, asker: Asker, permission: Permission, *, address: str, route: str, target: str, code: str
    ) -> None:
        """Hears of an asker who was refused: before the door (no `target`) or at the thing behind it."""
        ...
