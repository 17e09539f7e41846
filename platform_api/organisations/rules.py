"""Pure decisions of the tree: what may stand below what, which codes can be right, how it is searched."""

import re
from collections.abc import Iterable
from typing import Final

from platform_api.identity.model import OrganisationKind as Kind
from platform_api.kernel.ids import OrganisationId
from platform_api.organisations.errors import CodeInvalid, Misplaced, RegionUnknown
from platform_api.organisations.model import Code, Draft, Facts, Node
from platform_api.organisations.regions import region_name
from platform_api.search import Indexed, index_name

MANAGE: Final = "organisations.manage"
VIEW: Final = "organisations.view"

_OVER_PLACES: Final = frozenset({Kind.NATION, Kind.PROVINCE, Kind.CITY, Kind.COUNTY})
_OVER_HOUSES: Final = _OVER_PLACES | {Kind.OFFICE, Kind.GROUP, Kind.UNIVERSITY}
MAY_STAND_BELOW: Final[dict[Kind, frozenset[Kind]]] = {
    Kind.NATION: frozenset(),
    Kind.PROVINCE: frozenset({Kind.NATION}),
    Kind.CITY: frozenset({Kind.NATION, Kind.PROVINCE, Kind.OFFICE}),
    Kind.COUNTY: frozenset({Kind.PROVINCE, Kind.CITY, Kind.OFFICE}),
    Kind.HOSPITAL: _OVER_HOUSES | {Kind.HOSPITAL},
    Kind.DEPARTMENT: frozenset({Kind.HOSPITAL, Kind.DEPARTMENT, Kind.OFFICE, Kind.UNIVERSITY}),
    Kind.OFFICE: _OVER_HOUSES | {Kind.HOSPITAL},
    Kind.UNIVERSITY: _OVER_PLACES | {Kind.OFFICE},
    Kind.GROUP: _OVER_PLACES | {Kind.OFFICE, Kind.UNIVERSITY},
}
"""Below which kinds a kind may stand; any may be the top.

A hospital below a hospital is its branch; an office of a programme may lead places as an authority does.
"""

CREDIT_CODE: Final = "uscc"
CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_place(kind: Kind, above: Kind | None) -> None:
    """Raises Misplaced if a kind does not stand below that one; None is the top."""
    if above is not None and above not in MAY_STAND_BELOW[kind]:
        raise Misplaced


def check_draft(draft: Draft, *, region_before: str = "") -> Draft:
    """The draft as it is kept; raises RegionUnknown or CodeInvalid. A region that was there may stay."""
    if draft.region_code not in ("", region_before) and region_name(draft.region_code) is None:
        raise RegionUnknown
    codes = tuple(Code(authority=code.authority, code=code_as_kept(code)) for code in draft.codes)
    aliases = tuple(dict.fromkeys(alias for alias in draft.aliases if alias != draft.name))
    return Draft(
        name=draft.name,
        kind=draft.kind,
        region_code=draft.region_code,
        short_name=draft.short_name,
        aliases=aliases,
        codes=tuple(dict.fromkeys(codes)),
    )


def code_as_kept(code: Code) -> str:
    """The code without spaces; a credit code also in capitals and with the right check (GB 32100-2015)."""
    flat = re.sub(r"\s", "", code.code)
    if code.authority != CREDIT_CODE:
        return flat
    flat = flat.upper()
    if len(flat) != 18 or set(flat) - set(CREDIT_ALPHABET) or credit_check(flat[:17]) != flat[17]:
        raise CodeInvalid
    return flat


def credit_check(body: str) -> str:
    """The last character of a unified social credit code that begins with these 17 (MOD 31-3)."""
    total = sum(CREDIT_ALPHABET.index(character) * pow(3, at, 31) for at, character in enumerate(body))
    return CREDIT_ALPHABET[-total % 31]


def searched_by(draft: Draft) -> Indexed:
    """Everything by which an organisation is found: names with their sounds, and codes."""
    return index_name(draft.name, draft.short_name, *draft.aliases, *(code.code for code in draft.codes))


def facts_of(draft: Draft) -> dict[str, str | list[str] | None]:
    """What the history says of it."""
    return {
        "name": draft.name,
        "kind": draft.kind.value,
        "region_code": draft.region_code,
        "short_name": draft.short_name,
        "aliases": list(draft.aliases),
        "codes": [f"{code.authority}:{code.code}" for code in draft.codes],
    }


def what_changed(before: Facts, after: Facts) -> tuple[Facts, Facts]:
    """Both sides, with what differs alone."""
    keys = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in keys}, {key: after[key] for key in keys}


def place_of(parent: OrganisationId | None, name: str | None) -> dict[str, str | list[str] | None]:
    """Where it stood or stands, as the history says it."""
    return {"parent": parent, "parent_name": name}


def draft_of(node: Node, codes: Iterable[Code]) -> Draft:
    """What is said of an organisation now."""
    return Draft(
        name=node.name,
        kind=node.kind,
        region_code=node.region_code,
        short_name=node.short_name,
        aliases=node.aliases,
        codes=tuple(Code(authority=code.authority, code=code.code) for code in codes),
    )
