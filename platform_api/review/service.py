"""What a person can do with a review, and what domains say of what is reviewed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction, acting_as
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, Nature, Receiver, to_holders, to_user
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound, Refused
from platform_api.kernel.ids import OrganisationId, UserId, new_id
from platform_api.review import store
from platform_api.review.model import (
    Act,
    Happened,
    Level,
    LevelRule,
    Review,
    ReviewAct,
    ReviewId,
    ReviewState,
    Shown,
    Subject,
)
from platform_api.review.rules import (
    OPEN,
    RIGHT,
    check_remarks,
    differences,
    levels_of,
    meant,
    moved,
    moved_by,
    rights,
)

HOUSE: Final = "system:review"
TAGS: Final = {
    ReviewAct.SUBMIT: Tag.REVIEW_SUBMITTED,
    ReviewAct.TAKE_BACK: Tag.REVIEW_TAKEN_BACK,
    ReviewAct.RETURN: Tag.REVIEW_RETURNED,
    ReviewAct.APPROVE: Tag.REVIEW_APPROVED,
    ReviewAct.LOCK: Tag.REVIEW_LOCKED,
    ReviewAct.ASK_UNLOCK: Tag.REVIEW_UNLOCK_ASKED,
    ReviewAct.REFUSE_UNLOCK: Tag.REVIEW_UNLOCK_REFUSED,
    ReviewAct.UNLOCK: Tag.REVIEW_UNLOCKED,
}

Read = Callable[[Transaction, Asker, str], Awaitable[Subject]]
"""Describes a subject to an asker; raises NotFound for one that is missing or not theirs."""
Heard = Callable[[Transaction, Asker, Subject, ReviewAct], Awaitable[None]]
"""Hears of a move, in its transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is reviewed: how its domain describes one, and what it does when one moves."""

    name: str
    read: Read
    heard: Heard | None = None


class Reviews:
    """Reviews of whatever domains have registered."""

    def __init__(self, *, database: Database, clock: Clock, trail: AuditTrail, inbox: Inbox) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._inbox = inbox
        self._kinds: dict[str, Kind] = {}

    # For domains

    def register(self, kind: Kind) -> None:
        """Opens a kind of thing to reviews; its table is guarded by `review_guard` in its migration."""
        self._kinds[kind.name] = kind

    async def begin(
        self, transaction: Transaction, kind: str, subject: str, organisation: OrganisationId
    ) -> None:
        """Has a new thing stand as a draft; called in the transaction that makes it."""
        await store.begin(transaction, ReviewId(new_id()), kind, subject, organisation, self._clock.now())

    async def state(self, transaction: Transaction, kind: str, subject: str) -> ReviewState | None:
        """How it stands, as far as the row rules show it."""
        found = await store.get(transaction, kind, subject)
        return None if found is None else found.state

    # For people

    async def get(self, asker: Asker, kind: str, subject: str) -> Shown:
        """A review with its history; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            review, described = await self._find(transaction, asker, kind, subject)
            return await self._shown(transaction, asker, review, described)

    async def act(self, asker: Asker, kind: str, subject: str, act: Act) -> Shown:
        """Moves it; raises NotFound, Refused without the right, Conflict where the state forbids it."""
        async with self._database.transaction(asker.actor()) as transaction:
            review, described = await self._find(transaction, asker, kind, subject, held=True)
            act = meant(review, act)
            moved(review.state, act.act)
            if not getattr(rights(review, described.may_submit, asker), RIGHT[act.act]):
                raise Refused
            submits = act.act is ReviewAct.SUBMIT
            levels = await self._levels(transaction, review) if submits else review.levels
            check_remarks(act.remarks, described.content)
            after = moved_by(review, act, UserId(asker.subject), self._clock.now(), levels)
            await self._keep(transaction, asker, review, after, described, act)
            await self._tell(transaction, asker, review, after, described, act)
            heard = self._kinds[kind].heard
            if heard is not None:
                await heard(transaction, asker, described, act.act)
            return await self._shown(
                transaction, asker, await self._again(transaction, kind, subject), described
            )

    # Levels

    async def levels(self, asker: Asker) -> tuple[dict[str, tuple[LevelRule, ...]], bool]:
        """The levels of every kind, and whether the asker stands at the top, where they are set."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = {kind: await store.level_rules(transaction, kind) for kind in sorted(self._kinds)}
            return found, await store.is_topmost(transaction, asker.organisation)

    async def set_levels(self, asker: Asker, kind: str, levels: Sequence[LevelRule], *, address: str) -> None:
        """Other levels for what is handed in from now on, set from the top; raises NotFound or Refused."""
        if kind not in self._kinds:
            raise NotFound
        async with self._database.transaction(asker.actor()) as transaction:
            if not await store.is_topmost(transaction, asker.organisation):
                raise Refused
            await store.set_level_rules(transaction, kind, levels)
            self._note(
                transaction,
                Tag.REVIEW_LEVELS_SET,
                asker,
                address,
                ("review_levels", kind),
                levels=",".join(rule.level.value for rule in levels),
            )

    # Inside

    async def _find(
        self, transaction: Transaction, asker: Asker, kind: str, subject: str, *, held: bool = False
    ) -> tuple[Review, Subject]:
        """The review and what it is about, read after the review is held."""
        known = self._kinds.get(kind)
        if known is None:
            raise NotFound
        found = await store.get(transaction, kind, subject, held=held)
        described = await known.read(transaction, asker, subject)
        if found is None:
            raise NotFound
        return found, described

    async def _again(self, transaction: Transaction, kind: str, subject: str) -> Review:
        found = await store.get(transaction, kind, subject)
        if found is None:
            raise NotFound
        return found

    async def _shown(
        self, transaction: Transaction, asker: Asker, review: Review, described: Subject
    ) -> Shown:
        return Shown(
            review=review,
            levels=await self._would_look(transaction, review) if review.state in OPEN else review.levels,
            history=await store.history(transaction, review.id),
            may=rights(review, described.may_submit, asker),
        )

    async def _levels(self, transaction: Transaction, review: Review) -> tuple[Level, ...]:
        """The levels as they are now, for what is handed in now."""
        found = await self._would_look(transaction, review)
        if not found:
            raise Conflict("review.no_levels")
        return found

    async def _would_look(self, transaction: Transaction, review: Review) -> tuple[Level, ...]:
        async with acting_as(transaction, HOUSE):
            lines = await store.level_rules(transaction, review.kind)
            return levels_of(lines, await store.way_up(transaction, review.organisation))

    async def _keep(
        self,
        transaction: Transaction,
        asker: Asker,
        before: Review,
        after: Review,
        subject: Subject,
        act: Act,
    ) -> None:
        """The row, the history's line and the trail's."""
        submits = act.act is ReviewAct.SUBMIT
        last = await store.last_content(transaction, before.id) if submits else None
        decides = RIGHT[act.act] == "decide"
        await store.save(transaction, after, self._clock.now())
        await store.add_act(
            transaction,
            new_id(),
            after,
            Happened(
                act=act.act,
                version=after.version,
                level=before.levels[before.place].level.value if decides else None,
                user=UserId(asker.subject),
                name=asker.name,
                at=self._clock.now(),
                note=act.note,
                remarks=act.remarks,
                content=subject.content if submits else None,
                differences=() if last is None else differences(last, subject.content),
            ),
        )
        self._note(
            transaction,
            TAGS[act.act],
            asker,
            act.address,
            (subject.kind, subject.id),
            organisation=after.organisation,
            version=after.version,
        )

    async def _tell(
        self,
        transaction: Transaction,
        asker: Asker,
        before: Review,
        after: Review,
        subject: Subject,
        act: Act,
    ) -> None:
        """Settles what waited for this move, and tells who must act now or wants to know."""
        about = (subject.kind, subject.id)
        for kind in ("review.waiting", "review.returned", "review.unlock_asked", "review.unlocked"):
            await self._inbox.done(transaction, kind, about, by=asker.subject)
        put = partial(self._put, transaction, asker, subject)
        author = None if after.submitted_by is None else to_user(after.submitted_by)
        last = after.levels[-1] if after.levels else None
        match act.act:
            case ReviewAct.SUBMIT | ReviewAct.APPROVE:
                level = after.levels[after.place]
                await put("review.waiting", to_holders(level.permission, level.organisation), Nature.TASK)
            case ReviewAct.RETURN if author:
                await put("review.returned", author, Nature.TASK)
            case ReviewAct.LOCK if author:
                await put("review.locked", author, Nature.NOTICE)
            case ReviewAct.ASK_UNLOCK if last:
                await put("review.unlock_asked", to_holders(last.permission, last.organisation), Nature.TASK)
            case ReviewAct.UNLOCK if author:
                await put("review.unlocked", author, Nature.TASK)
            case ReviewAct.REFUSE_UNLOCK if before.unlock_asked_by:
                await put("review.unlock_refused", to_user(before.unlock_asked_by), Nature.NOTICE)
            case _:
                pass  # taken back: nobody has to act

    async def _put(
        self,
        transaction: Transaction,
        asker: Asker,
        subject: Subject,
        kind: str,
        receiver: Receiver,
        nature: Nature,
    ) -> None:
        await self._inbox.put(
            transaction,
            Item(
                kind=kind,
                subject_type=subject.kind,
                subject=subject.id,
                receiver=receiver,
                title=kind.replace("review.", "review.inbox."),
                params={"name": asker.name, "title": subject.title},
                link=subject.link,
                nature=nature,
            ),
        )

    def _note(
        self,
        transaction: Transaction,
        tag: Tag,
        asker: Asker,
        address: str,
        target: tuple[str, str],
        **details: str | int,
    ) -> None:
        entry = Entry(
            tag=tag,
            who=Who.of(asker, address),
            target_kind=target[0],
            target=target[1],
            details=details,
        )
        self._trail.note(transaction, entry)
