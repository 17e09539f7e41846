"""A thin typed layer over aiohttp: each route is declared once."""

from platform_api.http.asker import ACTIVATING, GUEST_OR_USER, PUBLIC, SIGNED_IN, Asker, GuestKind, Permission
from platform_api.http.call import BareAnswer, BytesAnswer, Call, FileAnswer, RawBody, Readable
from platform_api.http.domain import Admission, Domain, Parts
from platform_api.http.rate import Rate
from platform_api.http.route import Method, Route
from platform_api.http.services import Services
from platform_api.http.shapes import Id, IdPath, Moment, Page, PageQuery, Shape, Text

__all__ = [
    "ACTIVATING",
    "GUEST_OR_USER",
    "PUBLIC",
    "SIGNED_IN",
    "Admission",
    "Asker",
    "BareAnswer",
    "BytesAnswer",
    "Call",
    "Domain",
    "FileAnswer",
    "GuestKind",
    "Id",
    "IdPath",
    "Method",
    "Moment",
    "Page",
    "PageQuery",
    "Parts",
    "Permission",
    "Rate",
    "RawBody",
    "Readable",
    "Route",
    "Services",
    "Shape",
    "Text",
]
