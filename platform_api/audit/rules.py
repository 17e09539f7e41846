"""The chain: what an entry's hash covers."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from platform_api.audit.model import DISCLOSING, Disclosed, Entry, KeptEntry, Outcome
from platform_api.kernel.digests import Digest

FIRST_HASH = bytes(32)
FIELDS = ("column", "columns", "field", "fields")
"""Details that name what was seen of a record."""


def to_milliseconds(moment: datetime) -> datetime:
    """The moment in UTC as the trail keeps it."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def entry_hash(kept: KeptEntry, previous: bytes, digest: Digest) -> bytes:
    """The digest over the previous hash and every field of the entry."""
    entry = kept.entry
    fields = [
        kept.number,
        kept.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        entry.tag.value,
        entry.outcome.value,
        entry.who.subject,
        entry.who.name,
        entry.who.organisation,
        entry.who.address,
        entry.target_kind,
        entry.target,
        dict(entry.details),
    ]
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return digest.of(previous + text.encode())


def records_of(entry: Entry) -> list[str]:
    """The records that an entry is about: a page of a list names those that it showed."""
    keys = str(entry.details.get("keys") or "").split()
    return keys or [entry.target]


def breach(entries: Iterable[KeptEntry], until: datetime | None = None) -> list[Disclosed]:
    """What these entries disclosed, a record each, in the order in which each was seen first (PR-05)."""
    found: dict[tuple[str, str], list[KeptEntry]] = {}
    for kept in entries:
        late = until is not None and kept.at >= until
        if kept.entry.tag in DISCLOSING and kept.entry.outcome is Outcome.OK and not late:
            for record in records_of(kept.entry):
                found.setdefault((kept.entry.target_kind, record), []).append(kept)
    return [_disclosed(kind, target, kept) for (kind, target), kept in found.items()]


def fields_of(entry: Entry) -> list[str]:
    """Which fields of a record an entry names."""
    return sorted({name for key in FIELDS for name in str(entry.details.get(key) or "").split()})


def _disclosed(kind: str, target: str, entries: list[KeptEntry]) -> Disclosed:
    fields = {name for kept in entries for name in fields_of(kept.entry)}
    return Disclosed(
        target_kind=kind,
        target=target,
        acts=tuple(dict.fromkeys(kept.entry.tag for kept in entries)),
        fields=tuple(sorted(fields)),
        times=len(entries),
        first=min(kept.at for kept in entries),
        last=max(kept.at for kept in entries),
        numbers=tuple(kept.number for kept in entries),
    )
