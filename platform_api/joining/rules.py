"""What a list of users must say, row by row; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from platform_api.identity.model import UserRole
from platform_api.identity.rules import USERNAME
from platform_api.joining.model import Cell, Fault, ListedUser
from platform_api.kernel.identifiers import NumberInvalid, citizen_number, mobile_number
from platform_api.kernel.ids import OrganisationId

HEADINGS: Final[Mapping[str, str]] = {
    "姓名": "name",
    "用户名": "username",
    "机构": "organisation",
    "角色": "roles",
    "职称": "title",
    "专科": "speciality",
    "手机号": "phone",
    "身份证号": "document",
}
REQUIRED: Final = ("姓名", "角色")
ROLE_WORDS: Final[Mapping[str, UserRole]] = {
    "专家": UserRole.EXPERT,
    "医生": UserRole.DOCTOR,
    "项目办": UserRole.OFFICE,
    "管理员": UserRole.ADMINISTRATOR,
    **{role.value: role for role in UserRole},
}
LONGEST: Final = 80
FIRST_ROW: Final = 2
"""As the sheet counts: the headings are row 1."""
NO_CELL: Final = Cell(text="")


def read_headings(row: Sequence[Cell]) -> tuple[dict[int, str], list[Fault]]:
    """Which column is which, and the headings that are unknown, missing or there twice."""
    found: dict[int, str] = {}
    faults = []
    for at, cell in enumerate(row):
        heading = cell.text.strip().rstrip("*").strip()
        if not heading:
            continue
        if heading not in HEADINGS or heading in found.values():
            faults.append(Fault(row=1, column=heading[:LONGEST], code="import.heading_unknown", params={}))
        else:
            found[at] = heading
    for heading in REQUIRED:
        if heading not in found.values():
            faults.append(Fault(row=1, column=heading, code="import.heading_missing", params={}))
    return found, faults


class RowReader:
    """Reads one row after the other and remembers what is wrong in each cell."""

    def __init__(
        self, organisations: Mapping[str, Sequence[OrganisationId]], own: tuple[OrganisationId, str]
    ) -> None:
        self._organisations = organisations
        self._own = own
        self.users: list[ListedUser] = []
        self.faults: list[Fault] = []

    def read(self, number: int, cells: Mapping[str, Cell]) -> None:
        """One row of the sheet, by heading."""
        before = len(self.faults)
        name = self._name(number, cells)
        organisation, organisation_name = self._organisation(number, cells)
        user = ListedUser(
            row=number,
            name=name,
            username=self._username(number, cells),
            organisation=organisation,
            organisation_name=organisation_name,
            roles=self._roles(number, cells),
            title=self._text(number, "职称", cells),
            speciality=self._text(number, "专科", cells),
            phone=self._number(number, "手机号", cells),
            document=self._number(number, "身份证号", cells),
        )
        if len(self.faults) == before:
            self.users.append(user)

    def find_doubles(self) -> None:
        """User names and identity numbers that stand twice in the list."""
        for heading, values in (
            ("用户名", [(user.row, user.username) for user in self.users]),
            ("身份证号", [(user.row, user.document) for user in self.users]),
        ):
            counted = Counter(value for _, value in values if value)
            for row, value in values:
                if counted[value] > 1:
                    self._fault(row, heading, "import.twice")

    def find_taken(self, heading: str, taken: Iterable[str]) -> None:
        """Rows whose user name or identity number some account has."""
        known = set(taken)
        for user in self.users:
            value = user.username if heading == "用户名" else user.document
            if value in known:
                self._fault(user.row, heading, "import.taken")

    def _fault(self, row: int, column: str, code: str, **params: str | int) -> None:
        self.faults.append(Fault(row=row, column=column, code=code, params=params))

    def _text(self, row: int, heading: str, cells: Mapping[str, Cell]) -> str:
        text = " ".join(cells.get(heading, NO_CELL).text.split())
        if len(text) > LONGEST:
            self._fault(row, heading, "import.too_long", limit=LONGEST)
        if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
            self._fault(row, heading, "import.unreadable")
        return text

    def _name(self, row: int, cells: Mapping[str, Cell]) -> str:
        name = self._text(row, "姓名", cells)
        if not name:
            self._fault(row, "姓名", "import.missing")
        return name

    def _username(self, row: int, cells: Mapping[str, Cell]) -> str:
        username = self._text(row, "用户名", cells).lower()
        if username and not USERNAME.fullmatch(username):
            self._fault(row, "用户名", "import.username")
        return username

    def _organisation(self, row: int, cells: Mapping[str, Cell]) -> tuple[OrganisationId, str]:
        name = self._text(row, "机构", cells)
        if not name:
            return self._own
        found = self._organisations.get(name, ())
        if len(found) != 1:
            code = "import.organisation_twice" if found else "import.organisation_unknown"
            self._fault(row, "机构", code)
            return self._own
        return found[0], name

    def _roles(self, row: int, cells: Mapping[str, Cell]) -> frozenset[UserRole]:
        text = self._text(row, "角色", cells)
        for mark in "、,，;；/":
            text = text.replace(mark, " ")
        words = text.split()
        if not words:
            self._fault(row, "角色", "import.missing")
        unknown = [word for word in words if word not in ROLE_WORDS]
        if unknown:
            self._fault(row, "角色", "import.role", word=unknown[0][:20])
        return frozenset(ROLE_WORDS[word] for word in words if word in ROLE_WORDS)

    def _number(self, row: int, heading: str, cells: Mapping[str, Cell]) -> str:
        text = self._text(row, heading, cells)
        if not text:
            return ""
        try:
            return mobile_number(text) if heading == "手机号" else citizen_number(text)
        except NumberInvalid as error:
            self._fault(row, heading, f"import.number_{error.fault}")
            return ""
