"""Watching the trail while the front runs: alarms go into the trail and into the inbox of who guards it."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from platform_api.alarms.model import Alarm, AlarmKind, AlarmSettings, RaisedAlarm
from platform_api.alarms.rules import Watch, sees_to
from platform_api.audit import AuditTrail, ChainBroken, Entry, KeptEntry, Outcome, Tag, Who
from platform_api.audit.service import EMPTY
from platform_api.audit.store import Filter
from platform_api.db import Actor, Database
from platform_api.db.organisations import topmost
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, to_holders
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound, Refused, Unavailable
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

HOUSE: Final = Actor(subject="system:alarms")
INBOX: Final = "alarms.raised"
BATCH: Final = 1000
PIECE: Final = 200
"""So many entries are recomputed at a look, of the end and further on; it shares its second with requests."""
SHOWN: Final = 50
TARGET: Final = "alarm"
GATHER_S: Final = 1.0
"""Entries of so long are looked at together."""


class Alarms:
    """Looks at each new entry, and at the chain itself a piece at a time."""

    def __init__(
        self, *, database: Database, trail: AuditTrail, inbox: Inbox, clock: Clock, settings: AlarmSettings
    ) -> None:
        self._database = database
        self._trail = trail
        self._inbox = inbox
        self._clock = clock
        self._settings = settings
        self._watch = Watch(settings)
        self._place = 0
        self._checked = EMPTY
        self._grown = asyncio.Event()
        self._tasks = TaskOwner("alarms")
        self._log = get_logger("alarms")
        self._deaf = trail.on_growth(self._grown.set)

    async def start(self) -> None:
        """Takes up the last hour, so that what happened while nobody watched is seen too."""
        lately = self._clock.now() - timedelta(seconds=self._settings.quiet_s)
        newest = await self._trail.newest()
        entries = await self._trail.since(lately)
        for kept in (each for each in entries if each.entry.tag is Tag.ALARM_RAISED):
            self._watch.see(kept)
        self._place = max(newest, *(kept.number for kept in entries[-1:]), 0)
        await self._see(entries)
        self._tasks.spawn(self._follow(), name="watch")

    async def close(self) -> None:
        """Looks no more."""
        self._deaf()
        await self._tasks.close()

    async def look(self) -> None:
        """Sees all entries that came since the last look, and whether the chain is whole."""
        while entries := await self._trail.following(self._place, BATCH):
            self._place = entries[-1].number
            await self._see(entries)
        try:
            await self._trail.look_at_end(PIECE)
            self._checked = await self._trail.look_further(self._checked, PIECE)
        except ChainBroken as broken:
            await self.chain_broken(broken.number)

    async def chain_broken(self, number: int) -> None:
        """Raises the alarm about the trail itself, unless it was raised lately."""
        alarm = Alarm(
            kind=AlarmKind.CHAIN_BROKEN, actor="", actor_name="", organisation=None, count=1, number=number
        )
        lately = self._clock.now() - timedelta(seconds=self._settings.quiet_s)
        known = [each for each in await self._trail.since(lately, actor=HOUSE.subject) if _is(each, alarm)]
        if not known:
            await self._raise(alarm)

    async def newest(self, asker: Asker) -> list[RaisedAlarm]:
        """The newest alarms of the asker's organisation and those below it, and who saw to them."""
        raised = await self._find(asker, Tag.ALARM_RAISED)
        settled = {
            kept.entry.details.get("raised"): kept for kept in await self._find(asker, Tag.ALARM_SETTLED)
        }
        return [_raised(kept, settled.get(kept.number)) for kept in raised]

    async def settle(self, asker: Asker, number: int, who: Who) -> None:
        """Says that somebody saw to an alarm.

        Raises NotFound, Refused for one of another duty, and Conflict if somebody did before.
        """
        found = await self._one(asker, number)
        if not asker.holds(sees_to(found.kind)):
            raise Refused
        if found.settled_by is not None:
            raise Conflict("alarms.settled")
        subject = f"{found.kind}.{found.actor}" if found.actor else str(found.kind)
        async with self._database.transaction(asker.actor()) as transaction:
            self._trail.note(
                transaction,
                Entry(
                    tag=Tag.ALARM_SETTLED,
                    who=who,
                    target_kind=TARGET,
                    target=str(found.kind),
                    details={"raised": number, "actor": found.actor},
                ),
            )
            await self._inbox.done(transaction, INBOX, (TARGET, subject), by=asker.subject)

    async def _one(self, asker: Asker, number: int) -> RaisedAlarm:
        """The alarm of this entry, however long ago it was raised; raises NotFound."""
        raised = next(iter(await self._find(asker, Tag.ALARM_RAISED, before=number + 1)), None)
        if raised is None or raised.number != number:
            raise NotFound
        before: int | None = None
        while page := await self._find(
            asker, Tag.ALARM_SETTLED, before=before, target=raised.entry.target, since=raised.at
        ):
            for kept in page:
                if kept.entry.details.get("raised") == number:
                    return _raised(raised, kept)
            before = page[-1].number
        return _raised(raised, None)

    async def _find(
        self,
        asker: Asker,
        tag: Tag,
        *,
        before: int | None = None,
        target: str | None = None,
        since: datetime | None = None,
    ) -> list[KeptEntry]:
        return await self._trail.find(
            Filter(
                reader_organisation=str(asker.organisation),
                before=before,
                actor=None,
                tag=tag,
                target=target,
                since=since,
                until=None,
                limit=SHOWN,
            )
        )

    async def _follow(self) -> None:
        while True:
            await self._until_grown()
            try:
                await self.look()
            except Unavailable:
                self._log.warning("alarms.wait", why="database")
            await self._clock.pause(GATHER_S)

    async def _until_grown(self) -> None:
        """Once there are entries of this process, or it is time to see those of others."""
        async with asyncio.TaskGroup() as group:
            grown = group.create_task(self._grown.wait())
            late = group.create_task(self._clock.pause(self._settings.look_s))
            await asyncio.wait((grown, late), return_when=asyncio.FIRST_COMPLETED)
            grown.cancel()
            late.cancel()
        self._grown.clear()

    async def _see(self, entries: list[KeptEntry]) -> None:
        for kept in entries:
            for alarm in self._watch.see(kept):
                await self._raise(alarm)

    async def _raise(self, alarm: Alarm) -> None:
        self._log.warning("alarms.raised", kind=alarm.kind, number=alarm.number)
        async with self._database.transaction(HOUSE) as transaction:
            told = [alarm.organisation] if alarm.organisation else await topmost(transaction)
            self._trail.note(transaction, _entry(alarm))
            for organisation in told:
                await self._inbox.put(transaction, _item(alarm, organisation))


def _entry(alarm: Alarm) -> Entry:
    who = Who(subject=HOUSE.subject, name="", organisation=alarm.organisation, address="")
    return Entry(
        tag=Tag.ALARM_RAISED,
        who=who,
        target_kind=TARGET,
        target=alarm.kind,
        outcome=Outcome.FAILED if alarm.kind is AlarmKind.CHAIN_BROKEN else Outcome.OK,
        details={
            "actor": alarm.actor,
            "actor_name": alarm.actor_name,
            "count": alarm.count,
            "entry": alarm.number,
        },
    )


def _item(alarm: Alarm, organisation: str) -> Item:
    return Item(
        kind=INBOX,
        subject_type=TARGET,
        subject=alarm.subject,
        receiver=to_holders(sees_to(alarm.kind), organisation),
        title=f"alarms.{alarm.kind}",
        params={"name": alarm.actor_name, "count": alarm.count, "number": alarm.number},
        link="/app/admin/alarms",
    )


def _is(kept: KeptEntry, alarm: Alarm) -> bool:
    return kept.entry.tag is Tag.ALARM_RAISED and kept.entry.target == alarm.kind


def _raised(kept: KeptEntry, settled: KeptEntry | None) -> RaisedAlarm:
    details = kept.entry.details
    return RaisedAlarm(
        number=kept.number,
        at=kept.at,
        kind=AlarmKind(kept.entry.target),
        actor=str(details.get("actor") or ""),
        actor_name=str(details.get("actor_name") or ""),
        count=int(details.get("count") or 0),
        settled_by=settled.entry.who.name if settled else None,
        settled_at=settled.at if settled else None,
    )
