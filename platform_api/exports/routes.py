"""Exports over HTTP."""

from urllib.parse import quote

from platform_api.audit import Who
from platform_api.exports.errors import ExportRefused
from platform_api.exports.model import APPROVE, ExportId, Format
from platform_api.exports.schemas import Decision, ExportDraft, ExportItem, export_item
from platform_api.exports.service import Draft, Exports
from platform_api.http import (
    SIGNED_IN,
    BytesAnswer,
    Call,
    IdPath,
    Method,
    Permission,
    Rate,
    Route,
)
from platform_api.kernel.errors import Conflict, Gone, NotFound, Refused, TooMany
from platform_api.tables.errors import QuestionWrong
from platform_api.tables.schemas import TablePath, question_of
from platform_api.tables.service import Tables

APPROVER = Permission(APPROVE)
ASK_RATE = Rate(10, 60)
FILE_RATE = Rate(10, 60)
CONTENT_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}


async def ask_export(call: Call[TablePath, None, ExportDraft]) -> ExportItem:
    draft = Draft(
        table=call.path.table,
        format=call.body.format,
        purpose=call.body.purpose,
        question=question_of(call.body.asking),
        opened=tuple(call.body.opened),
        language=call.caller.language,
    )
    export = await call.services.get(Exports).ask(call.asker, draft, Who.calling(call))
    return export_item(export, call.asker, call.services.get(Tables), call.caller.language)


async def decide_export(call: Call[IdPath, None, Decision]) -> ExportItem:
    export = await call.services.get(Exports).decide(
        call.asker,
        ExportId(call.path.id),
        agreed=call.body.agreed,
        reason=call.body.reason,
        who=Who.calling(call),
    )
    return export_item(export, call.asker, call.services.get(Tables), call.caller.language)


async def cancel_export(call: Call[IdPath, None, None]) -> ExportItem:
    export = await call.services.get(Exports).cancel(call.asker, ExportId(call.path.id), Who.calling(call))
    return export_item(export, call.asker, call.services.get(Tables), call.caller.language)


async def read_export(call: Call[IdPath, None, None]) -> BytesAnswer:
    export, data = await call.services.get(Exports).file(
        call.asker, ExportId(call.path.id), Who.calling(call)
    )
    name = quote(f"{export.reference}.{export.format}", safe="")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return BytesAnswer(data=data, content_type=CONTENT_TYPES[export.format], headers=headers)


ROUTES = (
    Route(
        Method.POST,
        "/tables/{table}/exports",
        ask_export,
        permission=SIGNED_IN,
        summary="Has a list written to a file, for a purpose",
        errors=(NotFound, Refused, QuestionWrong, ExportRefused, TooMany),
        status=201,
        rate=ASK_RATE,
    ),
    Route(
        Method.POST,
        "/exports/{id}/decision",
        decide_export,
        permission=APPROVER,
        summary="Agrees to an export of somebody else, or refuses it",
        errors=(NotFound, Refused, Conflict, ExportRefused),
    ),
    Route(
        Method.POST,
        "/exports/{id}/cancel",
        cancel_export,
        permission=SIGNED_IN,
        summary="Takes one's own export back",
        errors=(NotFound, Conflict),
    ),
    Route(
        Method.GET,
        "/exports/{id}/file",
        read_export,
        permission=SIGNED_IN,
        summary="The file of one's own export",
        errors=(NotFound, Refused, Conflict, Gone),
        rate=FILE_RATE,
    ),
)
