"""Pure decisions of alarms: what is seen in the entries of the trail, one after the other."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from platform_api.alarms.model import Alarm, AlarmKind, AlarmSettings
from platform_api.audit import KeptEntry, Outcome, Tag

EXPORTS: Final = frozenset({Tag.RECORD_EXPORTED, Tag.EXPORT_DOWNLOADED})
VIEWS: Final = frozenset({Tag.RECORD_VIEWED, Tag.RECORDING_PLAYED})
FOREIGN: Final = frozenset({"not_found", "refused"})
"""How a door answers somebody at a thing of another organisation; a missing one is told alike."""
AUDITORS: Final = "audit.view"
SECURITY: Final = "alarms.settle"
MAX_ACTORS: Final = 20_000


@dataclass(slots=True)
class Watch:
    """What was seen of each actor lately; `see` takes the entries in their order, and time from them."""

    settings: AlarmSettings
    _refused: dict[str, deque[datetime]] = field(default_factory=dict)
    _viewed: dict[str, deque[tuple[datetime, str]]] = field(default_factory=dict)
    _raised: dict[str, datetime] = field(default_factory=dict)

    def see(self, kept: KeptEntry) -> list[Alarm]:
        """The alarms that this entry raises; one that was raised a while ago is not raised again."""
        self._forget()
        if kept.entry.tag is Tag.ALARM_RAISED:
            self._raised[_raised_subject(kept)] = kept.at
            return []
        return [alarm for alarm in self._found(kept) if self._first(alarm, kept.at)]

    def _found(self, kept: KeptEntry) -> Iterator[Alarm]:
        entry = kept.entry
        if _is_refused_read(kept) and (count := self._refusals(kept)) >= self.settings.refused_reads:
            yield _alarm(AlarmKind.REFUSED_READS, kept, count)
        ok = entry.outcome is Outcome.OK
        viewed = ok and entry.tag in VIEWS and entry.target and entry.target_kind != "audit"
        if viewed and (count := self._views(kept)) >= self.settings.views:
            yield _alarm(AlarmKind.MANY_VIEWS, kept, count)
        if ok and entry.tag in EXPORTS and is_night(kept.at, self.settings):
            yield _alarm(AlarmKind.NIGHT_EXPORT, kept, 1)
        if ok and entry.tag is Tag.BREAK_GLASS_OPENED:
            alarm = _alarm(AlarmKind.BREAK_GLASS, kept, 1)
            yield replace(alarm, organisation=str(entry.details.get("node")))

    def _refusals(self, kept: KeptEntry) -> int:
        times = self._refused.setdefault(kept.entry.who.subject, deque())
        times.append(kept.at)
        while times and kept.at - times[0] > timedelta(seconds=self.settings.refused_within_s):
            times.popleft()
        return len(times)

    def _views(self, kept: KeptEntry) -> int:
        seen = self._viewed.setdefault(kept.entry.who.subject, deque())
        seen.append((kept.at, f"{kept.entry.target_kind} {kept.entry.target}"))
        while seen and kept.at - seen[0][0] > timedelta(seconds=self.settings.views_within_s):
            seen.popleft()
        return len({record for _, record in seen})

    def _first(self, alarm: Alarm, at: datetime) -> bool:
        before = self._raised.get(alarm.subject)
        if before is not None and at - before < timedelta(seconds=self.settings.quiet_s):
            return False
        self._raised[alarm.subject] = at
        return True

    def _forget(self) -> None:
        """Bounds what is kept: the actor that came first goes first."""
        for known in (self._refused, self._viewed, self._raised):
            while len(known) > MAX_ACTORS:
                known.pop(next(iter(known)))


def sees_to(kind: AlarmKind) -> str:
    """The right of those who see to it: of the trail itself its reader, of all else who guards the house."""
    return AUDITORS if kind is AlarmKind.CHAIN_BROKEN else SECURITY


def is_night(moment: datetime, settings: AlarmSettings) -> bool:
    """Whether the hour, in the zone of the settings, is one at which nobody exports."""
    hour = moment.astimezone(ZoneInfo(settings.timezone)).hour
    if settings.night_from <= settings.night_until:
        return settings.night_from <= hour < settings.night_until
    return hour >= settings.night_from or hour < settings.night_until


def _is_refused_read(kept: KeptEntry) -> bool:
    details = kept.entry.details
    return kept.entry.tag is Tag.ACCESS_REFUSED and bool(details.get("id")) and details.get("code") in FOREIGN


def _alarm(kind: AlarmKind, kept: KeptEntry, count: int) -> Alarm:
    who = kept.entry.who
    return Alarm(
        kind=kind,
        actor=who.subject,
        actor_name=who.name or who.subject,
        organisation=who.organisation,
        count=count,
        number=kept.number,
    )


def _raised_subject(kept: KeptEntry) -> str:
    actor = str(kept.entry.details.get("actor") or "")
    return f"{kept.entry.target}.{actor}" if actor else kept.entry.target
