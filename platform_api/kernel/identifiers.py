"""Numbers that name a person: how they are typed, written, and proved to be possible. Pure."""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import Final

CITIZEN_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CITIZEN_CHECKS: Final = "10X98765432"
MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
MANGLED: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
OLD_LENGTH: Final = 15
CENTURY_OF_OLD: Final = "19"


class NumberFault(StrEnum):
    """What is wrong with a number."""

    MANGLED = "mangled"
    LENGTH = "length"
    DATE = "date"
    CHECK = "check"
    PHONE = "phone"


class NumberInvalid(ValueError):
    """The number cannot be right; `fault` says why."""

    def __init__(self, fault: NumberFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def citizen_check(body: str) -> str:
    """The last character of a citizen number that begins with these 17 digits (GB 11643, MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, CITIZEN_WEIGHTS, strict=True))
    return CITIZEN_CHECKS[total % 11]


def citizen_number(typed: str) -> str:
    """The 18 characters of a citizen number as people and spreadsheets write it; raises NumberInvalid.

    An old one of 15 digits becomes the new one. What a spreadsheet has rounded (1.10105E+17) is lost.
    """
    flat = _flat(typed).upper()
    if MANGLED.fullmatch(flat):
        raise NumberInvalid(NumberFault.MANGLED)
    if re.fullmatch(rf"[0-9]{{{OLD_LENGTH}}}", flat):
        body = flat[:6] + CENTURY_OF_OLD + flat[6:]
        flat = body + citizen_check(body)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", flat):
        raise NumberInvalid(NumberFault.LENGTH)
    try:
        date(int(flat[6:10]), int(flat[10:12]), int(flat[12:14]))
    except ValueError as error:
        raise NumberInvalid(NumberFault.DATE) from error
    if citizen_check(flat[:17]) != flat[17]:
        raise NumberInvalid(NumberFault.CHECK)
    return flat


def mobile_number(typed: str) -> str:
    """The 11 digits of a mobile number as people write it; raises NumberInvalid."""
    flat = _flat(typed)
    if MANGLED.fullmatch(flat):
        raise NumberInvalid(NumberFault.MANGLED)
    flat = re.sub(r"^(?:\+|00)?86(?=1[3-9])", "", flat)
    if not MOBILE.fullmatch(flat):
        raise NumberInvalid(NumberFault.PHONE)
    return flat


def _flat(typed: str) -> str:
    """Half-width, without spaces, dashes, and the apostrophe that keeps a spreadsheet from counting."""
    narrow = unicodedata.normalize("NFKC", typed).strip().lstrip("'’‘")
    return re.sub(r"[\s\-]", "", narrow)
