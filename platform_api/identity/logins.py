"""Who is signed in: tokens, their renewal, and the end of it all (AU-05, AU-07, AU-08)."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Database, Transaction, acting_as
from platform_api.http import Asker, Permission
from platform_api.identity import given_role_store
from platform_api.identity import login_store as store
from platform_api.identity.errors import LoginOver, RefreshReused
from platform_api.identity.given_trail import given_entry
from platform_api.identity.model import EndReason, Guest, Login, Patient, Tokens, User
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import (
    IdentitySettings,
    login_is_over,
    new_url_code,
    rights_by_node,
    secret_hash,
)
from platform_api.identity.visitor import LoginMethod, Visitor
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.errors import AppError, NotAuthenticated, NotFound, Refused
from platform_api.kernel.events import AccessRevoked, ParticipantJoined, ParticipantLeft
from platform_api.kernel.ids import new_id
from platform_api.kernel.log import get_logger
from platform_api.kernel.rooms import Role
from platform_api.kernel.tasks import TaskOwner
from platform_api.kernel.tokens import Audience, Grant, SigningKey, sign_claims, verify_claims

CACHE_S = 5.0
CACHE_SIZE = 10_000
TOUCH_EVERY = timedelta(seconds=30)
REFRESH_GRACE = timedelta(seconds=10)
"""How long a used refresh token may be used again: two tabs, or an answer lost in a reload."""
SWEEP_EVERY_S = 3.0
LEAST_JUMP = timedelta(seconds=60)
"""What a wall clock that is set by the network never does between two sweeps."""
KEEP_ENDED = timedelta(days=2)


class Logins:
    """Issues, renews, checks and ends logins; the `Authenticator` of the HTTP side."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        trail: AuditTrail,
        key: SigningKey,
        settings: IdentitySettings,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._trail = trail
        self._key = key
        self._keys = key.verifying()
        self._settings = settings
        self._cache: OrderedDict[str, tuple[float, Login]] = OrderedDict()
        self._present: Counter[str] = Counter()
        self._swept_at = (clock.now(), clock.monotonic_s())
        self._tasks = TaskOwner("identity")
        self._log = get_logger("identity")
        bus.subscribe(ParticipantJoined, self._joined)
        bus.subscribe(ParticipantLeft, self._left)

    async def start(self) -> None:
        """Begins to end what is idle or too old."""
        self._tasks.spawn(self._sweep_always(), name="sweep logins")

    async def close(self) -> None:
        await self._tasks.close()

    # Beginning and renewing

    async def begin_user(
        self,
        transaction: Transaction,
        user: User,
        visitor: Visitor,
        method: LoginMethod = LoginMethod.PASSWORD,
    ) -> Tokens:
        """A login of a user who proved to be one."""
        now = self._clock.now()
        ends_at = now + self._settings.absolute
        login = Login(id=new_id(), user=user, guest=None, seen_at=now, ends_at=ends_at, ended=False)
        return await self._begin(transaction, login, visitor, method)

    async def welcome(
        self, transaction: Transaction, user: User, visitor: Visitor, method: LoginMethod
    ) -> Tokens:
        """The same for a signing-in, which goes into the trail."""
        tokens = await self.begin_user(transaction, user, visitor, method)
        entry = Entry(
            tag=Tag.LOGIN,
            who=who_of(tokens.login, visitor.address),
            target_kind="login",
            target=tokens.login.id,
            details={"complete": user.complete, "method": method.value},
        )
        self._trail.note(transaction, entry)
        return tokens

    async def welcome_patient(self, transaction: Transaction, patient: Patient, visitor: Visitor) -> Tokens:
        """A login of a patient whose telephone was proved; it goes into the trail."""
        now = self._clock.now()
        login = Login(
            id=new_id(),
            user=None,
            guest=None,
            patient=patient,
            seen_at=now,
            ends_at=now + self._settings.absolute,
            ended=False,
        )
        tokens = await self._begin(transaction, login, visitor, LoginMethod.PHONE)
        entry = Entry(
            tag=Tag.LOGIN,
            who=who_of(login, visitor.address),
            target_kind="login",
            target=login.id,
            details={"method": LoginMethod.PHONE.value},
        )
        self._trail.note(transaction, entry)
        return tokens

    async def begin_guest(
        self, transaction: Transaction, guest: Guest, *, until: datetime, address: str
    ) -> Tokens:
        """A login of a guest, bound to the browser that gets the refresh token."""
        now = self._clock.now()
        ends_at = min(until, now + self._settings.absolute)
        login = Login(id=new_id(), user=None, guest=guest, seen_at=now, ends_at=ends_at, ended=False)
        return await self._begin(transaction, login, Visitor(address=address))

    async def _begin(
        self,
        transaction: Transaction,
        login: Login,
        visitor: Visitor,
        method: LoginMethod = LoginMethod.PASSWORD,
    ) -> Tokens:
        await store.add_login(transaction, login, visitor, method, self._clock.now())
        return await self._issue(transaction, login)

    async def _issue(self, transaction: Transaction, login: Login) -> Tokens:
        now = self._clock.now()
        refresh = new_url_code()
        await store.add_refresh(transaction, secret_hash(refresh), login.id, now)
        expires_at = min(now + self._settings.access_life, login.ends_at)
        claims = {"sub": login.subject, "login": login.id}
        return Tokens(
            access=sign_claims(claims, key=self._key, audience=Audience.API, expires_at=expires_at),
            refresh=Secret(refresh),
            expires_in_s=int((expires_at - now).total_seconds()),
            refresh_expires_in_s=int((login.ends_at - now).total_seconds()),
            login=login,
        )

    async def refresh(self, token: str, *, address: str) -> Tokens:
        """A new pair for a refresh token; one that was used before ends its login."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as transaction:
            used = await store.use_refresh(transaction, secret_hash(token), now)
            login = await store.login_by_id(transaction, used.login) if used else None
            if used is None or login is None:
                raise NotAuthenticated("token.invalid")
            if self._is_over(login, now):
                raise LoginOver
            if used.used_at is None or now - used.used_at <= REFRESH_GRACE:
                await store.touch_login(transaction, login.id, now)
                return await self._issue(transaction, login)
            await self._end_reused(transaction, login, address, now)
        raise RefreshReused

    async def _end_reused(self, transaction: Transaction, login: Login, address: str, now: datetime) -> None:
        ended = await store.end_login(transaction, login.id, EndReason.REFRESH_REUSED, now)
        self._note_end(transaction, ended, EndReason.REFRESH_REUSED, who_of(login, address))
        self.tell_ended(transaction, ended)

    # Checking

    async def authenticate(self, token: str, *, by_page: bool = False) -> Asker:
        """The asker whose access token this is, if the login still lives; raises NotAuthenticated."""
        claims = verify_claims(token, keys=self._keys, audience=Audience.API, clock=self._clock)
        login_id = claims.get("login")
        if not isinstance(login_id, str):
            raise NotAuthenticated("token.invalid")
        login, now = await self._live(login_id, claims.get("sub")), self._clock.now()
        if not by_page and now - login.seen_at >= TOUCH_EVERY:
            async with self._database.transaction(SYSTEM) as transaction:
                await store.touch_login(transaction, login.id, now)
            self._remember(replace(login, seen_at=now))
        return asker_of(login, now)

    async def holder(self, login: str, subject: str) -> Asker:
        """Who holds this login, with what they may now; raises NotAuthenticated if it is over or another's.

        For what was signed for them before and is followed without their token; it keeps no login alive.
        """
        return asker_of(await self._live(login, subject), self._clock.now())

    async def refused(
        self, asker: Asker, permission: Permission, *, address: str, route: str, target: str, code: str
    ) -> None:
        """Puts a refusal into the trail."""
        await self._trail.record(
            Entry(
                tag=Tag.ACCESS_REFUSED,
                who=Who.of(asker, address),
                target_kind="route",
                target=route,
                outcome=Outcome.REFUSED,
                details={"permission": permission.name, "id": target, "code": code},
            )
        )

    async def check_grant(self, grant: Grant) -> None:
        """Asks the database whether the holder is still signed in and, as a guest, let in there (AU-01).

        Raises Refused. Grants of the operator's own command name no session, those of encoders no person.
        """
        if grant.session is None or grant.role is Role.ENCODER:
            return
        async with self._database.transaction(SYSTEM) as transaction:
            now = self._clock.now()
            live = await store.has_live_login(
                transaction, grant.subject, now, self._settings.idle, login=grant.login
            )
            guest_of = await store.guest_session(transaction, grant.subject)
        if not live or guest_of not in (None, grant.session):
            raise Refused

    async def _live(self, login_id: str, subject: object) -> Login:
        login = await self._login(login_id)
        if login is None or login.subject != subject:
            raise NotAuthenticated("token.invalid")
        if self._is_over(login, self._clock.now()):
            raise LoginOver
        return login

    async def _login(self, login: str) -> Login | None:
        cached = self._cache.get(login)
        if cached is not None and self._clock.monotonic_s() - cached[0] < CACHE_S:
            return cached[1]
        async with self._database.transaction(SYSTEM) as transaction:
            found = await store.login_by_id(transaction, login)
        if found is not None:
            self._remember(found)
        return found

    def _remember(self, login: Login) -> None:
        self._cache[login.id] = (self._clock.monotonic_s(), login)
        self._cache.move_to_end(login.id)
        if len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)

    def forget(self, login: str) -> None:
        """Has the next call ask the database anew about this login."""
        self._cache.pop(login, None)

    def _is_over(self, login: Login, now: datetime) -> bool:
        holder = login.user or login.patient
        disabled = holder is not None and holder.disabled
        over = login_is_over(seen_at=login.seen_at, ends_at=login.ends_at, now=now, idle=self._settings.idle)
        return login.ended or disabled or over

    # Ending

    async def log_out(self, asker: Asker, *, address: str) -> None:
        """Ends the asker's login."""
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            ended = await store.end_login(transaction, asker.login, EndReason.LOGOUT, now)
            entry = Entry(tag=Tag.LOGOUT, who=Who.of(asker, address), target_kind="login", target=asker.login)
            self._trail.note(transaction, entry)
            self.tell_ended(transaction, ended)

    async def end_all_of(self, transaction: Transaction, user: User, reason: EndReason, who: Who) -> None:
        """Ends every login of a user inside the transaction that gives the reason for it."""
        ended = await store.end_user_logins(transaction, user.id, reason, self._clock.now())
        self._note_end(transaction, ended, reason, who)
        self.tell_ended(transaction, ended)

    async def end_one(
        self, transaction: Transaction, user: str, login: str, reason: EndReason, who: Who
    ) -> None:
        """Ends this login of this user; raises NotFound if there is none that lives."""
        ended = await store.end_login_of(transaction, user, login, reason, self._clock.now())
        if not ended:
            raise NotFound
        self._note_end(transaction, ended, reason, who)
        self.tell_ended(transaction, ended)

    async def end_others(
        self, transaction: Transaction, user: str, login: str, reason: EndReason, who: Who
    ) -> int:
        """Ends every login of a user but this one; says how many."""
        now = self._clock.now()
        ended = await store.end_user_logins(transaction, user, reason, now, but=login)
        self._note_end(transaction, ended, reason, who)
        self.tell_ended(transaction, ended)
        return len(ended)

    async def end_pass(self, transaction: Transaction, pass_id: str, who: Who) -> None:
        """Ends the logins of all guests whom an invitation or a share link let in."""
        now = self._clock.now()
        async with acting_as(transaction, SYSTEM.subject):  # a guest belongs to no organisation
            ended = await store.end_pass_logins(transaction, pass_id, EndReason.PASS_REVOKED, now)
        self._note_end(transaction, ended, EndReason.PASS_REVOKED, who)
        self.tell_ended(transaction, ended)

    async def sweep(self) -> None:
        """Ends what is idle or too old; whoever is in a live room is not idle."""
        now = self._clock.now()
        jump = self._clock_jump(now)
        async with self._database.transaction(SYSTEM) as transaction:
            if self._present:
                await store.move_ends(transaction, self._present, jump)
                await store.touch_subjects(transaction, self._present, now)
            ended = await store.end_stale_logins(transaction, now, self._settings.idle)
            for item in ended:
                who = Who(subject=item.subject, name="", organisation=None, address="")
                self._note_end(transaction, [item], EndReason.IDLE, who)
            self.tell_ended(transaction, ended, only_last=True)
            await self._end_given(transaction, now)
            await store.sweep(transaction, now - KEEP_ENDED)

    async def _end_given(self, transaction: Transaction, now: datetime) -> None:
        """Closes roles whose period is over: from that moment they gave no right; now sockets are cut too."""
        for lapsed in await given_role_store.lapse(transaction, now, SYSTEM.subject):
            who = Who(subject=SYSTEM.subject, name="", organisation=lapsed.node, address="")
            self._trail.note(transaction, given_entry(who, lapsed, "lapsed"))
            self.tell_changed(transaction, await store.logins_of(transaction, lapsed.user))

    def tell_changed(self, transaction: Transaction, logins: Sequence[tuple[str, str]]) -> None:
        """Once the change is kept: what rests on the old rights of these logins is cut."""

        async def tell() -> None:
            for login, subject in logins:
                self.forget(login)
                await self._bus.publish(
                    AccessRevoked(at=self._clock.now(), subject=subject, room=None, login=login)
                )

        transaction.after_commit(tell)

    def _clock_jump(self, now: datetime) -> timedelta:
        """How far the wall clock was put since the last sweep, which no call may suffer from (CR-03)."""
        before, before_s = self._swept_at
        now_s = self._clock.monotonic_s()
        self._swept_at = (now, now_s)
        jump = (now - before) - timedelta(seconds=now_s - before_s)
        return jump if abs(jump) >= LEAST_JUMP else timedelta()

    def tell_ended(
        self, transaction: Transaction, ended: Sequence[store.Ended], *, only_last: bool = False
    ) -> None:
        """Once the end is kept, sockets are cut; `only_last`: if their subject is signed in nowhere else."""

        async def tell() -> None:
            for item in ended:
                self.forget(item.login)
                if only_last and await self._is_signed_in(item.subject):
                    continue
                revoked = AccessRevoked(
                    at=self._clock.now(), subject=item.subject, room=None, login=item.login
                )
                await self._bus.publish(revoked)

        transaction.after_commit(tell)

    def _note_end(
        self, transaction: Transaction, ended: Sequence[store.Ended], reason: EndReason, who: Who
    ) -> None:
        for item in ended:
            self._trail.note(
                transaction,
                Entry(
                    tag=Tag.LOGIN_ENDED,
                    who=who,
                    target_kind="login",
                    target=item.login,
                    details={"reason": reason.value, "subject": item.subject},
                ),
            )

    async def _is_signed_in(self, subject: str) -> bool:
        async with self._database.transaction(SYSTEM) as transaction:
            now = self._clock.now()
            return await store.has_live_login(transaction, subject, now, self._settings.idle)

    async def _sweep_always(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                await self.sweep()
            except AppError as error:  # the database is away: the next round looks again
                self._log.warning("identity.sweep_put_off", code=error.code)

    async def _joined(self, event: ParticipantJoined) -> None:
        if event.session is not None:
            self._present[event.subject] += 1

    async def _left(self, event: ParticipantLeft) -> None:
        self._present[event.subject] -= 1
        if self._present[event.subject] <= 0:
            del self._present[event.subject]


def asker_of(login: Login, now: datetime) -> Asker:
    """The asker that a login makes of its holder now: what was given for a period holds in it alone."""
    if login.guest is not None:
        guest = login.guest
        return Asker(
            subject=guest.id,
            name=guest.name,
            login=login.id,
            organisation=None,
            permissions=frozenset(),
            session=guest.session,
            guest_kind=guest.kind,
        )
    if login.patient is not None:
        return Asker(
            subject=login.patient.id,
            name="",
            login=login.id,
            organisation=None,
            permissions=frozenset(),
            is_patient=True,
        )
    user = login.user
    if user is None:
        raise NotAuthenticated("token.invalid")
    rights = rights_by_node(user, now)
    return Asker(
        subject=user.id,
        name=user.name,
        login=login.id,
        organisation=user.organisation,
        permissions=rights.pop(user.organisation),
        complete=user.complete,
        elsewhere=rights,
    )


def who_of(login: Login, address: str) -> Who:
    """A login's holder, as the trail names them."""
    return Who.of(asker_of(login, login.seen_at), address)
