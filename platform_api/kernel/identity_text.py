"""Whether a text that many may read seems to name a person in care."""

import re
import unicodedata
from typing import Final

_CITIZEN_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS: Final = "10X98765432"
_CITIZEN_ID: Final = re.compile(r"(?<![0-9])(?:[0-9][ \-.·]{0,2}){17}[0-9Xx](?![0-9])")
_MOBILE: Final = re.compile(r"(?<![0-9])(?:\+?86[ \-]?)?1[3-9][0-9](?:[ \-]?[0-9]){8}(?![0-9])")
_LANDLINE: Final = re.compile(r"(?<![0-9])\(?0[1-9][0-9]{1,2}\)?[ \-]?[2-9][0-9]{6,7}(?![0-9])")


def holds_identity(text: str) -> bool:
    """Whether the text holds a valid citizen identity number (GB 11643) or a telephone number."""
    flat = unicodedata.normalize("NFKC", text)
    if any(_is_citizen_id(found.group()) for found in _CITIZEN_ID.finditer(flat)):
        return True
    return _MOBILE.search(flat) is not None or _LANDLINE.search(flat) is not None


def _is_citizen_id(found: str) -> bool:
    digits = re.sub(r"[^0-9Xx]", "", found).upper()
    month, day = int(digits[10:12]), int(digits[12:14])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _CITIZEN_WEIGHTS, strict=True))
    return _CITIZEN_CHECKS[total % 11] == digits[17]
