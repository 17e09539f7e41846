"""The SQL of logins, refresh tokens and judged attempts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from platform_api.db import Record, Transaction
from platform_api.http import GuestKind
from platform_api.identity.devices import LiveLogin, device_of
from platform_api.identity.model import EndReason, Guest, Login, Patient
from platform_api.identity.rules import AttemptLimit
from platform_api.identity.store import user_by_id
from platform_api.identity.visitor import LoginMethod, Visitor
from platform_api.kernel.ids import SessionId, UserId

SUBJECT = "coalesce(user_id, guest_id, patient_id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A login that was ended now."""

    login: str
    subject: str


async def add_login(
    transaction: Transaction, login: Login, visitor: Visitor, method: LoginMethod, now: datetime
) -> None:
    guest = login.guest
    await transaction.execute(
        "INSERT INTO logins (id, user_id, guest_id, guest_name, guest_kind, guest_session_id, pass_id, "
        "address, agent, method, started_at, seen_at, ends_at, patient_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13)",
        login.id,
        login.user.id if login.user else None,
        guest.id if guest else None,
        guest.name if guest else None,
        guest.kind if guest else None,
        guest.session if guest else None,
        guest.pass_id if guest else None,
        visitor.address,
        visitor.agent,
        method,
        now,
        login.ends_at,
        login.patient.id if login.patient else None,
    )


async def login_by_id(transaction: Transaction, login: str) -> Login | None:
    row = await transaction.fetchrow("SELECT * FROM logins WHERE id = $1", login)
    if row is None:
        return None
    return Login(
        id=row["id"],
        user=await user_by_id(transaction, UserId(row["user_id"])) if row["user_id"] else None,
        guest=_guest(row),
        patient=await patient_by_id(transaction, row["patient_id"]) if row["patient_id"] else None,
        seen_at=row["seen_at"],
        ends_at=row["ends_at"],
        ended=row["ended_at"] is not None,
    )


async def patient_by_id(transaction: Transaction, patient: str) -> Patient | None:
    row = await transaction.fetchrow(
        "SELECT id, phone_sealed, disabled_at FROM patient_accounts WHERE id = $1", patient
    )
    if row is None:
        return None
    return Patient(id=row["id"], phone_sealed=row["phone_sealed"], disabled=row["disabled_at"] is not None)


async def touch_login(transaction: Transaction, login: str, now: datetime) -> None:
    """Remembers that the login was used; time only goes forward."""
    await transaction.execute(
        "UPDATE logins SET seen_at = greatest(seen_at, $2) WHERE id = $1 AND ended_at IS NULL", login, now
    )


async def touch_subjects(transaction: Transaction, subjects: Iterable[str], now: datetime) -> None:
    """Remembers that these subjects are active in a room."""
    await transaction.execute(
        f"UPDATE logins SET seen_at = greatest(seen_at, $2) "  # noqa: S608 - a constant
        f"WHERE {SUBJECT} = ANY($1::uuid[]) AND ended_at IS NULL",
        list(subjects),
        now,
    )


async def move_ends(transaction: Transaction, subjects: Iterable[str], jump: timedelta) -> None:
    """Moves the ends of these subjects' logins with a wall clock that jumped: their hours stay as long."""
    if jump:
        await transaction.execute(
            f"UPDATE logins SET ends_at = ends_at + $2 "  # noqa: S608 - a constant
            f"WHERE {SUBJECT} = ANY($1::uuid[]) AND ended_at IS NULL",
            list(subjects),
            jump,
        )


async def end_login(transaction: Transaction, login: str, reason: EndReason, now: datetime) -> list[Ended]:
    return await _end(transaction, "id = $3", login, reason, now)


async def end_login_of(
    transaction: Transaction, user: str, login: str, reason: EndReason, now: datetime
) -> list[Ended]:
    """Ends this login if it is this user's."""
    return await _end(transaction, "id = $3 AND user_id = $4", login, reason, now, user)


async def live_logins(
    transaction: Transaction, user: str, now: datetime, idle: timedelta, limit: int
) -> list[LiveLogin]:
    """Where a user is signed in, last seen first."""
    rows = await transaction.fetch(
        "SELECT id, method, address, agent, started_at, seen_at FROM logins WHERE user_id = $1 "
        "AND ended_at IS NULL AND ends_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, id LIMIT $4",
        user,
        now,
        now - idle,
        limit,
    )
    return [
        LiveLogin(
            id=row["id"],
            method=LoginMethod(row["method"]),
            address=row["address"],
            device=device_of(row["agent"]),
            began_at=row["started_at"],
            seen_at=row["seen_at"],
        )
        for row in rows
    ]


async def logins_of(transaction: Transaction, user: str) -> list[tuple[str, str]]:
    """A user's logins that have not ended, each with its subject."""
    rows = await transaction.fetch("SELECT id FROM logins WHERE user_id = $1 AND ended_at IS NULL", user)
    return [(row["id"], user) for row in rows]


async def end_user_logins(
    transaction: Transaction, user: str, reason: EndReason, now: datetime, *, but: str | None = None
) -> list[Ended]:
    """Ends all logins of a user but, if named, one."""
    if but is None:
        return await _end(transaction, "user_id = $3", user, reason, now)
    return await _end(transaction, "user_id = $3 AND id <> $4", user, reason, now, but)


async def end_pass_logins(
    transaction: Transaction, pass_id: str, reason: EndReason, now: datetime
) -> list[Ended]:
    return await _end(transaction, "pass_id = $3", pass_id, reason, now)


async def end_stale_logins(transaction: Transaction, now: datetime, idle: timedelta) -> list[Ended]:
    """Ends what is idle too long or too old."""
    old = await _end(transaction, "ends_at <= $3", now, EndReason.ABSOLUTE, now)
    return old + await _end(transaction, "seen_at <= $3", now - idle, EndReason.IDLE, now)


async def _end(
    transaction: Transaction, which: str, value: object, reason: EndReason, now: datetime, *more: object
) -> list[Ended]:
    rows = await transaction.fetch(
        f"UPDATE logins SET ended_at = $1, end_reason = $2 "  # noqa: S608 - constants
        f"WHERE ended_at IS NULL AND {which} RETURNING id, {SUBJECT} AS subject",
        now,
        reason,
        value,
        *more,
    )
    return [Ended(login=row["id"], subject=row["subject"]) for row in rows]


async def has_live_login(
    transaction: Transaction, subject: str, now: datetime, idle: timedelta, *, login: str | None = None
) -> bool:
    """Whether a user who is not disabled, or a guest, is signed in somewhere, or by this login."""
    return bool(
        await transaction.fetchval(
            f"SELECT EXISTS (SELECT 1 FROM logins l LEFT JOIN users u ON u.id = l.user_id "  # noqa: S608 - a constant
            f"WHERE {SUBJECT} = $1 AND l.ended_at IS NULL AND l.ends_at > $2 AND l.seen_at > $3 "
            "AND u.disabled_at IS NULL AND ($4::uuid IS NULL OR l.id = $4))",
            subject,
            now,
            now - idle,
            login,
        )
    )


async def guest_session(transaction: Transaction, guest: str) -> str | None:
    """The session that a guest was let into."""
    found: str | None = await transaction.fetchval(
        "SELECT guest_session_id FROM logins WHERE guest_id = $1 LIMIT 1", guest
    )
    return found


async def add_refresh(transaction: Transaction, token_hash: bytes, login: str, now: datetime) -> None:
    await transaction.execute(
        "INSERT INTO refresh_tokens (token_hash, login_id, issued_at) VALUES ($1, $2, $3)",
        token_hash,
        login,
        now,
    )


@dataclass(frozen=True, slots=True)
class UsedRefresh:
    """A refresh token as it was before this use."""

    login: str
    used_at: datetime | None


async def use_refresh(transaction: Transaction, token_hash: bytes, now: datetime) -> UsedRefresh | None:
    """Marks the token as used and says whether it had been; uses at once wait for each other."""
    row = await transaction.fetchrow(
        "SELECT login_id, used_at FROM refresh_tokens WHERE token_hash = $1 FOR UPDATE", token_hash
    )
    if row is None:
        return None
    if row["used_at"] is None:
        await transaction.execute(
            "UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1", token_hash, now
        )
    return UsedRefresh(row["login_id"], row["used_at"])


async def reserve_attempt(
    transaction: Transaction, key: str, limit: AttemptLimit, now: datetime
) -> datetime | None:
    """Counts an attempt before it is judged; if the limit is reached, says when to come back."""
    await transaction.fetchval("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
    await transaction.execute(
        "DELETE FROM login_attempts WHERE key = $1 AND at <= $2", key, now - limit.window
    )
    rows = await transaction.fetch("SELECT at FROM login_attempts WHERE key = $1 ORDER BY at", key)
    if len(rows) >= limit.count:
        oldest: datetime = rows[len(rows) - limit.count]["at"]
        return oldest + limit.window
    await transaction.execute("INSERT INTO login_attempts (key, at) VALUES ($1, $2)", key, now)
    return None


async def forget_attempts(transaction: Transaction, key: str) -> None:
    """Whoever proved the secret starts afresh."""
    await transaction.execute("DELETE FROM login_attempts WHERE key = $1", key)


async def forget_attempt(transaction: Transaction, key: str, at: datetime) -> None:
    """Takes one reserved attempt back, for it turned out right."""
    await transaction.execute(
        "DELETE FROM login_attempts WHERE ctid IN "
        "(SELECT ctid FROM login_attempts WHERE key = $1 AND at = $2 LIMIT 1)",
        key,
        at,
    )


async def sweep(transaction: Transaction, before: datetime) -> None:
    """Removes refresh tokens of logins that ended, and attempts that count no more."""
    await transaction.execute(
        "DELETE FROM refresh_tokens USING logins WHERE login_id = logins.id AND logins.ended_at < $1", before
    )
    await transaction.execute("DELETE FROM login_attempts WHERE at < $1", before)


def _guest(row: Record) -> Guest | None:
    if row["guest_id"] is None:
        return None
    return Guest(
        id=row["guest_id"],
        name=row["guest_name"],
        kind=GuestKind(row["guest_kind"]),
        session=SessionId(row["guest_session_id"]),
        pass_id=row["pass_id"],
    )
