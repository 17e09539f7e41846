"""The chain: what an entry's hash covers."""

import hashlib
import json
from datetime import UTC, datetime

from platform_api.audit.model import KeptEntry

FIRST_HASH = bytes(32)


def to_milliseconds(moment: datetime) -> datetime:
    """The moment in UTC as the trail keeps it."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def entry_hash(kept: KeptEntry, previous: bytes) -> bytes:
    """SHA-256 over the previous hash and every field of the entry."""
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
    return hashlib.sha256(previous + text.encode()).digest()
