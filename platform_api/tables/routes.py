"""Every list over HTTP: its definition, its rows, its saved views."""

from platform_api.audit import Who
from platform_api.http import SIGNED_IN, Call, Method, Rate, Route
from platform_api.http.paging import CursorInvalid
from platform_api.kernel.errors import Conflict, NotFound, Refused
from platform_api.tables.errors import QuestionWrong
from platform_api.tables.schemas import (
    Asking,
    CountAsked,
    RevealAsked,
    RevealedCell,
    RowPath,
    RowsAsked,
    RowsView,
    TableList,
    TablePath,
    TableView,
    TotalItem,
    ViewDraft,
    ViewItem,
    ViewList,
    ViewPath,
    question_of,
    rows_view,
    table_item,
    table_view,
    view_item,
)
from platform_api.tables.service import Tables
from platform_api.tables.views import SHARE, Views

REVEAL_RATE = Rate(30, 60)


async def list_tables(call: Call[None, None, None]) -> TableList:
    """The lists that the asker may open."""
    asker, language = call.asker, call.caller.language
    found = [table for table in call.services.get(Tables).all() if asker.holds(table.permission)]
    return TableList(items=[table_item(table, language) for table in found])


async def show_table(call: Call[TablePath, None, None]) -> TableView:
    table = call.services.get(Tables).find(call.asker, call.path.table)
    return table_view(table, call.asker, call.caller.language, share=SHARE)


async def list_rows(call: Call[TablePath, None, RowsAsked]) -> RowsView:
    tables = call.services.get(Tables)
    question = question_of(call.body)
    page = await tables.rows(call.asker, call.path.table, question, Who.calling(call))
    return rows_view(page, call.caller.language)


async def count_rows(call: Call[TablePath, None, CountAsked]) -> TotalItem:
    question = question_of(Asking(filters=call.body.filters))
    total = await call.services.get(Tables).count(call.asker, call.path.table, question)
    return TotalItem(count=total.count, exact=total.exact)


async def reveal_cell(call: Call[RowPath, None, RevealAsked]) -> RevealedCell:
    """Opens one masked value; it is audited."""
    path = call.path
    tables = call.services.get(Tables)
    return RevealedCell(
        value=await tables.reveal(call.asker, path.table, path.key, call.body.column, Who.calling(call))
    )


async def list_views(call: Call[TablePath, None, None]) -> ViewList:
    table = call.services.get(Tables).find(call.asker, call.path.table)
    found = await call.services.get(Views).all(call.asker, table)
    return ViewList(items=[view_item(view, call.asker) for view in found])


async def save_view(call: Call[TablePath, None, ViewDraft]) -> ViewItem:
    table = call.services.get(Tables).find(call.asker, call.path.table)
    view = await call.services.get(Views).save(
        call.asker,
        table,
        name=call.body.name,
        shared=call.body.shared,
        question=question_of(call.body.asking),
        who=Who.calling(call),
    )
    return view_item(view, call.asker)


async def remove_view(call: Call[ViewPath, None, None]) -> None:
    table = call.services.get(Tables).find(call.asker, call.path.table)
    await call.services.get(Views).remove(call.asker, table, call.path.view)


ROUTES = (
    Route(Method.GET, "/tables", list_tables, permission=SIGNED_IN, summary="The lists one may open"),
    Route(
        Method.GET,
        "/tables/{table}",
        show_table,
        permission=SIGNED_IN,
        summary="A list's columns, and what may be asked of each",
        errors=(NotFound,),
    ),
    Route(
        Method.POST,
        "/tables/{table}/rows",
        list_rows,
        permission=SIGNED_IN,
        summary="A page of a list: filtered, searched, sorted",
        errors=(NotFound, QuestionWrong, CursorInvalid),
    ),
    Route(
        Method.POST,
        "/tables/{table}/count",
        count_rows,
        permission=SIGNED_IN,
        summary="How many rows of a list fit, by columns that name nobody",
        errors=(NotFound, QuestionWrong),
    ),
    Route(
        Method.POST,
        "/tables/{table}/rows/{key}/reveal",
        reveal_cell,
        permission=SIGNED_IN,
        summary="Opens one masked value, by right and on record",
        errors=(NotFound, Refused),
        rate=REVEAL_RATE,
    ),
    Route(
        Method.GET,
        "/tables/{table}/views",
        list_views,
        permission=SIGNED_IN,
        summary="Saved views of a list: the own, and those that colleagues share",
        errors=(NotFound,),
    ),
    Route(
        Method.POST,
        "/tables/{table}/views",
        save_view,
        permission=SIGNED_IN,
        summary="Keeps a view of a list under a name",
        errors=(NotFound, Refused, QuestionWrong, Conflict),
        status=201,
    ),
    Route(
        Method.DELETE,
        "/tables/{table}/views/{view}",
        remove_view,
        permission=SIGNED_IN,
        summary="Removes one's own view",
        errors=(NotFound,),
    ),
)
