"""Making users from a list: all of them or none, and only once every row was right."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction, UniqueBroken, acting_as
from platform_api.http import Asker
from platform_api.identity import store as accounts_store
from platform_api.identity.contacts import Contact, Contacts
from platform_api.identity.model import UserRole
from platform_api.identity.new_accounts import AccountDraft, MadeAccount, NewAccounts
from platform_api.identity.proof import SYSTEM
from platform_api.joining import store
from platform_api.joining.errors import ListChanged, ListUsed, SheetInvalid
from platform_api.joining.model import Cell, CheckedList, ListedUser
from platform_api.joining.rules import FIRST_ROW, HEADINGS, RowReader, read_headings
from platform_api.joining.sheets import SheetReader, write_sheet
from platform_api.joining.store import KeptList
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, new_id
from platform_api.kernel.sealing import Sealer

CHECKED_FOR: Final = timedelta(hours=24)
HANDED_OUT_FOR: Final = timedelta(days=7)
MOST_ORGANISATIONS: Final = 5_000
CHECKED, ACCEPTED, HANDED_OUT = "checked", "accepted", "handed_out"
TOLD: Final = ("姓名", "用户名", "机构", "启用码", "启用码有效期至")
EXAMPLE: Final = (
    ("王建国", "", "", "专家", "主任医师", "消化内科", "13800000000", ""),
    ("李红", "lihong", "", "医生、项目办", "主治医师", "内镜中心", "", ""),
)


class Imports:
    """Checked, accepted, handed out: each once, by who began it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        accounts: NewAccounts,
        contacts: Contacts,
        sealer: Sealer,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._accounts = accounts
        self._contacts = contacts
        self._sealer = sealer
        self._reader = SheetReader()

    def template(self) -> bytes:
        """An empty list with two examples."""
        headings = [f"{heading}*" if heading in ("姓名", "角色") else heading for heading in HEADINGS]
        return write_sheet(headings, EXAMPLE, widths=(12, 16, 28, 18, 14, 16, 16, 22))

    async def check(self, asker: Asker, data: bytes) -> CheckedList:
        """Everything that is wrong, by row and column; a list without faults is kept to be accepted.

        Raises SheetInvalid for a file that is no list.
        """
        rows = await self._reader.read(data)
        if not rows:
            raise SheetInvalid("import.empty")
        columns, faults = read_headings(rows[0])
        filled = [
            (number, {heading: row[at] for at, heading in columns.items() if at < len(row)})
            for number, row in enumerate(rows[1:], FIRST_ROW)
            if any(cell.text.strip() for cell in row)
        ]
        if faults:
            return CheckedList(id=None, rows=len(filled), users=(), faults=tuple(faults))
        if not filled:
            raise SheetInvalid("import.empty")
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._read(transaction, asker, filled)
            if found.faults:
                return CheckedList(
                    id=None, rows=len(filled), users=tuple(found.users), faults=tuple(found.faults)
                )
            return await self._keep(transaction, asker, found.users)

    async def _read(
        self, transaction: Transaction, asker: Asker, rows: Sequence[tuple[int, Mapping[str, Cell]]]
    ) -> RowReader:
        own = _own(asker)
        known = await accounts_store.organisations_below(transaction, own, None, MOST_ORGANISATIONS)
        by_name: dict[str, list[OrganisationId]] = {}
        for organisation in known:
            by_name.setdefault(organisation.name, []).append(organisation.id)
        own_name = next((item.name for item in known if item.id == own), "")
        reader = RowReader(by_name, (own, own_name))
        for number, cells in rows:
            reader.read(number, cells)
        reader.find_doubles()
        usernames = [user.username for user in reader.users if user.username]
        documents = [user.document for user in reader.users if user.document]
        async with acting_as(transaction, SYSTEM.subject):  # both are taken by accounts of all organisations
            reader.find_taken("用户名", await accounts_store.usernames_known(transaction, usernames))
            reader.find_taken("身份证号", await self._contacts.documents_known(transaction, documents))
        reader.faults.sort(key=lambda fault: (fault.row, fault.column))
        return reader

    async def _keep(self, transaction: Transaction, asker: Asker, users: Sequence[ListedUser]) -> CheckedList:
        now, list_id = self._clock.now(), new_id()
        plain = [asdict(user) | {"roles": sorted(user.roles)} for user in users]
        kept = KeptList(
            id=list_id,
            state=CHECKED,
            rows=len(users),
            sealed=self._seal(list_id, plain),
            expires_at=now + CHECKED_FOR,
        )
        await store.add_list(transaction, kept, _own(asker), asker.subject, now)
        return CheckedList(id=list_id, rows=len(users), users=tuple(users), faults=())

    async def accept(self, asker: Asker, list_id: str, *, address: str) -> int:
        """Makes all users of a checked list, or none; says how many.

        Raises NotFound, ListUsed, or ListChanged when a name was taken meanwhile.
        """
        async with self._database.transaction(asker.actor()) as transaction:
            kept, rows = await self._open(transaction, asker, list_id, CHECKED)
            try:
                named_first = sorted(rows, key=lambda row: not row["username"])
                told = [await self._make(transaction, row) for row in named_first]
            except UniqueBroken as error:
                raise ListChanged from error
            expires_at = self._clock.now() + HANDED_OUT_FOR
            sealed = self._seal(list_id, told)
            await store.move_list(transaction, list_id, ACCEPTED, sealed, expires_at)
            entry = Entry(
                tag=Tag.RECORD_CREATED,
                who=Who.of(asker, address),
                target_kind="user_import",
                target=list_id,
                details={"users": kept.rows},
            )
            self._trail.note(transaction, entry)
        return kept.rows

    async def hand_out(self, asker: Asker, list_id: str, *, address: str) -> bytes:
        """What each user is to be told, as a workbook, once; raises NotFound or ListUsed."""
        async with self._database.transaction(asker.actor()) as transaction:
            kept, rows = await self._open(transaction, asker, list_id, ACCEPTED)
            await store.move_list(transaction, list_id, HANDED_OUT, None, kept.expires_at)
            entry = Entry(
                tag=Tag.RECORD_EXPORTED,
                who=Who.of(asker, address),
                target_kind="user_import",
                target=list_id,
                details={"users": kept.rows},
            )
            self._trail.note(transaction, entry)
        return write_sheet(TOLD, [[str(cell) for cell in row] for row in rows], widths=(12, 20, 28, 36, 22))

    async def _make(self, transaction: Transaction, row: Mapping[str, Any]) -> tuple[str, ...]:
        draft = AccountDraft(
            organisation=OrganisationId(row["organisation"]),
            name=row["name"],
            roles=frozenset(UserRole(role) for role in row["roles"]),
            title=row["title"],
            speciality=row["speciality"],
            username=row["username"],
        )
        made: MadeAccount = await self._accounts.make(transaction, draft)
        if row["phone"] or row["document"]:
            contact = Contact(phone=row["phone"], document=row["document"])
            await self._contacts.keep(transaction, made.user.id, contact)
        until = made.expires_at.date().isoformat()
        return made.user.name, made.user.username, row["organisation_name"], made.activation, until

    async def _open(
        self, transaction: Transaction, asker: Asker, list_id: str, state: str
    ) -> tuple[KeptList, list[Any]]:
        kept = await store.lock_list(transaction, list_id, asker.subject)
        if kept is None:
            raise NotFound
        if kept.state != state or kept.sealed is None or kept.expires_at <= self._clock.now():
            raise ListUsed
        rows: list[Any] = json.loads(self._sealer.open(kept.sealed, context=_context(list_id)))
        return kept, rows

    def _seal(self, list_id: str, rows: Sequence[Any]) -> bytes:
        return self._sealer.seal(json.dumps(rows).encode(), context=_context(list_id))


def _context(list_id: str) -> str:
    return f"user_import:{list_id}"


def _own(asker: Asker) -> OrganisationId:
    if asker.organisation is None:
        raise NotFound
    return asker.organisation
