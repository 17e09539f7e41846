"""Opening another organisation's records in an emergency, and reviewing it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.break_glass import store
from platform_api.break_glass.errors import OpenAlready, OwnOpening, ReviewedAlready, TooOften
from platform_api.break_glass.model import Opening
from platform_api.break_glass.rules import DAY, MOST_A_DAY, OPENABLE, REVIEW
from platform_api.db import Actor, Database, Transaction, acting_as
from platform_api.http import Asker
from platform_api.identity import given_role_store, login_store
from platform_api.identity import store as people
from platform_api.identity.logins import Logins
from platform_api.identity.model import GivenRole, GivenRoleName, Organisation, User
from platform_api.inbox import Inbox, Item, Nature, to_holders
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, UserId, new_id

HOUSE: Final = "system:break_glass"
KIND: Final = "emergency.opened"
TOLD: Final = "emergency.told"
SUBJECT: Final = "break_glass"
KEEPERS: Final = "users.manage"
"""Whoever keeps the accounts there is told too; the review is for the security administrator."""
MOST_SHOWN: Final = 50


class BreakGlass:
    """What the asker opened, and what was opened at the asker's nodes."""

    def __init__(
        self, database: Database, clock: Clock, trail: AuditTrail, inbox: Inbox, logins: Logins
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._inbox = inbox
        self._logins = logins

    async def open(self, asker: Asker, node: OrganisationId, reason: str, minutes: int, who: Who) -> Opening:
        """Opens a hospital's records for so many minutes; its keepers are told in the same moment.

        Raises NotFound, OpenAlready or TooOften.
        """
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            user = await people.lock_user(transaction, UserId(asker.subject))
            async with acting_as(transaction, HOUSE):
                place = await people.organisation_by_id(transaction, node)
                if user is None or place is None or place.kind not in OPENABLE:
                    raise NotFound("organisations.unknown")
                if await _may_look_there(transaction, user, node, now):
                    raise OpenAlready
                if await store.opened_since(transaction, user.id, now - DAY) >= MOST_A_DAY:
                    raise TooOften(params={"limit": MOST_A_DAY})
                opening = await self._open(transaction, user, place, reason, minutes, who)
                self._trail.note(transaction, _entry(who, opening, Tag.BREAK_GLASS_OPENED))
                for item in _told(opening):
                    await self._inbox.put(transaction, item)
            transaction.after_commit(self._forgetting(await login_store.logins_of(transaction, user.id)))
        return opening

    async def _open(
        self, transaction: Transaction, user: User, place: Organisation, reason: str, minutes: int, who: Who
    ) -> Opening:
        now = self._clock.now()
        given = GivenRole(
            id=new_id(),
            user=user.id,
            user_name=user.name,
            node=place.id,
            node_name=place.name,
            role=GivenRoleName.EMERGENCY,
            starts_at=now,
            ends_at=now + timedelta(minutes=minutes),
            given_at=now,
            given_by_name=who.name,
            ended_at=None,
            ended_by_name=None,
        )
        await given_role_store.add(transaction, given, who.subject)
        opening = Opening(
            id=new_id(),
            user=user.id,
            user_name=user.name,
            user_organisation_name=user.organisation_name,
            node=place.id,
            node_name=place.name,
            given_role=given.id,
            reason=reason,
            opened_at=now,
            ends_at=now + timedelta(minutes=minutes),
            closed_at=None,
            reviewed_at=None,
            reviewer_name=None,
            justified=None,
            remark="",
        )
        await store.add(transaction, opening)
        return opening

    async def mine(self, asker: Asker) -> list[Opening]:
        """What the asker opened, the newest first."""
        async with self._database.transaction(Actor(subject=HOUSE)) as transaction:
            return await store.of_user(transaction, asker.subject, MOST_SHOWN)

    async def below(self, asker: Asker, after: str | None, limit: int) -> list[Opening]:
        """What was opened at the asker's node and below, the newest first."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await store.visible(transaction, after, limit)
            async with acting_as(transaction, HOUSE):
                return await store.by_ids(transaction, found)

    async def close(self, asker: Asker, opening: str, who: Who) -> Opening:
        """Ends the asker's own access before its time; raises NotFound."""
        async with self._database.transaction(Actor(subject=HOUSE)) as transaction:
            found = await _one(transaction, opening)
            if found.user != asker.subject or not await self._end(transaction, found, who):
                raise NotFound
            self._trail.note(transaction, _entry(who, found, Tag.BREAK_GLASS_CLOSED))
            return await _one(transaction, opening)

    async def review(self, asker: Asker, opening: str, *, justified: bool, remark: str, who: Who) -> Opening:
        """Says whether it was right; what is still open ends.

        Raises NotFound, OwnOpening or ReviewedAlready.
        """
        async with self._database.transaction(asker.actor()) as transaction:
            if not await store.in_scope(transaction, opening):
                raise NotFound
            async with acting_as(transaction, HOUSE):
                found = await _one(transaction, opening)
                if found.user == asker.subject:
                    raise OwnOpening
                if found.reviewed_at is not None:
                    raise ReviewedAlready
                await self._end(transaction, found, who)
                now = self._clock.now()
                await store.review(
                    transaction, opening, asker.subject, justified=justified, remark=remark, now=now
                )
                entry = _entry(who, found, Tag.BREAK_GLASS_REVIEWED, justified=justified)
                self._trail.note(transaction, entry)
                for kind in (KIND, TOLD):
                    await self._inbox.done(transaction, kind, (SUBJECT, opening), by=asker.subject)
                return await _one(transaction, opening)

    async def _end(self, transaction: Transaction, opening: Opening, who: Who) -> bool:
        """Whether the access was open, which ends now with all that rests on it."""
        now = self._clock.now()
        if now >= opening.ends_at:
            return False
        ended = await given_role_store.end(transaction, opening.given_role, who.subject, who.name, now)
        if ended:
            self._logins.tell_changed(transaction, await login_store.logins_of(transaction, opening.user))
        return ended

    def _forgetting(self, logins: list[tuple[str, str]]) -> Callable[[], Awaitable[None]]:
        async def forget() -> None:
            for login, _ in logins:
                self._logins.forget(login)

        return forget


async def _may_look_there(transaction: Transaction, user: User, node: OrganisationId, now: datetime) -> bool:
    """Whether it is the user's own organisation or one of a role held now, or below such a node."""
    nodes = (user.organisation, *(each.node for each in user.given if each.holds_at(now)))
    return any([await people.is_below(transaction, each, node) for each in nodes])


async def _one(transaction: Transaction, opening: str) -> Opening:
    found = await store.by_ids(transaction, [opening])
    if not found:
        raise NotFound
    return found[0]


def _entry(who: Who, opening: Opening, tag: Tag, **details: bool) -> Entry:
    return Entry(
        tag=tag,
        who=who,
        target_kind=SUBJECT,
        target=opening.id,
        details={
            "user": opening.user,
            "node": opening.node,
            "until": opening.ends_at.isoformat(timespec="seconds"),
            **details,
        },
    )


def _told(opening: Opening) -> tuple[Item, Item]:
    """The task of the review, and the news for who keeps the accounts there."""
    params: dict[str, str | int] = {"name": opening.user_name, "node": opening.node_name}
    task = Item(
        kind=KIND,
        subject_type=SUBJECT,
        subject=opening.id,
        receiver=to_holders(REVIEW, opening.node),
        title=KIND,
        params=params,
        link="/app/admin/break-glass",
    )
    news = Item(
        kind=TOLD,
        subject_type=SUBJECT,
        subject=opening.id,
        receiver=to_holders(KEEPERS, opening.node),
        title=TOLD,
        params=params,
        link="/app/inbox",
        nature=Nature.NOTICE,
    )
    return task, news
